import assert from 'node:assert/strict'

const client = {
  ask: async (_what: string, _options: { signal: AbortSignal }) => 'an answer',
  send: async (_what: string, _options: { signal: AbortSignal }) => {
    throw new Error('lost')
  },
}

// #region
import { createCircuitBreaker } from '@breakwater/resilience'

const breaker = createCircuitBreaker({ name: 'search', failureThreshold: 2 })

// 1. A promise: rejects with what the function threw, or with the refusal.
const found = await breaker.execute(({ signal }) => client.ask('tide', { signal }))

// 2. An outcome: never rejects. A refusal is an answer like any other, and no error is made for it.
const outcome = await breaker.tryExecute(({ signal }) => client.send('tide', { signal }))
const text = outcome.ok ? outcome.value : outcome.refusal ? 'not now' : `failed: ${outcome.error}`

// 3. A permit: for hot paths, and for what is not one function. Whoever gets one has to say how it ended.
const permit = breaker.tryAcquire()
if (permit.admitted) {
  try {
    permit.succeed(await client.ask('ebb', permit))
  } catch (error) {
    permit.fail(error)
  } finally {
    permit.release() // only what is told first counts, so this is for what said nothing
  }
} else console.log(`come back in ${permit.retryAfterMs} ms`)
// #endregion

assert.equal(found, 'an answer')
assert.equal(text, 'failed: Error: lost')
assert.equal(breaker.explain().failuresInARow, 0)
const calls = breaker.measure().filter(({ name }) => name === 'breaker_calls_total')
assert.deepEqual(
  calls.map(({ labels, value }) => [labels?.outcome, value]),
  [
    ['success', 2],
    ['failure', 1],
    ['ignored', 0],
    ['late', 0],
  ],
)
