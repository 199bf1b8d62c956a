import assert from 'node:assert/strict'

let calls = 0
async function readRates(base: string): Promise<Record<string, number>> {
  calls++
  return { [base]: 1 }
}
async function* readKeys() {
  yield* ['EUR', 'USD', 'GBP']
}
const progress: number[] = []

// #region
import { createCache } from '@breakwater/cache'

const cache = createCache({ name: 'rates', ttlMs: 300_000 })

// A function whose results are cached.
const ratesOf = cache.wrap(readRates, { key: (base) => `rates:${base}`, tags: ['rates'] })
const rates = await ratesOf('EUR')

// Before the first request comes: a few at a time, and over a restart from where it ended.
const report = await cache.warmUp(readKeys(), ({ key }) => readRates(key), {
  concurrency: 4,
  onProgress: ({ warmed }) => progress.push(warmed),
})
if (!report.isComplete) console.log(`go on with from: ${report.position}`)
// #endregion

assert.deepEqual(rates, { EUR: 1 })
await ratesOf('EUR')
assert.equal(calls, 4)
assert.deepEqual(progress, [1, 2, 3])
assert.equal(report.position, 3)
await cache.close()
