import { request } from 'node:http'
import { Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { usePostgres } from '@breakwater/testing/services'
import type { FastifyInstance } from 'fastify'
import pg from 'pg'
import { expect, onTestFinished, test, vi } from 'vitest'
import { createApp } from '../src/app.ts'
import { createTaskCache } from '../src/cache/task-cache.ts'
import { type GuardedDatabase, type GuardOptions, guardDatabase } from '../src/database/guarded.ts'
import { migrate } from '../src/database/migrate.ts'
import { openPostgres, type PostgresOptions } from '../src/database/postgres.ts'
import { readEnvironment } from '../src/environment.ts'
import { startProxy } from './support/proxy.ts'
import { startServer } from './support/server.ts'

const TASKS = '/api/v1/tasks'
const ADMIN_TOKEN = 'open-sesame/0123'
/** On a machine that is busy with other tests, too. */
const AT_ONCE_MS = 1_000

const postgres = usePostgres({ own: true })

interface Answer {
  readonly status: number
  readonly retryAfter: unknown
  readonly type: string | undefined
  readonly tookMs: number
}

async function serve(
  url: string,
  options: GuardOptions & PostgresOptions = {},
): Promise<[FastifyInstance, GuardedDatabase]> {
  const database = guardDatabase(await openPostgres(url, options), options)
  await migrate(database)
  const environment = readEnvironment({ NODE_ENV: 'test', LOG_LEVEL: 'silent', MAX_TASKS: '100000' })
  const app = await createApp(environment, database, createTaskCache())
  onTestFinished(async () => {
    await app.close()
    await database.close()
  })
  return [app, database]
}

async function ask(app: FastifyInstance, method: 'GET' | 'POST' = 'GET', url: string = TASKS): Promise<Answer> {
  const startedAtMs = performance.now()
  const answer = await app.inject({ method, url, ...(method === 'POST' && { payload: { title: 'Task' } }) })
  return {
    status: answer.statusCode,
    retryAfter: answer.headers['retry-after'],
    type: answer.json().type,
    tookMs: performance.now() - startedAtMs,
  }
}

/** For another page each time: those who ask for the same one share an answer. */
function askOften(app: FastifyInstance, times: number, method?: 'GET' | 'POST'): Promise<Answer[]> {
  return Promise.all(Array.from({ length: times }, (_, n) => ask(app, method, `${TASKS}?limit=${n + 1}`)))
}

/** Another client of the database, beside the server. */
async function connectBeside(url: string): Promise<pg.Client> {
  const client = new pg.Client(url)
  client.on('error', () => {})
  await client.connect()
  onTestFinished(() => client.end())
  return client
}

async function countTasks(client: pg.Client): Promise<number> {
  return Number((await client.query('select count(*) from tasks')).rows[0].count)
}

/** Connections that are opened to a port from now on. */
function countConnections(port: number): () => number {
  const connect = vi.spyOn(Socket.prototype, 'connect')
  onTestFinished(() => connect.mockRestore())
  return () => connect.mock.calls.filter(([to]) => (to as unknown) === port).length
}

test('while PostgreSQL is away, requests are refused at once and it is left alone; then all is well by itself', async () => {
  const [app, database] = await serve(await postgres.createDatabase())
  expect(new Set((await askOften(app, 30, 'POST')).map(({ status }) => status))).toEqual(new Set([201]))
  await postgres.kill()
  await askOften(app, 30)
  expect(database.circuit.state).toBe('open')

  const connections = countConnections(postgres.port)
  const startedAtMs = performance.now()
  let requests = 0
  let slowestMs = 0
  while (performance.now() - startedAtMs < 2_500) {
    for (const { status, retryAfter, type, tookMs } of await askOften(app, 20, requests % 40 === 0 ? 'POST' : 'GET')) {
      expect([status, retryAfter, type]).toEqual([503, '1', '/problems/database-unavailable'])
      slowestMs = Math.max(slowestMs, tookMs)
    }
    requests += 20
    await sleep(10)
  }
  expect(slowestMs).toBeLessThan(AT_ONCE_MS)
  expect(requests).toBeGreaterThan(100)
  // One each second.
  expect(connections()).toBeGreaterThan(0)
  expect(connections()).toBeLessThanOrEqual(4)
  const health = await app.inject('/health')
  expect([health.statusCode, health.json()]).toMatchObject([503, { status: 'unhealthy', database: 'unhealthy' }])

  await postgres.restart()
  const backAtMs = performance.now()
  await expect.poll(async () => (await ask(app)).status, { timeout: 10_000, interval: 20 }).toBe(200)
  expect(performance.now() - backAtMs).toBeLessThan(1_000 + AT_ONCE_MS)
  expect((await askOften(app, 30)).map(({ status }) => status)).toEqual(Array(30).fill(200))
  expect((await app.inject(`${TASKS}?limit=100`)).json().items).toHaveLength(30)
}, 60_000)

test('while PostgreSQL hangs, requests wait no longer than they may, and are then refused at once', async () => {
  const [app, database] = await serve(await postgres.createDatabase(), {
    limitMs: 1_000,
    openForMs: 4_000,
    maxConnections: 5,
  })
  await askOften(app, 5, 'POST')
  await postgres.pause()
  try {
    const answers = await askOften(app, 30)
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([503, 504]))
    expect(Math.max(...answers.map(({ tookMs }) => tookMs))).toBeLessThan(2_000 + AT_ONCE_MS)
    expect(database.circuit.state).toBe('open')
    for (const { status, retryAfter, tookMs } of await askOften(app, 100)) {
      expect([status, retryAfter]).toEqual([503, expect.stringMatching(/^[234]$/)])
      expect(tookMs).toBeLessThan(AT_ONCE_MS)
    }
  } finally {
    await postgres.resume()
  }
  await expect.poll(async () => (await ask(app)).status, { timeout: 10_000 }).toBe(200)
}, 60_000)

test('no more requests wait for a busy PostgreSQL than may, nor longer', async () => {
  const url = await postgres.createDatabase()
  const [app] = await serve(url, { maxConnections: 2, maxQueued: 5, maxWaitMs: 1_000 })
  const beside = await connectBeside(url)
  await beside.query('begin; lock table tasks')
  const answers = askOften(app, 20)
  await sleep(1_500)
  await beside.query('commit')
  const [served, refused] = [200, 503].map((status) =>
    answers.then((all) => all.filter((each) => each.status === status)),
  )
  expect(await served).toHaveLength(2)
  expect(new Set((await refused)?.map(({ retryAfter, type }) => `${retryAfter} ${type}`))).toEqual(
    new Set(['1 /problems/database-busy']),
  )
  const waitedMs = ((await refused) ?? []).map(({ tookMs }) => tookMs)
  expect(waitedMs.filter((ms) => ms >= 999)).toHaveLength(5)
  expect(Math.max(...waitedMs)).toBeLessThan(1_000 + AT_ONCE_MS)
}, 30_000)

test('a read whose connection breaks is asked again', async () => {
  const url = await postgres.createDatabase()
  const [app] = await serve(url, { maxConnections: 1 })
  await ask(app, 'POST')
  const beside = await connectBeside(url)
  await beside.query('begin; lock table tasks')
  const read = app.inject(TASKS)
  const running = `from pg_stat_activity where application_name = 'task-server' and wait_event_type = 'Lock'`
  await expect.poll(async () => (await beside.query(`select pid ${running}`)).rowCount).toBe(1)
  await beside.query(`select pg_terminate_backend(pid) ${running}`)
  await beside.query('commit')
  const { statusCode, json } = await read
  expect([statusCode, json().items.length]).toEqual([200, 1])
})

test('a read whose answer is lost is asked again, and a change is not', async () => {
  const url = await postgres.createDatabase()
  const proxy = await startProxy(url)
  const [app] = await serve(proxy.url, { maxConnections: 1 })
  const beside = await connectBeside(url)
  const { id } = (await app.inject({ method: 'POST', url: TASKS, payload: { title: 'Task' } })).json()

  for (const path of [TASKS, `${TASKS}/${id}`]) {
    const before = proxy.opened
    proxy.cutNextAnswer()
    expect((await ask(app, 'GET', path)).status).toBe(200)
    expect(proxy.opened).toBe(before + 1)
  }

  proxy.cutNextAnswer()
  expect(await ask(app, 'POST')).toMatchObject({
    status: 504,
    retryAfter: undefined,
    type: '/problems/database-silent',
  })
  // It was stored, and once.
  expect(await countTasks(beside)).toBe(2)
  expect((await ask(app, 'POST')).status).toBe(201)
  expect(await countTasks(beside)).toBe(3)
})

test('no change is made twice, however often answers are lost', async () => {
  const url = await postgres.createDatabase()
  const proxy = await startProxy(url)
  const [app] = await serve(proxy.url, { maxConnections: 4 })
  const beside = await connectBeside(url)
  const answered = new Map<string, number>()
  await Promise.all(
    Array.from({ length: 4 }, async (_, client) => {
      for (let n = 0; n < 30; n++) {
        const title = `Task ${n} of ${client}`
        if (n % 5 === client) proxy.cutNextAnswer()
        const answer = await app.inject({ method: 'POST', url: TASKS, payload: { title } })
        answered.set(title, answer.statusCode)
      }
    }),
  )
  const { rows } = await beside.query('select title, count(*)::integer as times from tasks group by title')
  const stored = new Map(rows.map(({ title, times }) => [title, times]))
  expect(Math.max(...stored.values())).toBe(1)
  for (const [title, status] of answered) {
    if (status === 201) expect(stored.get(title)).toBe(1)
    if (status === 503) expect(stored.get(title)).toBeUndefined()
  }
  expect(new Set(answered.values())).toContain(504)
}, 30_000)

test('SIGTERM ends it in order while PostgreSQL is away', async () => {
  const server = startServer({ DATABASE_URL: await postgres.createDatabase(), ADMIN_TOKEN })
  const url = await server.listening
  await postgres.kill()
  await expect.poll(() => circuitOf(url), { timeout: 10_000 }).toBe('open')
  const signalledAtMs = performance.now()
  expect(await server.end('SIGTERM')).toMatchObject({ code: 0 })
  expect(performance.now() - signalledAtMs).toBeLessThan(2_000)
  await postgres.restart()
}, 60_000)

test('SIGTERM ends it in order while requests wait for a PostgreSQL that hangs', async () => {
  const server = startServer({ DATABASE_URL: await postgres.createDatabase() })
  const url = await server.listening
  await fetch(`${url}${TASKS}?limit=100`)
  await postgres.pause()
  try {
    const asked = await Promise.all(Array.from({ length: 60 }, (_, n) => begin(`${url}${TASKS}?limit=${n + 1}`)))
    expect(await server.end('SIGTERM')).toMatchObject({ code: 0 })
    for (const { status } of asked) expect([503, 504]).toContain(await status)
  } finally {
    await postgres.resume()
  }
}, 60_000)

/** Asks, and resolves when the server has the request: it said so. */
function begin(url: string): Promise<{ readonly status: Promise<number | undefined> }> {
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { agent: false, headers: { expect: '100-continue' } })
    const status = new Promise<number | undefined>((answered, failed) => {
      outgoing.on('response', (answer) => answer.resume().on('end', () => answered(answer.statusCode)))
      outgoing.on('error', failed)
    })
    outgoing
      .on('continue', () => resolve({ status }))
      .on('error', reject)
      .end()
  })
}

/** Asks for tasks, too: where nobody asks, nobody finds out. */
async function circuitOf(url: string): Promise<string> {
  await fetch(`${url}${TASKS}`)
  const answer = await fetch(`${url}/health/detailed`, { headers: { authorization: `Bearer ${ADMIN_TOKEN}` } })
  const { checks } = (await answer.json()) as { checks: { database: { data?: { circuit: string } } } }
  return checks.database.data?.circuit ?? 'unknown'
}
