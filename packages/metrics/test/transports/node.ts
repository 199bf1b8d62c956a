import { subscribe } from 'node:diagnostics_channel'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { attach } from '@breakwater/core'
import { EXPRESS_CHANNEL, type ExpressRequest, toListener } from '@breakwater/express'
import { createCertificate, type Transport, type TransportApp } from '@breakwater/testing/transport'

// What handlers throw is heard here. Else each would become a warning.
subscribe(EXPRESS_CHANNEL, () => {})

/**
 * A plain server of Node's, with a router of one's own.
 *
 * @param protocol What it speaks.
 */
export function nodeTransport(protocol: 'http' | 'https'): Transport {
  return {
    protocol,
    async listen({ hooks, serverHooks, endpoints, routes }) {
      const listener = toListener({ hooks, endpoints }, createRouter(routes))
      const server = protocol === 'http' ? createServer(listener) : createSecureServer(createCertificate(), listener)
      if (serverHooks.length > 0) attach(server, serverHooks)
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
      return { server, close: () => new Promise((resolve) => server.close(() => resolve())) }
    },
  }
}

function createRouter(routes: TransportApp['routes']) {
  const table = routes.map((route) => {
    const path = route.prefixes.join('') + route.path
    return { ...route, pattern: path, matches: new RegExp(`^${path.replace(/:\w+/g, '[^/]+')}$`) }
  })
  return async (request: IncomingMessage & ExpressRequest, response: ServerResponse): Promise<void> => {
    const method = request.method === 'HEAD' ? 'GET' : request.method
    const path = (request.url ?? '').split('?', 1)[0] as string
    const route = table.find((each) => each.method === method && each.matches.test(path))
    if (route === undefined) {
      response.statusCode = 404
      response.end()
      return
    }
    request.route = { path: route.pattern }
    let text: string | undefined
    if (request.headers['content-type'] === 'text/plain') {
      text = ''
      for await (const piece of request) text += piece
    }
    const answered = await route.answer({ request, response, text })
    if (answered === undefined) return
    response.statusCode = answered.status ?? 200
    if (answered.body instanceof Readable) await pipeline(answered.body, response)
    else response.end(answered.body)
  }
}
