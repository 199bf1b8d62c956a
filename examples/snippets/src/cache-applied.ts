import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'

const warn = (line: string): void => void lines.push(line)
const lines: string[] = []
const db = { remove: async (_id: string) => {} }

// #region
import { createCache } from '@breakwater/cache'
import { createRedisTier } from '@breakwater/cache/redis'
import { Redis } from 'ioredis'

const redis = new Redis(process.env.REDIS_URL ?? 'redis://127.0.0.1:6379')
redis.on('error', (error) => warn(error.message))
const cache = createCache({ name: 'sessions', shared: createRedisTier(redis) })

async function signOut(session: string): Promise<void> {
  await db.remove(session)
  const result = await cache.delete(`session:${session}`)
  // This process does not serve it any more, in either case. Others may, until Redis is back.
  if (result === 'queued') warn('Other processes learn of it when Redis is back')
}
// #endregion

cache.subscribe(({ type }) => type.startsWith('tier:') || warn(type))
while ((await cache.set('session:1', { user: 'ada' })) !== 'applied') await sleep(50) // Redis has to be met first
redis.disconnect()
lines.length = 0
await signOut('1')
assert.deepEqual(lines, ['invalidations:queued', 'Other processes learn of it when Redis is back'])
assert.equal(await cache.get('session:1'), undefined)
await cache.close()
assert.equal(lines.at(-1), 'invalidations:lost')
