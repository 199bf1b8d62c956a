import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createExchange, type ExchangeSource, type HttpEndpoint } from '@breakwater/core'
import { onTestFinished } from 'vitest'

const source: ExchangeSource<IncomingMessage> = { url: ({ url = '' }) => url, route: () => undefined }

/**
 * Serves endpoints by path, on a server of Node's.
 *
 * @returns Where.
 */
export async function serve(endpoints: Readonly<Record<string, HttpEndpoint>>): Promise<string> {
  const server = createServer((request, response) => {
    const exchange = createExchange(request, source, request, response)
    const endpoint = endpoints[exchange.path]
    if (endpoint === undefined) return void response.writeHead(404).end()
    Promise.resolve(endpoint(exchange)).then(
      ({ status, headers = {}, body }) => {
        const text = String(body)
        response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(text) }).end(text)
      },
      (error) => response.writeHead(500).end(String(error)),
    )
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}
