import { tmpdir } from 'node:os'
import { useRedis } from '@breakwater/testing/services'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { createApp } from '../src/app.ts'
import { openRedis } from '../src/cache/redis.ts'
import { createTaskCache } from '../src/cache/task-cache.ts'
import type { Database } from '../src/database/database.ts'
import { guardDatabase } from '../src/database/guarded.ts'
import { readEnvironment } from '../src/environment.ts'
import { openEmbedded } from './support/databases.ts'
import { createFakeFeeds } from './support/fake-feeds.ts'
import { type Answer, ask } from './support/http.ts'
import { LiveClient } from './support/live-client.ts'

const ADMIN_TOKEN = 'canary-of-the-admin-token'
const SECRET = { SESSION_SECRET: 'x'.repeat(32), DATA_DIR: tmpdir() }
const redis = useRedis({ own: true })
let database: Database

beforeAll(async () => {
  database = await openEmbedded()
}, 60_000)
afterAll(() => database?.close())

async function serve(variables: Record<string, string>, isShared = false): Promise<string> {
  const environment = readEnvironment({ NODE_ENV: 'test', LOG_LEVEL: 'silent', ...SECRET, ...variables })
  const shared = isShared ? await openRedis(redis.url) : undefined
  const cache = createTaskCache({ redis: shared })
  const feeds = createFakeFeeds()
  const app = await createApp(environment, guardDatabase(database), cache, { redis: shared, feeds })
  onTestFinished(async () => {
    await app.close()
    await cache.close()
    await shared?.close()
  })
  if (shared !== undefined) await expect.poll(() => shared.client.status).toBe('ready')
  return app.listen({ host: '127.0.0.1', port: 0 })
}

/** Asks until it is refused, but not for ever. */
async function askUntilRefused(url: string, most: number, headers: Record<string, string> = {}): Promise<number> {
  for (let taken = 0; taken < most; taken++) if ((await ask(url, { headers })).status === 429) return taken
  return most
}

/** So that no minute ends while one counts. */
async function awaitRoomInMinute(): Promise<void> {
  const leftMs = 60_000 - (Date.now() % 60_000)
  if (leftMs < 8_000) await new Promise((resolve) => setTimeout(resolve, leftMs))
}

function expectRefusal({ status, headers, json }: Answer, limit: number): void {
  expect([status, headers['content-type']]).toEqual([429, 'application/problem+json'])
  expect(json).toMatchObject({ type: '/problems/too-many-requests', status: 429, detail: expect.any(String) })
  expect(headers).toMatchObject({
    'ratelimit-limit': String(limit),
    'ratelimit-remaining': '0',
    'ratelimit-reset': headers['retry-after'],
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  })
  expect(Number(headers['retry-after'])).toBeGreaterThan(0)
  expect(Number(headers['retry-after'])).toBeLessThanOrEqual(60)
}

test('more than the limit is refused, wherever it goes, but no probe', async () => {
  await awaitRoomInMinute()
  const url = await serve({ RATE_LIMIT: '20', ADMIN_TOKEN })
  for (let n = 0; n < 5; n++) {
    for (const path of ['/api/v1/tasks', '/nowhere', '/api/v1/session', '/']) {
      const { status, headers } = await ask(`${url}${path}`)
      expect([status, headers['ratelimit-limit']]).toEqual([path === '/nowhere' ? 404 : 200, undefined])
    }
  }
  for (const path of ['/api/v1/tasks', '/nowhere', '/api/v1/session', '/'])
    expectRefusal(await ask(`${url}${path}`), 20)
  const body = '{"title":"Task"}'
  const headers = { 'content-type': 'application/json' }
  expectRefusal(await ask(`${url}/api/v1/tasks`, { method: 'POST', headers, body }), 20)
  for (const probe of ['/health', '/api/health', '/api/readiness'])
    expect((await ask(`${url}${probe}`)).status).toBe(200)
  // Who keeps it running is needed most of all then.
  expect((await ask(`${url}/`, { headers: { authorization: `Bearer ${ADMIN_TOKEN}` } })).status).toBe(200)
})

test('each address has a limit of its own, as a trusted proxy tells them', async () => {
  await awaitRoomInMinute()
  const url = await serve({ RATE_LIMIT: '10', TRUST_PROXY: 'loopback' })
  const from = (address: string) => ({ 'x-forwarded-for': address })
  expect(await askUntilRefused(url, 20, from('192.0.2.1'))).toBe(10)
  expect(await askUntilRefused(url, 20, from('192.0.2.2'))).toBe(10)
  // What the client itself put before what the proxy saw means nothing.
  expect(await askUntilRefused(url, 20, from('203.0.113.9, 192.0.2.1'))).toBe(0)
  // One network, one visitor.
  expect(await askUntilRefused(url, 5, from('2001:db8::1'))).toBe(5)
  expect(await askUntilRefused(url, 20, from('2001:db8::ffff:2'))).toBe(5)
  expect(await askUntilRefused(url, 20, from('nonsense'))).toBe(10)
  expect(await askUntilRefused(url, 20, from('rubbish'))).toBe(0)
})

test('without a trusted proxy no header makes a client another one', async () => {
  await awaitRoomInMinute()
  const url = await serve({ RATE_LIMIT: '10' })
  for (let n = 0; n < 10; n++) await ask(url, { headers: { 'x-forwarded-for': `192.0.2.${n}` } })
  expect((await ask(url, { headers: { 'x-forwarded-for': '192.0.2.99' } })).status).toBe(429)
})

test('what is asked over WebSockets counts among the requests of who opened them', async () => {
  await awaitRoomInMinute()
  const url = await serve({ RATE_LIMIT: '20', TRUST_PROXY: 'loopback', ADMIN_TOKEN })
  const from = (address: string) => ({ 'x-forwarded-for': address })
  const open = async (headers: Record<string, string>): Promise<LiveClient> => {
    const client = await new LiveClient(url, { headers }).connect()
    onTestFinished(() => client.close())
    return client
  }
  const [first, second] = [await open(from('192.0.2.1')), await open(from('192.0.2.1'))]
  const other = await open(from('192.0.2.2'))
  const administrator = await open({ ...from('192.0.2.1'), authorization: `Bearer ${ADMIN_TOKEN}` })
  for (let n = 0; n < 9; n++)
    for (const client of [first, second]) expect((await client.request('list')).status).toBe(200)
  for (const client of [first, second]) {
    const answer = await client.request('create', { task: { title: 'Task' } })
    expect(answer).toMatchObject({ status: 429, body: { type: '/problems/too-many-requests', status: 429 } })
    expect(answer.retryAfter).toBeGreaterThan(0)
    expect(answer.retryAfter).toBeLessThanOrEqual(60)
  }
  expect((await ask(url, { headers: from('192.0.2.1') })).status).toBe(429)
  for (const client of [other, administrator]) expect((await client.request('list')).body).toMatchObject({ items: [] })
})

test('the token of administrators cannot be guessed for long', async () => {
  await awaitRoomInMinute()
  const url = await serve({ ADMIN_TOKEN, ADMIN_RATE_LIMIT: '5' })
  const details = `${url}/health/detailed`
  const right = { authorization: `Bearer ${ADMIN_TOKEN}` }
  for (let n = 0; n < 20; n++) expect((await ask(details, { headers: right })).json.checks).toBeDefined()
  for (let n = 0; n < 5; n++) {
    const { status, json } = await ask(details, { headers: { authorization: `Bearer guess-${n}` } })
    expect([status, json.checks]).toEqual([200, undefined])
  }
  for (const headers of [{ authorization: 'Bearer guess-6' }, right]) {
    const { status, headers: answered } = await ask(details, { headers })
    expect([status, Number(answered['retry-after']) > 0]).toEqual([429, true])
  }
  // Others, and who does not guess, go on.
  expect((await ask(details)).status).toBe(200)
  expect((await ask(details, { headers: { authorization: 'Basic eDp5' } })).status).toBe(200)
})

test('instances count together through Redis, and each alone while it is killed', async () => {
  await awaitRoomInMinute()
  const limit = 60
  const urls = (await Promise.all([1, 2].map(() => serve({ RATE_LIMIT: String(limit) }, true)))) as [string, string]
  const [first, second] = urls
  expect(await askUntilRefused(first, limit - 10)).toBe(limit - 10)
  // They hear of each other a few times a second, and only about who asks.
  let taken = 0
  await expect
    .poll(
      async () => {
        const { status } = await ask(second)
        if (status !== 429) taken++
        return status
      },
      { interval: 100, timeout: 5_000 },
    )
    .toBe(429)
  expect(taken).toBeLessThanOrEqual(15)

  await redis.kill()
  const startedAtMs = performance.now()
  const own = await serve({ RATE_LIMIT: String(limit) })
  const statuses = await Promise.all(Array.from({ length: 20 }, async () => (await ask(`${second}/health`)).status))
  expect(new Set(statuses)).toEqual(new Set([200]))
  // What it knew it still knows, and an instance that has counted nothing begins at nothing.
  expect((await ask(second)).status).toBe(429)
  expect(await askUntilRefused(own, 2 * limit)).toBe(limit)
  const tookMs = performance.now() - startedAtMs
  console.info(`${limit} requests were counted without Redis in ${tookMs.toFixed(0)} ms`)
  await redis.restart()
}, 30_000)

test('no request waits for a Redis that hangs, and each is counted', async () => {
  await awaitRoomInMinute()
  const url = await serve({ RATE_LIMIT: '100' }, true)
  await redis.pause()
  onTestFinished(() => redis.resume())
  const startedAtMs = performance.now()
  expect(await askUntilRefused(`${url}/nowhere`, 200)).toBe(100)
  // It would take 10 s if each waited for the time that the cache allows.
  expect(performance.now() - startedAtMs).toBeLessThan(5_000)
}, 30_000)
