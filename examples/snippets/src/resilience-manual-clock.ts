import assert from 'node:assert/strict'
// #region
import { createManualClock } from '@breakwater/core/testing'
import { createCircuitBreaker, createRetry, isCircuitOpenError, pipeline } from '@breakwater/resilience'

const clock = createManualClock()
const breaker = createCircuitBreaker({ name: 'payments', failureThreshold: 2, openForMs: 30_000, clock })
const payments = pipeline(
  createRetry({ name: 'payments', baseDelayMs: 100, backoff: 'exponential', maxAttempts: 2, clock }),
  breaker,
)

// Two attempts fail, and the circuit opens. The wait between them takes no time here.
const down = new Error('down')
const failing = assert.rejects(
  payments.execute(() => Promise.reject(down)),
  down,
)
await clock.advanceAsync(100)
await failing
assert.equal(breaker.state, 'open')

await assert.rejects(
  payments.execute(() => 'up'),
  isCircuitOpenError,
)
clock.advance(30_000)
assert.equal(await payments.execute(() => 'up'), 'up')
assert.equal(breaker.state, 'closed')
assert.equal(clock.pending, 0) // no timer is left
// #endregion
