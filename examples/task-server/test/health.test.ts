import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { request } from 'node:http'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { usePostgres, useRedis } from '@breakwater/testing/services'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import { type ServerProcess, startServer } from './support/server.ts'

const ADMIN_TOKEN = 'open-sesame/0123'
/** What an answer may take, whatever hangs, on a machine that is busy with other tests, too. */
const ANSWERED_MS = 500 + 1_000
const CLI = join(import.meta.dirname, '..', '..', '..', 'packages', 'health', 'src', 'lib', 'cli', 'main.ts')
const BLOCK = pathToFileURL(join(import.meta.dirname, 'support', 'block-on-signal.ts')).href

const postgres = usePostgres({ own: true })
const redis = useRedis({ own: true })
let databaseUrl: string
beforeEach(async () => {
  databaseUrl = await postgres.createDatabase()
})

interface Answer {
  readonly status: number
  readonly body: Record<string, unknown>
  readonly tookMs: number
}

/** As a kubelet asks: on a connection of its own, and with little patience. */
function probe(url: string, { limitMs = 5_000, token = '' } = {}): Promise<Answer> {
  const startedAtMs = performance.now()
  const headers = token === '' ? {} : { authorization: `Bearer ${token}` }
  return new Promise((resolve, reject) => {
    request(url, { agent: false, headers, signal: AbortSignal.timeout(limitMs) }, async (answer) => {
      try {
        const body = JSON.parse(Buffer.concat(await answer.toArray()).toString())
        resolve({ status: answer.statusCode ?? 0, body, tookMs: performance.now() - startedAtMs })
      } catch (error) {
        reject(error)
      }
    })
      .on('error', reject)
      .end()
  })
}

/** Asks until the status is as it should be. No answer may be late. */
async function expectStatus(url: string, status: number): Promise<Answer> {
  let last: Answer | undefined
  await expect
    .poll(
      async () => {
        last = await probe(url)
        expect(last.tookMs).toBeLessThan(ANSWERED_MS)
        return last.status
      },
      { timeout: 15_000, interval: 100 },
    )
    .toBe(status)
  return last as Answer
}

async function start(variables: Record<string, string> = {}): Promise<[url: string, server: ServerProcess]> {
  const server = startServer({ DATABASE_URL: databaseUrl, ADMIN_TOKEN, ...variables })
  return [await server.listening, server]
}

/** The port on which it serves liveness. */
async function healthPortOf(server: ServerProcess): Promise<string> {
  await expect.poll(() => server.stdout, { timeout: 10_000 }).toContain('Liveness is served on port')
  return /Liveness is served on port (\d+)/.exec(server.stdout)?.[1] ?? ''
}

function detailsOf(url: string): Promise<Answer> {
  return probe(`${url}/health/detailed`, { token: ADMIN_TOKEN })
}

test('it says how each of its components is, and answers Kubernetes', async () => {
  const [url, server] = await start({ REDIS_URL: redis.url })
  const well = ['http', 'shutdown', 'database', 'tasks', 'cache', 'redis', 'websocket']
  await expect
    .poll(async () => (await probe(`${url}/health`)).body, { timeout: 10_000 })
    .toMatchObject(Object.fromEntries(well.map((name) => [name, 'healthy'])))
  // Those are as they are: this machine may be busy.
  const busy = ['memory', 'cpu', 'connections', 'responses']
  const { components } = (await probe(`${url}/health`)).body as { components: Record<string, string> }
  expect(Object.keys(components).toSorted()).toEqual([...well, ...busy].toSorted())
  for (const path of ['/api/health', '/api/readiness', '/api/startup']) {
    const { status, body } = await probe(url + path)
    expect([status, Object.keys(body)]).toEqual([200, ['status']])
  }
  const { body } = await probe(`${url}/health/dependencies`)
  expect(body.dependencies).toContainEqual({
    name: 'tasks',
    status: 'healthy',
    critical: false,
    dependsOn: [{ name: 'database', status: 'healthy', critical: true }],
  })
  expect(await server.end('SIGTERM')).toMatchObject({ code: 0, stderr: expect.not.stringContaining('Error') })
})

test('details are for those who know the token', async () => {
  const [url] = await start({ MAX_TASKS: '1' })
  await fetch(`${url}/api/v1/tasks`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"title":"Task"}',
  })
  const { status, body } = await detailsOf(url)
  expect([status, body]).toMatchObject([
    200,
    {
      status: 'degraded',
      checks: {
        database: { status: 'healthy', data: { circuit: 'closed' } },
        tasks: {
          status: 'degraded',
          critical: false,
          cause: 'There are 1 tasks, and there may be 1',
          data: { count: 1, max: 1 },
        },
        cache: { data: { shared: 'none' } },
      },
    },
  ])
  for (const token of ['', 'x', `${ADMIN_TOKEN}4`])
    expect((await probe(`${url}/health/detailed`, { token })).body).toEqual({ status: 'degraded' })
  expect(JSON.stringify((await probe(`${url}/health/dependencies`)).body)).not.toContain('There are')
})

test('without ADMIN_TOKEN details are for nobody', async () => {
  const server = startServer({ DATABASE_URL: databaseUrl })
  const url = await server.listening
  for (const token of ['', 'undefined', ADMIN_TOKEN])
    expect(Object.keys((await probe(`${url}/health/detailed`, { token })).body)).toEqual(['status'])
})

test('while PostgreSQL is away it is not ready, but alive; then it is ready by itself', async () => {
  const [url, server] = await start()
  await expectStatus(`${url}/api/readiness`, 200)
  await expectStatus(`${url}/api/startup`, 200)
  await postgres.kill()
  expect((await expectStatus(`${url}/api/readiness`, 503)).body).toEqual({ status: 'unhealthy' })
  expect(await probe(`${url}/api/health`)).toMatchObject({ status: 200, body: { status: 'healthy' } })
  expect((await probe(`${url}/api/startup`)).status).toBe(200)
  expect(await probe(`${url}/health`)).toMatchObject({
    status: 503,
    body: { status: 'unhealthy', database: 'unhealthy', tasks: 'unhealthy' },
  })
  const { checks } = (await detailsOf(url)).body as { checks: Record<string, { cause: string; history: object[] }> }
  expect(checks.tasks?.cause).toBe('Because "database" is unhealthy')
  expect(checks.database?.cause).toMatch(/ECONNREFUSED|terminat|shutting down|starting up/i)
  await expect.poll(() => server.stderr).toContain('Health: "database" is unhealthy: ')

  await postgres.restart()
  await expectStatus(`${url}/api/readiness`, 200)
  await expect.poll(() => server.stdout).toContain('Health: "database" is healthy again')
  expect(await probe(`${url}/health`)).toMatchObject({ status: 200, body: { database: 'healthy', tasks: 'healthy' } })
  expect(await server.end('SIGTERM')).toMatchObject({ code: 0 })
}, 60_000)

test('while PostgreSQL hangs it answers in time that it is not ready; then it is ready by itself', async () => {
  const [url, server] = await start()
  await expectStatus(`${url}/api/readiness`, 200)
  await postgres.pause()
  try {
    await expectStatus(`${url}/api/readiness`, 503)
    for (const path of ['/health', '/health/dependencies']) await expectStatus(url + path, 503)
    expect((await detailsOf(url)).tookMs).toBeLessThan(ANSWERED_MS)
    expect((await probe(`${url}/api/health`)).status).toBe(200)
  } finally {
    await postgres.resume()
  }
  await expectStatus(`${url}/api/readiness`, 200)
  expect(await server.end('SIGTERM')).toMatchObject({ code: 0 })
}, 60_000)

test('without Redis it is degraded, and still ready; then it is healthy by itself', async () => {
  const [url, server] = await start({ REDIS_URL: redis.url })
  const health = async (): Promise<unknown> => (await probe(`${url}/health`)).body
  await expect.poll(health, { timeout: 10_000 }).toMatchObject({ redis: 'healthy', cache: 'healthy' })
  await redis.kill()
  await expect
    .poll(health, { timeout: 10_000 })
    .toMatchObject({ status: 'degraded', redis: 'unhealthy', cache: 'degraded', database: 'healthy' })
  expect(await probe(`${url}/api/readiness`)).toMatchObject({ status: 200, body: { status: 'degraded' } })
  await expect
    .poll(() => historyOf(url, 'redis'), { timeout: 10_000 })
    .toContainEqual(
      expect.objectContaining({ what: 'tried', outcome: 'failed', cause: expect.stringContaining('ECONNREFUSED') }),
    )
  await redis.restart()
  await expect.poll(health, { timeout: 15_000 }).toMatchObject({ redis: 'healthy', cache: 'healthy' })
  expect(await server.end('SIGTERM')).toMatchObject({ code: 0 })
}, 60_000)

async function historyOf(url: string, check: string): Promise<readonly object[]> {
  const { checks } = (await detailsOf(url)).body as { checks: Record<string, { history: object[] }> }
  return checks[check]?.history ?? []
}

test('on HEALTH_PORT it is alive while something blocks its main loop, where its own port does not answer', async () => {
  const [url, server] = await start({ HEALTH_PORT: '0', NODE_OPTIONS: `--import=${BLOCK}`, BLOCK_MS: '3000' })
  const live = `http://127.0.0.1:${await healthPortOf(server)}/livez`
  expect(await probe(live)).toMatchObject({ status: 200, body: { status: 'healthy' } })
  server.process.kill('SIGUSR2')
  // From here on it is blocked.
  await expect(
    (async () => {
      for (;;) await probe(`${url}/api/health`, { limitMs: 1_000 })
    })(),
  ).rejects.toThrow()
  for (let n = 0; n < 3; n++)
    expect(await probe(live, { limitMs: 1_000 })).toMatchObject({ status: 200, body: { status: 'healthy' } })
  await expect(probe(`${url}/api/health`, { limitMs: 300 })).rejects.toThrow()

  await expectStatus(`${url}/api/health`, 200)
  expect(await server.end('SIGTERM')).toMatchObject({ code: 0, stderr: '' })
  await expect(probe(live)).rejects.toThrow('ECONNREFUSED')
}, 60_000)

test('while it stops in Kubernetes it is not ready, but alive, and serves', async () => {
  const [url, server] = await start({ HEALTH_PORT: '0', KUBERNETES_SERVICE_HOST: '10.0.0.1' })
  const live = `http://127.0.0.1:${await healthPortOf(server)}`
  await expectStatus(`${url}/api/readiness`, 200)
  server.process.kill('SIGTERM')
  await expectStatus(`${url}/api/readiness`, 503)
  expect(await probe(`${url}/health`)).toMatchObject({
    status: 503,
    body: { shutdown: 'unhealthy', database: 'healthy' },
  })
  for (const alive of [live, `${url}/api/health`, `${url}/api/v1/tasks`]) expect((await probe(alive)).status).toBe(200)
  expect(await server.ended).toMatchObject({ code: 0, stderr: '' })
}, 60_000)

test('a HEALTH_PORT that is taken is told', async () => {
  const taken = createServer().listen(0, '127.0.0.1')
  await once(taken, 'listening')
  onTestFinished(() => void taken.close())
  const { port } = taken.address() as AddressInfo
  const { code, stdout, stderr } = await startServer({ DATABASE_URL: databaseUrl, HEALTH_PORT: String(port) }).ended
  expect([code, stdout]).toEqual([1, ''])
  expect(stderr).toMatch(
    new RegExp(`^task-server: Cannot serve liveness on 127.0.0.1:${port} as .*EADDRINUSE.*: see HEALTH_PORT\\n$`),
  )
})

test('the command breakwater-health says how it is', async () => {
  const [url, server] = await start({ HEALTH_PORT: '0' })
  const HEALTH_PORT = await healthPortOf(server)
  expect(await command([`${url}/api/readiness`])).toEqual([0, ''])
  expect(await command([], { HEALTH_PORT })).toEqual([0, ''])
  await postgres.kill()
  await expectStatus(`${url}/api/readiness`, 503)
  expect(await command([], { HEALTH_URL: `${url}/api/readiness` })).toEqual([1, `${url}/api/readiness answered 503\n`])
  expect(await command([], { HEALTH_PORT })).toEqual([0, ''])
  await postgres.restart()
  await server.end('SIGTERM')
  expect(await command([], { HEALTH_PORT })).toEqual([1, expect.stringContaining('ECONNREFUSED')])
}, 60_000)

async function command(args: string[], env: Record<string, string> = {}): Promise<[code: number, stderr: string]> {
  const child = spawn(process.execPath, [CLI, ...args], { env, stdio: ['ignore', 'ignore', 'pipe'] })
  let stderr = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  const [code] = await once(child, 'close')
  return [code, stderr]
}
