import type { IncomingMessage, ServerResponse } from 'node:http'
import { toPlugin } from '@breakwater/fastify'
import { createCertificate, type Protocol, type Transport, type TransportRoute } from '@breakwater/testing/transport'
import { type FastifyInstance, fastify } from 'fastify'

const CREATE: Readonly<Record<Protocol, () => FastifyInstance>> = {
  http: () => fastify(),
  https: () => fastify({ https: createCertificate() }) as unknown as FastifyInstance,
  h2c: () => fastify({ http2: true }) as unknown as FastifyInstance,
  h2: () => fastify({ http2: true, https: createCertificate() }) as unknown as FastifyInstance,
}

/**
 * Creates the transport that the conformance suite drives.
 *
 * @param protocol What its server speaks.
 */
export function createTransport(protocol: Protocol): Transport {
  return {
    protocol,
    async listen({ hooks, serverHooks, endpoints, routes, before }) {
      const app = CREATE[protocol]()
      if (before !== undefined) app.addHook('onRequest', before)
      // Fastify's own says the message of every error.
      app.setErrorHandler((error: { statusCode?: number }, _request, reply) =>
        reply.code(error.statusCode ?? 500).send('Something failed'),
      )
      await app.register(toPlugin({ hooks, serverHooks, endpoints }))
      app.addContentTypeParser('*', (_request, _body, done) => done(null))
      for (const route of routes) mount(app, route.prefixes, route)
      await app.listen({ port: 0, host: '127.0.0.1' })
      return { server: app.server, close: () => app.close() }
    },
  }
}

function mount(app: FastifyInstance, [prefix, ...prefixes]: readonly string[], route: TransportRoute): void {
  if (prefix !== undefined) {
    app.register(async (child) => mount(child, prefixes, route), { prefix })
    return
  }
  app.route<{ Body: string | undefined }>({
    method: route.method,
    url: route.path,
    async handler(request, reply) {
      const [node, response]: [IncomingMessage, ServerResponse] = [request.raw, reply.raw]
      const answered = await route.answer({ request: node, response, text: request.body })
      if (answered === undefined) return reply.hijack()
      return reply.code(answered.status ?? 200).send(answered.body)
    },
  })
}
