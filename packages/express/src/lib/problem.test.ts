import { expect, test } from 'vitest'
import { toProblem } from './problem.ts'

test.each([
  ['ERR_BULKHEAD_FULL', 503, 'Service Unavailable'],
  ['ERR_CACHE_CLOSED', 503, 'Service Unavailable'],
  ['ERR_CIRCUIT_OPEN', 503, 'Service Unavailable'],
  ['ERR_LIMIT_REACHED', 503, 'Service Unavailable'],
  ['ERR_LOAD_TIMEOUT', 504, 'Gateway Timeout'],
  ['ERR_SHUTDOWN_STARTED', 503, 'Service Unavailable'],
  ['ERR_TIMEOUT', 504, 'Gateway Timeout'],
])('toProblem() answers %s with %i', (code, status, title) => {
  const problem = toProblem(Object.assign(new Error('db'), { code }))
  expect(problem).toEqual({
    status,
    headers: { 'content-type': 'application/problem+json' },
    body: JSON.stringify({ type: 'about:blank', title, status }),
  })
})

test.each([
  [0, '1'],
  [1, '1'],
  [1_000, '1'],
  [1_001, '2'],
  [Number.POSITIVE_INFINITY, undefined],
  [Number.NaN, undefined],
  ['5', undefined],
])('toProblem() says when to come back: after %s ms, %s', (retryAfterMs, expected) => {
  expect(toProblem({ code: 'ERR_CIRCUIT_OPEN', retryAfterMs })?.headers?.['retry-after']).toBe(expected)
})

test.each([
  [undefined],
  [null],
  ['ERR_TIMEOUT'],
  [new Error('no code')],
  [{ code: 'ECONNRESET' }],
  [{ code: 'toString' }],
])('toProblem() leaves %o alone', (error) => {
  expect(toProblem(error)).toBeUndefined()
})
