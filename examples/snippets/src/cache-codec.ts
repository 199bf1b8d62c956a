import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'

process.env.CACHE_KEY = randomBytes(32).toString('base64')

// #region
import { createCache, createCompressor, createEncryptor, createStructuredSerializer } from '@breakwater/cache'
import { createRedisTier } from '@breakwater/cache/redis'
import { Redis } from 'ioredis'

const redis = new Redis(process.env.REDIS_URL ?? 'redis://127.0.0.1:6379')

const cache = createCache<{ [key: `patient:${string}`]: { name: string; bornAt: Date } }>({
  name: 'patients',
  shared: createRedisTier(redis),
  serializer: createStructuredSerializer(), // a `Date` stays one; JSON makes text of it
  compressor: createCompressor({ overBytes: 4_096 }),
  encryptor: createEncryptor({
    keys: [{ id: '2026-11', key: Buffer.from(process.env.CACHE_KEY ?? '', 'base64') }], // the first one encrypts
  }),
})
// #endregion

const ada = { name: 'Ada', bornAt: new Date('1815-12-10') }
cache.subscribe(() => {})
let stored: string | null = null
while (stored === null) {
  await cache.set('patient:1', ada)
  stored = await redis.get('breakwater:{patients:1:0}:v:patient:1')
  await sleep(20) // Redis has to be met first
}
assert.ok(stored.startsWith('B1 ') && !stored.includes('Ada'))
assert.deepEqual(await cache.get('patient:1'), ada)
await cache.close()
redis.disconnect()
