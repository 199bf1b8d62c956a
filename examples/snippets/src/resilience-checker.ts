import assert from 'node:assert/strict'
// #region
import { createCircuitBreaker } from '@breakwater/resilience'
import { assertCircuitBreaker, toCircuitSubject } from '@breakwater/resilience/testing'

// Yours, which wraps ours: what calls, results, aborts, time and faulty listeners do to it, in 200 random orders.
const subject = toCircuitSubject((options) => createCircuitBreaker(options), 'my circuit breaker')
const { schedules, steps } = await assertCircuitBreaker(subject, { seed: 42 })
// #endregion

assert.equal(schedules, 200)
assert.ok(steps > schedules)
