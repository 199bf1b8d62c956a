import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'

// #region
import { createCache } from '@breakwater/cache'
import { createRedisTier } from '@breakwater/cache/redis'
import { createCircuitBreaker } from '@breakwater/resilience'
import { Redis } from 'ioredis'

const redis = new Redis(process.env.REDIS_URL ?? 'redis://127.0.0.1:6379')
const breaker = createCircuitBreaker({ name: 'redis', failureRatio: 0.5, windowMs: 5_000, openForMs: 1_000 })

// In place of the gate that the cache has of its own: to see it beside your other circuit breakers.
const cache = createCache({ name: 'tasks', shared: createRedisTier(redis), policy: breaker })
// #endregion

cache.subscribe(() => {})
while ((await cache.set('a', 1)) !== 'applied') await sleep(50) // Redis has to be met first
breaker.force('forced-open')
assert.equal(await cache.set('a', 2), 'queued')
assert.equal(await cache.getOrSet('b', () => 3), 3)
breaker.reset()
await cache.close()
redis.disconnect()
