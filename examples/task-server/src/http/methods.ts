import type { FastifyInstance } from 'fastify'

/** Thrown when a path is asked with a method that it does not answer. */
class MethodNotAllowedError extends Error {
  override readonly name: 'MethodNotAllowedError' = 'MethodNotAllowedError'
  readonly code: 'ERR_METHOD_NOT_ALLOWED' = 'ERR_METHOD_NOT_ALLOWED'
}

/** What is served: the methods of each path, as Fastify writes both. */
export type Routes = Readonly<Record<string, readonly string[]>>

/**
 * Lists what is served.
 *
 * @param app The server, before its first route.
 * @returns A function that gives the routes so far.
 */
export function listRoutes(app: FastifyInstance): () => Routes {
  const routes = new Map<string, Set<string>>()
  app.addHook('onRoute', ({ url, method }) => {
    // Where browsers ask for permission, which is nothing that is served.
    if (url === '*') return
    const methods = routes.get(url) ?? new Set()
    routes.set(url, methods)
    for (const name of [method].flat()) methods.add(name)
  })
  return () => Object.fromEntries([...routes].map(([url, methods]) => [url, [...methods].sort()]))
}

/**
 * Refuses all other methods where something is served. Fastify itself would say that nothing is.
 *
 * @param app The server, after its last route.
 * @param routes What is served.
 */
export function refuseOtherMethods(app: FastifyInstance, routes: Routes): void {
  for (const [url, methods] of Object.entries(routes)) {
    const allowed = methods.join(', ')
    app.route({
      url,
      method: app.supportedMethods.filter((method) => !methods.includes(method)),
      // Before the body is looked at, which may be of any type.
      async onRequest(request, reply) {
        reply.header('allow', allowed)
        throw new MethodNotAllowedError(`Expected one of ${allowed} here, got ${request.method}`)
      },
      handler: () => undefined,
    })
  }
}
