import { type AddressInfo, createServer, type Socket } from 'node:net'
import { usePostgres, useRedis } from '@breakwater/testing/services'
import { Redis } from 'ioredis'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import { type ServerProcess, startServer } from './support/server.ts'

const JSON_TYPE = { 'content-type': 'application/json' }
const SECRET = 'hunter2'

const postgres = usePostgres()
const redis = useRedis({ own: true })
let databaseUrl: string
beforeEach(async () => {
  databaseUrl = await postgres.createDatabase()
})

interface Served {
  readonly status: number
  readonly etag: string | null
  readonly body: Record<string, unknown>
}

async function ask(url: string, path = '', method = 'GET', task?: object, headers = {}): Promise<Served> {
  const init = task === undefined ? { headers } : { headers: { ...JSON_TYPE, ...headers }, body: JSON.stringify(task) }
  const answer = await fetch(`${url}/api/v1/tasks${path}`, { method, ...init })
  const text = await answer.text()
  return { status: answer.status, etag: answer.headers.get('etag'), body: text === '' ? {} : JSON.parse(text) }
}

async function healthOf(url: string): Promise<Record<string, unknown>> {
  return (await (await fetch(`${url}/health`)).json()) as Record<string, unknown>
}

/** One of everything, each read back at once. */
async function useAll(url: string): Promise<void> {
  const { status, body } = await ask(url, '', 'POST', { title: 'Task' })
  expect(status).toBe(201)
  const path = `/${body.id}`
  expect((await ask(url, path)).etag).toBe('"1"')
  expect(await ask(url, path, 'PATCH', { status: 'done' }, { 'if-match': '"1"' })).toMatchObject({ etag: '"2"' })
  expect((await ask(url, path)).etag).toBe('"2"')
  expect((await ask(url, path, 'PATCH', { status: 'open' }, { 'if-match': '"1"' })).status).toBe(412)
  expect((await ask(url)).body.items).toEqual([expect.objectContaining({ id: body.id, version: 2 })])
  expect((await ask(url, path, 'DELETE')).status).toBe(204)
  expect((await ask(url, path)).status).toBe(404)
  expect((await ask(url)).body.items).toEqual([])
}

async function start(REDIS_URL: string): Promise<[url: string, server: ServerProcess]> {
  const server = startServer({ DATABASE_URL: databaseUrl, REDIS_URL })
  return [await server.listening, server]
}

/** A server that takes connections and never says a word. */
async function startSilent(): Promise<number> {
  const sockets = new Set<Socket>()
  const silent = createServer((socket) => sockets.add(socket.on('error', () => {})))
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    silent.close()
    for (const socket of sockets) socket.destroy()
  })
  return (silent.address() as AddressInfo).port
}

test('it says that its cache is shared, and through which Redis', async () => {
  const [url, server] = await start(redis.url)
  await expect.poll(() => healthOf(url), { timeout: 10_000 }).toMatchObject({ status: 'healthy', redis: 'healthy' })
  await useAll(url)
  const { code, stdout, stderr } = await server.end('SIGTERM')
  expect(code).toBe(0)
  expect(stderr).not.toContain('Redis cannot be reached')
  expect(stdout).toContain(`The cache is shared through Redis at ${new URL(redis.url).host}\n`)
})

test.each([
  ['where nobody listens', async () => 1, 'Redis cannot be reached: connect ECONNREFUSED 127.0.0.1:1\n'],
  ['that never says a word', startSilent, 'Redis cannot be reached: Socket timeout.'],
])('a Redis %s is no reason not to start, nor to fail', async (_, port, reason) => {
  const [url, server] = await start(`redis://:${SECRET}@127.0.0.1:${await port()}`)
  await useAll(url)
  expect(await healthOf(url)).toMatchObject({ status: 'degraded', redis: 'unhealthy', cache: 'degraded' })
  await expect.poll(() => server.stderr, { timeout: 10_000 }).toContain(reason)
  await useAll(url)
  const signalledAtMs = performance.now()
  const { code, stdout, stderr } = await server.end('SIGTERM')
  expect(code).toBe(0)
  expect(performance.now() - signalledAtMs).toBeLessThan(3_000)
  expect(stdout + stderr).not.toContain(SECRET)
})

test('a Redis that wants another password is told, without the password', async () => {
  await using locked = new LockedRedis(redis.url)
  await locked.lock('another')
  const wrong = new URL(redis.url)
  wrong.password = SECRET
  const [url, server] = await start(wrong.href)
  await useAll(url)
  expect(await healthOf(url)).toMatchObject({ status: 'degraded', redis: 'unhealthy', cache: 'degraded' })
  await expect.poll(() => server.stderr, { timeout: 10_000 }).toContain('Redis cannot be reached: WRONGPASS')
  const { code, stdout, stderr } = await server.end('SIGTERM')
  expect(code).toBe(0)
  expect(stdout + stderr).not.toContain(SECRET)
})

/** Sets a password, and takes it away in the end. */
class LockedRedis {
  readonly #client: Redis
  constructor(url: string) {
    this.#client = new Redis(url)
  }
  async lock(password: string): Promise<void> {
    await this.#client.config('SET', 'requirepass', password)
  }
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client.config('SET', 'requirepass', '')
    this.#client.disconnect()
  }
}

test('a Redis that dies is told, and that it is back', async () => {
  const [url, server] = await start(redis.url)
  await expect.poll(() => healthOf(url), { timeout: 10_000 }).toMatchObject({ redis: 'healthy', cache: 'healthy' })
  await redis.kill()
  await useAll(url)
  await expect
    .poll(() => healthOf(url), { timeout: 10_000 })
    .toMatchObject({ status: 'degraded', redis: 'unhealthy', cache: 'degraded' })
  await expect.poll(() => server.stderr).toMatch(/goes on without Redis.*Changes wait until Redis/s)
  expect(server.stderr).toContain('Redis cannot be reached: connect ECONNREFUSED')
  await redis.restart()
  await expect.poll(() => healthOf(url), { timeout: 10_000 }).toMatchObject({ redis: 'healthy', cache: 'healthy' })
  await expect.poll(() => server.stdout, { timeout: 10_000 }).toContain('was told of all changes')
  expect(server.stdout).toContain('has Redis again')
  await useAll(url)
  expect(await server.end('SIGTERM')).toMatchObject({ code: 0 })
}, 60_000)

test('SIGTERM ends it in order while Redis hangs, and says what Redis was not told', async () => {
  const [url, server] = await start(redis.url)
  await expect.poll(() => healthOf(url), { timeout: 10_000 }).toMatchObject({ redis: 'healthy', cache: 'healthy' })
  await redis.pause()
  try {
    await useAll(url)
    const signalledAtMs = performance.now()
    const { code, stderr } = await server.end('SIGTERM')
    expect(code).toBe(0)
    expect(performance.now() - signalledAtMs).toBeLessThan(3_000)
    expect(stderr).toMatch(/Redis was not told of \d+ changes/)
  } finally {
    await redis.resume()
  }
}, 60_000)

test('two databases on one Redis have nothing to do with each other', async () => {
  const [url, server] = await start(redis.url)
  await ask(url, '', 'POST', { title: 'Of the first' })
  expect((await ask(url)).body.items).toHaveLength(1)
  databaseUrl = await postgres.createDatabase()
  const [otherUrl, other] = await start(redis.url)
  expect((await ask(otherUrl)).body.items).toEqual([])
  expect((await Promise.all([server.end('SIGTERM'), other.end('SIGTERM')])).map(({ code }) => code)).toEqual([0, 0])
})
