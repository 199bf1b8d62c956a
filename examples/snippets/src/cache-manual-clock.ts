import assert from 'node:assert/strict'
// #region
import { createCache } from '@breakwater/cache'
import { createManualClock } from '@breakwater/core/testing'

const clock = createManualClock()
const cache = createCache({ name: 'prices', ttlMs: 60_000, hardTimeoutMs: 5_000, clock })

let reads = 0
const read = () => cache.getOrSet('prices', async () => ++reads)
assert.equal(await read(), 1)
clock.advance(59_999)
assert.equal(await read(), 1)
clock.advance(1)
assert.equal(await read(), 2)

// A load that never ends takes no time here.
const hangs = assert.rejects(
  cache.getOrSet('rates', () => new Promise<number>(() => {})),
  { code: 'ERR_LOAD_TIMEOUT' },
)
await clock.advanceAsync(5_000)
await hangs

await cache.close()
assert.equal(clock.pending, 0) // no timer is left
// #endregion
