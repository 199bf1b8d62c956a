import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { toErrorHandler } from './error-handler.ts'

/** What a client gets where a handler failed, and what was passed on. */
async function answer(error: unknown): Promise<[number, string | null, string, unknown]> {
  let passed: unknown
  const server = createServer((request, response) => {
    toErrorHandler()(error, request, response, (next) => {
      passed = next
      response.statusCode = 500
      response.end('the framework')
    })
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const response = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  const body = await response.text()
  server.close().closeAllConnections()
  return [response.status, response.headers.get('retry-after'), body, passed]
}

test('toErrorHandler() answers what was refused', async () => {
  const body = '{"type":"about:blank","title":"Service Unavailable","status":503}'
  expect(await answer({ code: 'ERR_CIRCUIT_OPEN', retryAfterMs: 1_500 })).toEqual([503, '2', body, undefined])
})

test('toErrorHandler() passes on what it does not know', async () => {
  const error = new Error('secret')
  expect(await answer(error)).toEqual([500, null, 'the framework', error])
})
