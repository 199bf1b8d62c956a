import assert from 'node:assert/strict'
// #region
import { createCircuitBreaker } from '@breakwater/resilience'

const breaker = createCircuitBreaker({
  name: 'search',
  failureRatio: 0.5,
  slowCallRatio: 0.8,
  slowCallMs: 1_000,
  windowMs: 30_000,
  // `fetch` does not throw for a status, so results are looked at, too.
  classifyResult: (result) => {
    const { status } = result as Response
    if (status >= 500) return 'failure'
    return status === 429 ? 'ignored' : 'success'
  },
})
// #endregion

for (let call = 0; call < 20; call++) await breaker.execute(() => new Response(null, { status: call < 10 ? 200 : 500 }))
assert.equal(breaker.state, 'open')
assert.equal(breaker.explain().reason.split('.')[0], 'It opened as 10 of 20 calls failed')
