import { EventEmitter } from 'node:events'
import { usePostgres } from '@breakwater/testing/services'
import { SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import { Pool } from 'pg'
import { describe, expect, onTestFinished, test } from 'vitest'
import { install, type Sdk, tracingFor, uninstall } from './support/sdk.ts'

const active = (): string | undefined => trace.getActiveSpan()?.spanContext().spanId

class FakeClient extends EventEmitter {
  #secret = 'private'
  lent = 0
  seen: (string | undefined)[] = []

  get secret(): string {
    return this.#secret
  }

  query(...args: readonly unknown[]): unknown {
    this.seen.push(active())
    const callback = args.at(-1)
    const text = typeof args[0] === 'string' ? args[0] : String((args[0] as { text?: string }).text)
    const error = text.includes('WRONG')
      ? Object.assign(new Error('value "hunter2" is wrong'), { code: '22P02' })
      : null
    if (text.includes('THROWS')) throw new Error('at once')
    if (text.includes('CURSOR')) return { read: () => this.#secret }
    if (typeof callback === 'function') return void setImmediate(() => callback(error, { rows: [this.#secret] }))
    return error === null ? Promise.resolve({ rows: [this.#secret] }) : Promise.reject(error)
  }

  connect(callback?: (error: unknown, client: FakeClient, release: () => void) => void): unknown {
    this.lent++
    if (callback === undefined) return Promise.resolve(new FakeClient())
    return void setImmediate(() => callback(null, new FakeClient(), () => this.lent--))
  }
}

function attributesOf(sdk: Sdk): unknown[] {
  return sdk.spans.map(({ name, attributes }) => [name, attributes['db.query.text']])
}

test('traceQueries() makes a span of each query, and leaves the client as it is', async () => {
  const sdk = install()
  const tracing = tracingFor()
  const client = new FakeClient()
  const db = tracing.traceQueries(client, { system: 'postgresql', attributes: { 'db.namespace': 'shop' } })
  expect(db).toBeInstanceOf(FakeClient)
  expect(db.secret).toBe('private')
  await client.query('SELECT 1')
  await tracing.trace('job', async () => {
    expect(await db.query("SELECT * FROM tasks WHERE owner = 'ann' AND id = $1 LIMIT 10", [7])).toEqual({
      rows: ['private'],
    })
    expect(client.seen.at(-1)).not.toBe(active())
  })
  await db.query('SELECT 2') // outside
  expect(sdk.spans).toHaveLength(2)
  const span = sdk.find('SELECT tasks')
  expect(span.kind).toBe(SpanKind.CLIENT)
  expect(span.parentSpanContext?.spanId).toBe(sdk.find('job').spanContext().spanId)
  expect(client.seen[1]).toBe(span.spanContext().spanId)
  expect(span.attributes).toEqual({
    'db.system.name': 'postgresql',
    'db.namespace': 'shop',
    'db.operation.name': 'SELECT',
    'db.query.summary': 'SELECT tasks',
    'db.query.text': 'SELECT * FROM tasks WHERE owner = ? AND id = $1 LIMIT ?',
  })
})

test('traceQueries() ends spans of callbacks, objects, cursors, and what fails, without its message', async () => {
  const sdk = install()
  const tracing = tracingFor()
  const db = tracing.traceQueries(new FakeClient())
  await tracing.trace('job', async () => {
    const job = active()
    const inCallback = await new Promise((resolve) => db.query('SELECT 1', [], () => resolve(active())))
    expect(inCallback).toBe(job)
    await new Promise((resolve) => db.query('SELECT WRONG', (error: unknown) => resolve(error)))
    await db.query({ text: 'DELETE FROM tasks', values: [] })
    await db.query({ sql: 'UPDATE tasks SET a = 1' })
    db.query('CURSOR')
    db.query({})
    await expect(db.query('SELECT WRONG')).rejects.toThrow('hunter2')
    expect(() => db.query('THROWS')).toThrow('at once')
  })
  expect(attributesOf(sdk)).toEqual([
    ['SELECT', 'SELECT ?'],
    ['SELECT', 'SELECT WRONG'],
    ['DELETE tasks', 'DELETE FROM tasks'],
    ['UPDATE tasks', 'UPDATE tasks SET a = ?'],
    ['CURSOR', 'CURSOR'],
    ['query', undefined],
    ['SELECT', 'SELECT WRONG'],
    ['THROWS', 'THROWS'],
    ['job', undefined],
  ])
  const failed = sdk.spans.filter(({ status }) => status.code === SpanStatusCode.ERROR)
  expect(failed.map(({ attributes }) => attributes['error.type'])).toEqual(['22P02', '22P02', 'Error'])
  expect(failed[0]?.attributes['db.response.status_code']).toBe('22P02')
  expect(JSON.stringify(failed.map(({ attributes, events, status }) => [attributes, events, status]))).not.toContain(
    'hunter2',
  )
})

test('traceQueries() shows what a pool lends in the same way, by promise and by callback', async () => {
  const sdk = install()
  const tracing = tracingFor()
  const db = tracing.traceQueries(new FakeClient())
  await tracing.trace('job', async () => {
    const job = active()
    const lent = (await db.connect()) as FakeClient
    await lent.query('BEGIN')
    await new Promise<void>((resolve) =>
      db.connect((_error, client, release) => {
        expect(active()).toBe(job)
        void Promise.resolve(client.query('COMMIT')).then(() => {
          release()
          resolve()
        })
      }),
    )
  })
  expect(sdk.spans.map(({ name }) => name)).toEqual(['BEGIN', 'COMMIT', 'job'])
  expect(db.lent).toBe(1)
  db.lent = 0
  expect(db.lent).toBe(0)
})

test('traceQueries() shows a client that cannot be changed', async () => {
  const sdk = install()
  const tracing = tracingFor()
  const db = tracing.traceQueries(Object.freeze({ query: async (text: string) => text, name: 'fixed' }))
  await tracing.trace('job', () => db.query('SELECT 1'))
  expect([db.name, sdk.spans[0]?.name]).toEqual(['fixed', 'SELECT'])
})

test('traceQueries() without an SDK only passes on', async () => {
  uninstall()
  const tracing = tracingFor()
  const db = tracing.traceQueries(new FakeClient())
  expect(await db.query('SELECT 1')).toEqual({ rows: ['private'] })
  expect(db.listenerCount('x')).toBe(0)
})

test('traceQueries() names what is wrong', () => {
  const tracing = tracingFor()
  expect(() => tracing.traceQueries({} as never)).toThrow('Expected `client.query` to be a function')
  expect(() => tracing.traceQueries(new FakeClient(), { maxTextLength: 0 })).toThrow('`maxTextLength`')
  expect(() => tracing.traceQueries(new FakeClient(), { system: '' })).toThrow('`system`')
})

describe('with a PostgreSQL', () => {
  const postgres = usePostgres()

  test('a real pool is traced, its transactions too, under load without mixing up requests', async () => {
    const sdk = install()
    const tracing = tracingFor()
    const pool = new Pool({ connectionString: postgres.url, max: 2 })
    onTestFinished(() => pool.end())
    const db = tracing.traceQueries(pool, { system: 'postgresql' })
    await Promise.all(
      Array.from({ length: 20 }, (_, n) =>
        tracing.trace(`job ${n}`, async () => {
          expect((await db.query('SELECT $1::int AS n', [n])).rows).toEqual([{ n }])
          const client = await db.connect()
          await client.query('BEGIN')
          expect((await client.query("SELECT 'hunter2' AS a")).rows).toEqual([{ a: 'hunter2' }])
          await client.query('COMMIT')
          client.release()
        }),
      ),
    )
    await expect(tracing.trace('bad', () => db.query("SELECT 'hunter2'::int"))).rejects.toThrow('hunter2')
    expect([pool.waitingCount, pool.totalCount <= 2]).toEqual([0, true])
    const jobs = sdk.spans.filter(({ name }) => name.startsWith('job'))
    for (const job of jobs) {
      const inside = sdk.spans.filter((span) => span.parentSpanContext?.spanId === job.spanContext().spanId)
      expect(inside.map(({ name }) => name)).toEqual(['SELECT', 'BEGIN', 'SELECT', 'COMMIT'])
    }
    const failed = sdk.spans.find(({ attributes }) => attributes['error.type'] === '22P02')
    expect(failed?.attributes['db.query.text']).toBe('SELECT ?::int')
  })
})
