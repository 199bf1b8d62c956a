import assert from 'node:assert/strict'
import { createManualClock } from '@breakwater/core/testing'

const clock = createManualClock()
let reads = 0
let isDown = false
async function readPrices(_options: { signal: AbortSignal }) {
  if (isDown) throw new Error('The database is down')
  return { read: ++reads }
}

// #region
import { createCache } from '@breakwater/cache'

const cache = createCache({
  name: 'prices',
  ttlMs: 60_000,
  eagerRefreshRatio: 0.8, // from 48 s on a hit renews it in the background
  staleWhileRevalidateMs: 30_000, // up to 90 s it is served at once, and renewed in the background
  graceMs: 3_600_000, // up to an hour after its ttl it is served if it cannot be renewed
  softTimeoutMs: 200, // … or not soon enough
  hardTimeoutMs: 5_000, // whatever happens, nobody waits longer
  clock,
})

const prices = await cache.getOrSet('prices', ({ signal }) => readPrices({ signal }))
// #endregion

assert.deepEqual(prices, { read: 1 })
const get = () => cache.getOrSet('prices', ({ signal }) => readPrices({ signal }))
clock.advance(48_000)
assert.deepEqual(await get(), { read: 1 })
await clock.advanceAsync(0)
assert.deepEqual(await get(), { read: 2 })
clock.advance(80_000)
assert.deepEqual(await get(), { read: 2 })
await clock.advanceAsync(0)
assert.deepEqual(await get(), { read: 3 })
clock.advance(100_000)
isDown = true
cache.subscribe(() => {})
assert.deepEqual(await get(), { read: 3 })
clock.advance(3_600_000)
await assert.rejects(get(), { message: 'The database is down' })
await cache.close()
