import assert from 'node:assert/strict'

interface Rates {
  readonly eur: number
  readonly isStale: boolean
}
let isDown = false
const fetchRates = async (_options: { signal: AbortSignal }): Promise<Rates> => {
  if (isDown) throw new Error('down')
  return { eur: 1.1, isStale: false }
}
const readStaleRates = async (_options: { signal: AbortSignal }): Promise<Rates> => ({ eur: 1, isStale: true })

// #region
import { createCircuitBreaker, createFallback, pipeline } from '@breakwater/resilience'

const rates = pipeline(
  createFallback({ name: 'rates', run: (_error, { signal }) => readStaleRates({ signal }) }), // outermost
  createCircuitBreaker({ name: 'rates' }),
)

const { eur, isStale } = await rates.execute(({ signal }) => fetchRates({ signal }))
// #endregion

assert.deepEqual({ eur, isStale }, { eur: 1.1, isStale: false })
isDown = true
assert.equal((await rates.execute(fetchRates)).isStale, true)
