import assert from 'node:assert/strict'
import { createManualClock } from '@breakwater/core/testing'
import { createCircuitBreaker } from '@breakwater/resilience'

const clock = createManualClock()
const breaker = createCircuitBreaker({
  name: 'payments',
  failureRatio: 0.5,
  windowCalls: 100,
  openForMs: 30_000,
  clock,
})
const unreachable = new Error('Cannot reach payments')
for (let call = 0; call < 24; call++) await breaker.tryExecute(() => (call < 12 ? 'up' : Promise.reject(unreachable)))
clock.advance(1_500)
// #region
assert.deepEqual(breaker.explain(), {
  state: 'open',
  reason: 'It opened as 12 of 24 calls failed. Probes are let through in 28500 ms.',
  sinceMs: 1_500,
  retryAfterMs: 28_500,
  latestError: unreachable,
  failuresInARow: 0,
  calls: 24,
  failures: 12,
  slowCalls: 0,
  probesUnderWay: 0,
  probesSucceeded: 0,
  probesFailed: 0,
})
// #endregion
