import assert from 'node:assert/strict'

// #region
import { createManualClock } from '@breakwater/core/testing'
import { createHealth } from '@breakwater/health'

const clock = createManualClock()
const health = createHealth({ clock, limitMs: 400, cacheMs: 1_000, failureThreshold: 2 })
let isUp = true
health.add('redis', () => (isUp ? 'PONG' : new Promise(() => {})))
assert.equal((await health.check()).status, 'healthy')

isUp = false
for (const wanted of ['healthy', 'unhealthy']) {
  clock.advance(1_000) // the last result is old
  const report = health.check()
  await clock.advanceAsync(400) // the limit of the one that hangs
  assert.equal((await report).status, wanted) // the second failure in a row counts
}
// #endregion
