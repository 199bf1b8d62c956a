import { subscribe } from 'node:diagnostics_channel'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createHttp2Server, createSecureServer } from 'node:http2'
import { createServer as createHttpsServer } from 'node:https'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { attach, type HttpServer } from '@breakwater/core'
import { EXPRESS_CHANNEL, type ExpressRequest, toListener } from '@breakwater/express'
import {
  createCertificate,
  type Protocol,
  type Transport,
  type TransportApp,
  type TransportRoute,
} from '@breakwater/testing/transport'

type Listener = (request: IncomingMessage, response: ServerResponse) => void

const CREATE: Readonly<Record<Protocol, (listener: Listener) => HttpServer>> = {
  http: (listener) => createServer(listener),
  https: (listener) => createHttpsServer(createCertificate(), listener),
  h2c: (listener) => createHttp2Server(listener as never),
  h2: (listener) => createSecureServer(createCertificate(), listener as never),
}

// What handlers throw is heard here. Else each would become a warning.
subscribe(EXPRESS_CHANNEL, () => {})

/**
 * Creates the transport that the conformance suite drives.
 *
 * @param protocol What its server speaks.
 */
export function createTransport(protocol: Protocol): Transport {
  return {
    protocol,
    async listen({ hooks, serverHooks, endpoints, routes, before }) {
      const listener = toListener({ hooks, endpoints }, createRouter(routes))
      const server = CREATE[protocol](
        before === undefined ? listener : (request, response) => void before().then(() => listener(request, response)),
      )
      if (serverHooks.length > 0) attach(server, serverHooks)
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
      return { server, close: () => new Promise((resolve) => server.close(() => resolve())) }
    },
  }
}

/** A router of one's own, which says on the request what it found, as Express does. */
function createRouter(routes: TransportApp['routes']) {
  const table = routes.map((route) => ({
    route,
    baseUrl: route.prefixes.join(''),
    pattern: new RegExp(`^${route.prefixes.join('')}${route.path.replace(/:\w+/g, '[^/]+')}$`),
  }))
  return async (request: IncomingMessage & ExpressRequest, response: ServerResponse): Promise<void> => {
    const method = request.method === 'HEAD' ? 'GET' : request.method
    const path = (request.url ?? '').split('?', 1)[0] as string
    const found = table.find(({ route, pattern }) => route.method === method && pattern.test(path))
    if (found === undefined) {
      response.statusCode = 404
      response.end()
      return
    }
    request.baseUrl = found.baseUrl
    request.route = { path: found.route.path }
    await answer(found.route, request, response)
    // Routers take back what they said when they are left.
    request.baseUrl = ''
    request.route = undefined
  }
}

async function answer(route: TransportRoute, request: IncomingMessage, response: ServerResponse): Promise<void> {
  let text: string | undefined
  if (request.headers['content-type'] === 'text/plain') {
    text = ''
    for await (const piece of request) text += piece
  }
  const answered = await route.answer({ request, response, text })
  if (answered === undefined) return
  const { status = 200, body } = answered
  response.statusCode = status
  if (body instanceof Readable) await pipeline(body, response)
  else response.end(body)
}
