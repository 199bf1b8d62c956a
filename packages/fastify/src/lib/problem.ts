import { type HttpReply, hasCode } from '@breakwater/core'

/** What clients are told of refusals and limits. Errors know no HTTP: it is said here, and the same in each adapter. */
const STATUS: Readonly<Record<string, 503 | 504>> = {
  ERR_BULKHEAD_FULL: 503,
  ERR_CACHE_CLOSED: 503,
  ERR_CIRCUIT_OPEN: 503,
  ERR_LIMIT_REACHED: 503,
  ERR_LOAD_TIMEOUT: 504,
  ERR_SHUTDOWN_STARTED: 503,
  ERR_TIMEOUT: 504,
}

const TITLE = { 503: 'Service Unavailable', 504: 'Gateway Timeout' } as const

/**
 * Turns an error of one of these packages into a reply: a problem (RFC 9457) with 503 for what was refused, with 504 for
 * what took too long, and with `Retry-After` if the error has a `retryAfterMs`. It does not say what was called.
 *
 * @param error What was thrown, by its `code`.
 * @returns The reply, or `undefined` of any other error.
 */
export function toProblem(error: unknown): HttpReply | undefined {
  const code = Object.keys(STATUS).find((each) => hasCode(error, each))
  const status = STATUS[code ?? '']
  if (status === undefined) return undefined
  const { retryAfterMs } = error as { readonly retryAfterMs?: unknown }
  const headers: Record<string, string> = { 'content-type': 'application/problem+json' }
  // 0 stands for "nobody knows", and would ask for another try at once.
  if (typeof retryAfterMs === 'number' && Number.isFinite(retryAfterMs))
    headers['retry-after'] = String(Math.max(Math.ceil(retryAfterMs / 1_000), 1))
  return { status, headers, body: JSON.stringify({ type: 'about:blank', title: TITLE[status], status }) }
}
