import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** The service that a quickstart needs. What it answers depends on the product that is asked for. */
export interface Catalog {
  /** Where it listens. */
  readonly url: string
  /** Trace parents it was called with, one for each call of a product. */
  callsOf(id: string): readonly (string | undefined)[]
  /** Answers every call of `slow`, those that wait and those to come. */
  letGo(): void
  /** Ends it. */
  close(): void
}

/**
 * Opens a catalog that has every product, but `missing`. `broken…` it cannot look up, and `slow` takes until it is let go.
 */
export async function openCatalog(): Promise<Catalog> {
  const calls = new Map<string, (string | undefined)[]>()
  const slow = Promise.withResolvers<void>()
  const server = createServer((request, response) => void answer(request, response))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')

  async function answer({ url = '', headers }: IncomingMessage, response: ServerResponse): Promise<void> {
    if (url === '/health') return void response.end('healthy')
    const id = url.replace('/products/', '')
    calls.set(id, [...(calls.get(id) ?? []), headers.traceparent as string | undefined])
    if (id === 'slow') await slow.promise
    if (id === 'missing') response.writeHead(404).end()
    else if (id.startsWith('broken')) response.writeHead(500).end()
    else response.end(JSON.stringify({ id, name: `Name of ${id}` }))
  }

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    callsOf: (id) => calls.get(id) ?? [],
    letGo: slow.resolve,
    close() {
      server.close()
      server.closeAllConnections()
    },
  }
}
