import { Redis } from 'ioredis'
import { afterEach, expect, test } from 'vitest'
import { startRedis } from './redis.ts'
import type { Skipped } from './service.ts'
import { useRedis } from './use.ts'

const redis = useRedis({ own: true, settings: { maxmemory: '10mb' } })
const clients: Redis[] = []

function connect(): Redis {
  const client = new Redis(redis.url, { retryStrategy: () => null, maxRetriesPerRequest: 0 })
  client.on('error', () => {}) // it is killed on purpose
  clients.push(client)
  return client
}

function started<service>(service: service | Skipped): service {
  if ((service as Skipped).skip !== undefined) throw new Error((service as Skipped).skip)
  return service as service
}

afterEach(() => {
  for (const client of clients.splice(0)) client.disconnect()
})

test('startRedis() starts a server that listens on the loopback address alone', async () => {
  expect(await connect().config('GET', 'bind')).toEqual(['bind', '127.0.0.1'])
})

test('startRedis() passes settings on', async () => {
  expect(await connect().config('GET', 'maxmemory')).toEqual(['maxmemory', String(10 * 2 ** 20)])
})

test('restart() after kill() brings back everything that was acknowledged', async () => {
  const writer = connect()
  for (let id = 0; id < 50; id++) await writer.rpush('kept', id)
  await redis.kill()
  await expect(connect().ping()).rejects.toThrow()
  await redis.restart()
  expect(await connect().llen('kept')).toBe(50)
})

test('pause() holds open connections, until resume()', async () => {
  const client = connect()
  await client.ping()
  await redis.pause()
  let isAnswered = false
  const answer = client.ping().then(() => {
    isAnswered = true
  })
  await new Promise((resolve) => setTimeout(resolve, 100))
  expect(isAnswered).toBe(false)
  await redis.resume()
  await answer
})

test('startRedis() borrows the server of REDIS_URL, and removes the keys with its prefix at the end', async () => {
  const client = connect()
  const lent = started(await startRedis({ env: { REDIS_URL: redis.url } }))
  await client.mset('theirs', 1, `${lent.prefix}a`, 2, `${lent.prefix}b`, 3)
  expect([lent.from, lent.url]).toEqual(['REDIS_URL', redis.url])
  await lent.stop()
  expect(await client.mget('theirs', `${lent.prefix}a`, `${lent.prefix}b`)).toEqual(['1', null, null])
})

test('startRedis() names REDIS_URL, but not its password, when that does not answer', async () => {
  const env = { REDIS_URL: 'redis://:secret@127.0.0.1:1' }
  const error = await startRedis({ env }).catch((error: Error) => error)
  expect(error).toHaveProperty('message', expect.stringMatching(/^Cannot use the Redis of REDIS_URL: .+/))
  expect(error).toHaveProperty('message', expect.not.stringContaining('secret'))
})

test('startRedis() with own passes over REDIS_URL', async () => {
  await using own = started(await startRedis({ own: true, env: { REDIS_URL: redis.url, PATH: process.env.PATH } }))
  expect(own.pid).toEqual(expect.any(Number))
  expect(own.url).not.toBe(redis.url)
})

test('startRedis() says why there is none', async () => {
  expect(await startRedis({ env: { PATH: '', TESTS_NO_INSTALL: '1' } })).toEqual({
    skip: 'no redis-server here and TESTS_NO_INSTALL is set: install it (Debian: apt-get install redis-server), or set REDIS_URL',
  })
})
