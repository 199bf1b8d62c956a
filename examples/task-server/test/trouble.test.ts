import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { createMonitor } from '@breakwater/monitor'
import { expect, test, vi } from 'vitest'
import { createApp } from '../src/app.ts'
import { createTaskCache } from '../src/cache/task-cache.ts'
import { DatabaseAnswerLostError, DatabaseUnavailableError } from '../src/database/errors.ts'
import { type GuardedDatabase, type GuardOptions, guardDatabase } from '../src/database/guarded.ts'
import { readEnvironment } from '../src/environment.ts'

/** A database that answers as it is told. */
function createDatabase(query: () => Promise<never>, options?: GuardOptions): GuardedDatabase {
  const database = {
    description: 'a database that fails',
    maxConcurrent: 1,
    query,
    transaction: query,
    close: async () => undefined,
  }
  return guardDatabase(database, options)
}

/** Asks a few times, for another page each, and gives the last answer. */
async function ask(url: string, query: () => Promise<never>, times = 1, options?: GuardOptions) {
  const environment = readEnvironment({ NODE_ENV: 'test', LOG_LEVEL: 'fatal' })
  await using app = await createApp(environment, createDatabase(query, options), createTaskCache())
  const answers = await Promise.all(
    Array.from({ length: times }, (_, n) => app.inject(times === 1 ? url : `${url}?limit=${n + 1}`)),
  )
  const { statusCode, headers, body } = answers.at(-1) as (typeof answers)[number]
  return { status: statusCode, headers, json: JSON.parse(body) }
}

test('a database that is away is a 503 that says when to come back', async () => {
  const { status, headers, json } = await ask('/api/v1/tasks', () =>
    Promise.reject(new DatabaseUnavailableError(new Error('secret'), false)),
  )
  expect([status, headers['retry-after'], headers['content-type']]).toEqual([503, '1', 'application/problem+json'])
  expect(json).toEqual({ type: '/problems/database-unavailable', title: 'The database cannot be reached', status: 503 })
})

test('a database that is not asked any more is the same 503', async () => {
  const query = vi.fn(() => Promise.reject(new DatabaseUnavailableError(new Error('secret'), false)))
  const { status, headers, json } = await ask('/api/v1/tasks', query, 20)
  expect([status, headers['retry-after']]).toEqual([503, '1'])
  expect(json).toEqual({ type: '/problems/database-unavailable', title: 'The database cannot be reached', status: 503 })
  expect(query).toHaveBeenCalledTimes(5)
})

test('a database that is busy is a 503 of its own type', async () => {
  const hangs = (): Promise<never> => new Promise(() => undefined)
  const { status, headers, json } = await ask('/api/v1/tasks', hangs, 3, { maxQueued: 1, maxWaitMs: 50, limitMs: 100 })
  expect([status, headers['retry-after']]).toEqual([503, '1'])
  expect(json).toEqual({ type: '/problems/database-busy', title: expect.any(String), status: 503 })
})

test('a change whose answer does not come is a 504, and does not ask to be sent again', async () => {
  const causes: readonly (() => Promise<never>)[] = [
    () => new Promise(() => undefined),
    () => Promise.reject(new DatabaseAnswerLostError(new Error('secret'))),
  ]
  for (const query of causes) {
    const environment = readEnvironment({ NODE_ENV: 'test', LOG_LEVEL: 'fatal' })
    await using app = await createApp(environment, createDatabase(query, { limitMs: 50 }), createTaskCache())
    const answer = await app.inject({ method: 'POST', url: '/api/v1/tasks', payload: { title: 'Task' } })
    expect([answer.statusCode, answer.headers['retry-after']]).toEqual([504, undefined])
    expect(answer.json()).toEqual({ type: '/problems/database-silent', title: expect.any(String), status: 504 })
  }
})

test('a mistake of our own is a 500 that tells nothing of it', async () => {
  const { status, json } = await ask('/api/v1/tasks', () => Promise.reject(new Error('secret of table x')))
  expect(status).toBe(500)
  expect(json).toEqual({ type: '/problems/internal-error', title: expect.any(String), status: 500 })
})

test('health is unhealthy while the database is away', async () => {
  const { status, json } = await ask('/health', () => Promise.reject(new Error('away')))
  expect([status, json.status, json.database]).toEqual([503, 'unhealthy', 'unhealthy'])
})

test('health does not wait for a database that hangs, nor ask it again meanwhile', async () => {
  const query = vi.fn(() => new Promise<never>(() => undefined))
  const environment = readEnvironment({ NODE_ENV: 'test', LOG_LEVEL: 'silent' })
  await using app = await createApp(environment, createDatabase(query), createTaskCache())
  const startedAtMs = performance.now()
  const answers = await Promise.all([app.inject('/health'), app.inject('/health')])
  expect(performance.now() - startedAtMs).toBeLessThan(2_000)
  expect(answers.map(({ statusCode }) => statusCode)).toEqual([503, 503])
  // By the check of the database, and by that of the tasks in it.
  expect(query).toHaveBeenCalledTimes(2)
})

test('what is more than it can do is refused before it is begun, but no probe', async () => {
  const environment = readEnvironment({ NODE_ENV: 'test', LOG_LEVEL: 'silent' })
  const query = vi.fn(() => new Promise<never>(() => undefined))
  const monitor = createMonitor({ shed: { maxConcurrency: 3 } })
  await using app = await createApp(environment, createDatabase(query, { limitMs: 500 }), createTaskCache(), {
    monitor,
  })
  const answers = await Promise.all(Array.from({ length: 10 }, (_, n) => app.inject(`/api/v1/tasks?limit=${n + 1}`)))
  const refused = answers.filter((answer) => answer.json().type === 'about:blank')
  expect(refused.length).toBeGreaterThanOrEqual(7)
  expect(refused[0]?.headers['content-type']).toBe('application/problem+json')
  expect(query.mock.calls.length).toBeLessThanOrEqual(3)
  for (const url of ['/api/health', '/health']) {
    const probes = await Promise.all(Array.from({ length: 10 }, () => app.inject(url)))
    for (const { headers } of probes) expect(headers['retry-after']).toBeUndefined()
  }
  await monitor.close()
})

/** One that never gets as far as its database. */
function createUnasked(): ReturnType<typeof createApp> {
  const environment = readEnvironment({ NODE_ENV: 'test', LOG_LEVEL: 'silent' })
  const database = createDatabase(() => Promise.reject(new Error('not asked')))
  return createApp(environment, database, createTaskCache())
}

/** Sends bytes and reads until the server closes the connection. */
async function send(text: string): Promise<string> {
  await using app = await createUnasked()
  const { port } = new URL(await app.listen({ host: '127.0.0.1', port: 0 }))
  const socket = connect(Number(port), '127.0.0.1')
  socket.on('error', () => {}).write(text)
  return Buffer.concat(await socket.toArray()).toString()
}

test.each([
  ['nonsense', 'nonsense\r\n\r\n', 400, 'bad-request'],
  ['two lengths', 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n', 400, 'bad-request'],
  ['headers without end', `GET / HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`, 431, 'headers-too-large'],
])('what is no HTTP, with %s, is answered as a problem, too', async (_, text, status, name) => {
  const [head = '', body = ''] = (await send(text)).split('\r\n\r\n')
  expect(head).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
  expect(head.toLowerCase()).toContain('content-type: application/problem+json')
  expect(JSON.parse(body)).toMatchObject({ type: `/problems/${name}`, status })
})

test('who sends too much is answered at once, read to the end, and may go on', async () => {
  await using app = await createUnasked()
  const { port } = new URL(await app.listen({ host: '127.0.0.1', port: 0 }))
  const socket = connect(Number(port), '127.0.0.1').setEncoding('utf8')
  let got = ''
  socket.on('data', (text) => {
    got += text
  })
  const length = 1_000_000
  const head = (bytes: number): string =>
    `POST /api/v1/tasks HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${bytes}\r\n\r\n`
  socket.write(head(length))
  await expect.poll(() => got).toContain('/problems/body-too-large')
  for (let sent = 0; sent < length; sent += 100_000) {
    socket.write('x'.repeat(100_000))
    await sleep(5)
  }
  got = ''
  socket.write('GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n')
  await expect.poll(() => got).toMatch(/^HTTP\/1\.1 404 /)

  // What nobody would wait for is closed.
  socket.write(head(100_000_000))
  await expect.poll(() => got).toMatch(/HTTP\/1\.1 413 .*\r\nconnection: close\r\n/is)
  socket.destroy()
})
