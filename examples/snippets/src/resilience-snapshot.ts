import assert from 'node:assert/strict'

const kept = new Map<string, string>()
const store = {
  read: async (key: string) => kept.get(key),
  write: async (key: string, text: string) => void kept.set(key, text),
}

// #region
import { createCircuitBreaker } from '@breakwater/resilience'

const breaker = createCircuitBreaker({ name: 'payments', failureThreshold: 2 })

const text = await store.read('payments')
if (text !== undefined) {
  try {
    breaker.restore(JSON.parse(text))
  } catch {
    // Of another version or another window: start closed, as a new one.
  }
}
// … and when the process stops:
async function stop(): Promise<void> {
  await store.write('payments', JSON.stringify(breaker.snapshot()))
}
// #endregion

for (let call = 0; call < 2; call++) await breaker.tryExecute(() => Promise.reject(new Error('down')))
await stop()
const next = createCircuitBreaker({ name: 'payments', failureThreshold: 2 })
next.restore(JSON.parse(kept.get('payments') ?? ''))
assert.equal(next.state, 'open')
assert.ok(next.explain().retryAfterMs > 29_000)
