import { toPlugin } from '@breakwater/fastify'
import type { Transport, TransportRoute } from '@breakwater/testing/transport'
import { type FastifyInstance, fastify } from 'fastify'

/** Fastify 5, with the plugin and nested plugins mounted as its users do. */
export const fastifyTransport: Transport = {
  protocol: 'http',
  async listen({ hooks, serverHooks, endpoints, routes }) {
    const app = fastify()
    await app.register(toPlugin({ hooks, serverHooks, endpoints }))
    for (const route of routes) mount(app, route.prefixes, route)
    await app.listen({ port: 0, host: '127.0.0.1' })
    return { server: app.server, close: () => app.close() }
  },
}

function mount(app: FastifyInstance, [prefix, ...prefixes]: readonly string[], route: TransportRoute): void {
  if (prefix !== undefined) {
    app.register(async (child) => mount(child, prefixes, route), { prefix })
    return
  }
  app.route<{ Body: string | undefined }>({
    method: route.method,
    url: route.path,
    async handler({ raw: request, body: text }, reply) {
      const answered = await route.answer({ request, response: reply.raw, text })
      if (answered === undefined) return reply.hijack()
      return reply.code(answered.status ?? 200).send(answered.body)
    },
  })
}
