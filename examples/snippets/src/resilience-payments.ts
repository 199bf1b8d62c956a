import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
// #region
import {
  createBulkhead,
  createCircuitBreaker,
  createRetry,
  createTimeout,
  isCircuitOpenError,
  isRefusalError,
  pipeline,
  toRetryAfterMs,
} from '@breakwater/resilience'

interface Order {
  readonly id: string
  readonly cents: number
}

class PaymentsError extends Error {
  readonly status: number
  readonly retryAfterMs: number | undefined // a retry waits at least as long

  constructor({ status, headers }: Response) {
    super(`Cannot charge as payments answered ${status}`)
    this.status = status
    this.retryAfterMs = toRetryAfterMs(headers.get('retry-after'), Date.now())
  }
}

/** A declined card is an answer. A broken server, a lost connection and a time limit are not. */
const isFault = (error: unknown): boolean =>
  !isRefusalError(error) && (!(error instanceof PaymentsError) || error.status >= 500)

// Once per process, outermost first: they learn from every call to payments.
const breaker = createCircuitBreaker({
  name: 'payments',
  failureRatio: 0.5,
  windowMs: 10_000,
  openForMs: 10_000,
  classifyError: (error) => (isFault(error) ? 'failure' : 'success'),
})
const payments = pipeline(
  createRetry({ name: 'payments', isRetryable: isFault }),
  breaker,
  createBulkhead({ name: 'payments', maxConcurrent: 20, maxQueued: 40, maxWaitMs: 500 }),
  createTimeout({ name: 'payments', limitMs: 2_000 }),
)

async function charge(order: Order, signal?: AbortSignal): Promise<{ status: string; retryAfterMs?: number }> {
  try {
    return await payments.execute(
      async ({ signal }) => {
        const response = await fetch(`${PAYMENTS_URL}/charges`, {
          method: 'POST',
          headers: { 'idempotency-key': order.id }, // safe to do twice, so safe to retry
          body: JSON.stringify(order),
          signal,
        })
        if (!response.ok) throw new PaymentsError(response)
        return { status: 'paid' }
      },
      { signal },
    )
  } catch (error) {
    if (isCircuitOpenError(error)) return { status: 'later', retryAfterMs: error.retryAfterMs }
    throw error
  }
}
// #endregion

let answers: number[] = []
let calls = 0
const server = createServer((_request, response) => {
  calls++
  response.writeHead(answers.shift() ?? 200).end()
})
server.listen(0, '127.0.0.1')
await once(server, 'listening')
const PAYMENTS_URL = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

answers = [503]
assert.deepEqual(await charge({ id: 'a', cents: 100 }), { status: 'paid' })
assert.equal(calls, 2)
answers = [402]
await assert.rejects(charge({ id: 'b', cents: 100 }), { status: 402 })
assert.equal(calls, 3)
breaker.force('forced-open')
assert.deepEqual(await charge({ id: 'c', cents: 100 }), { status: 'later', retryAfterMs: 10_000 })
assert.equal(calls, 3)
server.close()
server.closeAllConnections()
