import assert from 'node:assert/strict'
import { createManualClock } from '@breakwater/core/testing'
import { createCircuitBreaker } from '@breakwater/resilience'

const clock = createManualClock()
const options = { name: 'payments', failureRatio: 0.5, minimumCalls: 4, windowCalls: 10, clock }
const closed = createCircuitBreaker(options)
const open = createCircuitBreaker({ name: 'payments', failureThreshold: 1, openForMs: 30_000, clock })
for (const ok of [true, true, false]) await closed.tryExecute(() => (ok ? 'up' : Promise.reject(new Error())))
await open.tryExecute(() => Promise.reject(new Error()))
clock.advance(10_000)
// #region
assert.deepEqual(closed.snapshot(), {
  version: 1,
  state: 'closed',
  remainingMs: 0, // of a ramp
  openings: 0,
  failuresInARow: 1,
  window: { calls: 10, ms: 0, marks: [0, 0, 1] }, // oldest first: 1 failed, 2 slow, 3 both
})
assert.deepEqual(open.snapshot(), {
  version: 1,
  state: 'open',
  remainingMs: 20_000, // until probes are let through
  openings: 1,
  failuresInARow: 0,
  window: null,
})
// #endregion
