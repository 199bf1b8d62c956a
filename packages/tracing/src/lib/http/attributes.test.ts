import { expect, test } from 'vitest'
import { createStartAttributes } from './attributes.ts'

const of = (headers: Record<string, string>, path = '/', method = 'GET'): Record<string, unknown> =>
  createStartAttributes(undefined)({ method, path, header: (name) => headers[name] })

test.each([
  [{ host: 'api.example.com' }, 'http', 'api.example.com', 80],
  [{ host: 'api.example.com:8080' }, 'http', 'api.example.com', 8_080],
  [{ host: '[::1]:81' }, 'http', '[::1]', 81],
  [{ host: 'a', 'x-forwarded-proto': 'https' }, 'https', 'a', 443],
  [{ host: 'a', 'x-forwarded-proto': 'https,http' }, 'https', 'a', 443],
  [{ host: 'a', 'x-forwarded-proto': 'javascript' }, 'http', 'a', 80],
  [{ ':authority': 'b', ':scheme': 'https', host: 'a' }, 'https', 'b', 443],
  [{ host: 'a b' }, 'http', undefined, undefined],
  [{ host: '"><script>' }, 'http', undefined, undefined],
  [{ host: 'x'.repeat(400) }, 'http', undefined, undefined],
  [{}, 'http', undefined, undefined],
])('%j says where the service is', (headers, scheme, address, port) => {
  const attributes = of(headers as unknown as Record<string, string>)
  expect(attributes).toMatchObject({ 'url.scheme': scheme })
  expect([attributes['server.address'], attributes['server.port']]).toEqual([address, port])
})

test('texts of clients are cut', () => {
  const long = 'x'.repeat(5_000)
  const attributes = of({ 'user-agent': long }, `/${long}`, long)
  expect(attributes).toEqual({
    'http.request.method': '_OTHER',
    'http.request.method_original': 'x'.repeat(1_024),
    'url.path': `/${'x'.repeat(1_023)}`,
    'url.scheme': 'http',
    'network.protocol.version': '1.1',
    'user_agent.original': 'x'.repeat(1_024),
  })
})
