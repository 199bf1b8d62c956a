import assert from 'node:assert/strict'

class HttpError extends Error {
  readonly status: number = 503
}

// #region
import { createRetry, createRetryBudget } from '@breakwater/resilience'

// All that call inventory share one budget: an outage multiplies the load by the budget's ratio, not by `maxAttempts`.
const budget = createRetryBudget({ name: 'inventory' })
const reads = createRetry({ name: 'inventory-reads', budget })
const writes = createRetry({
  name: 'inventory-writes',
  maxAttempts: 2,
  isRetryable: (error) => error instanceof HttpError && error.status === 503, // it said that it did nothing
  budget,
})
// #endregion

let attempts = 0
await assert.rejects(
  writes.execute(() => {
    attempts++
    throw new Error('nobody knows whether it took effect')
  }),
)
assert.equal(attempts, 1)
const flaky = async ({ attempt }: { readonly attempt: number }): Promise<number> => {
  if (attempt === 1) throw new HttpError()
  return attempt
}
assert.equal(await reads.execute(flaky), 2)
assert.equal(await writes.execute(flaky), 2)
assert.equal(budget.balance, 8)
