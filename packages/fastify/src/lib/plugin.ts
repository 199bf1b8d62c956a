import {
  attach,
  type Clock,
  createExchange,
  createHookRunner,
  type ExchangeSource,
  type HttpEndpoint,
  type HttpHook,
  type HttpServerHook,
} from '@breakwater/core'
import type { FastifyInstance, FastifyPluginCallback, FastifyReply, FastifyRequest } from 'fastify'
import { claim } from './mounted.ts'
import { send } from './send.ts'

/** Options of {@link toPlugin}. */
export interface PluginOptions {
  /**
   * Features' hooks. They run in order; the first reply wins and ends the request. Observers before gates.
   *
   * @defaultValue none
   */
  readonly hooks?: readonly HttpHook[] | undefined
  /**
   * Features' endpoints, by the path that each answers with GET and HEAD, such as `{ '/readyz': health.readiness }`.
   *
   * @defaultValue none
   */
  readonly endpoints?: Readonly<Record<string, HttpEndpoint>> | undefined
  /**
   * Hooks that see the raw server.
   *
   * @defaultValue none
   */
  readonly serverHooks?: readonly HttpServerHook[] | undefined
  /**
   * Where time comes from.
   *
   * @defaultValue `systemClock`
   */
  readonly clock?: Clock | undefined
}

/**
 * Turns hooks and endpoints into one plugin. Register it first, so that it sees every request whole.
 *
 * Its hooks hold for all routes of the instance it is registered on, its children's and those it had before. Requests
 * that Fastify answers by itself, such as for a malformed URL, are told to the hooks when they close.
 *
 * @param options What to mount.
 *
 * @example
 * ```ts
 * await app.register(toPlugin({ hooks: [metrics.hook], endpoints: { '/metrics': metrics.endpoint } }))
 * ```
 */
export function toPlugin({
  hooks = [],
  endpoints = {},
  serverHooks = [],
  clock,
}: PluginOptions): FastifyPluginCallback {
  const source: ExchangeSource<FastifyRequest> = { ...fastifySource, clock }

  const plugin: FastifyPluginCallback = (app, _options, done) => {
    try {
      mountHooks(app, hooks, serverHooks, source)
      for (const [path, endpoint] of Object.entries(endpoints)) mountEndpoint(app, path, endpoint, source)
    } catch (error) {
      // Thrown, it would reach nobody who registers.
      return done(error as Error)
    }
    done()
  }
  // What `fastify-plugin` does: the hooks belong to the instance, not to a child of it.
  return Object.assign(plugin, {
    [Symbol.for('skip-override')]: true,
    [Symbol.for('fastify.display-name')]: 'breakwater',
  })
}

const fastifySource: ExchangeSource<FastifyRequest> = {
  url: (request) => request.originalUrl,
  route: (request) => (request.is404 ? undefined : request.routeOptions.url),
}

function mountHooks(
  app: FastifyInstance,
  hooks: readonly HttpHook[],
  serverHooks: readonly HttpServerHook[],
  source: ExchangeSource<FastifyRequest>,
): void {
  const release = claim(app.server, [...hooks, ...serverHooks])
  const runner = createHookRunner(hooks, source)
  const detach = attach(app.server, [...serverHooks, { onRequest: runner.expect }])
  app.addHook('onClose', async () => {
    detach()
    release()
  })
  app.addHook('onRequest', (request, reply, next) => {
    const answer = runner.begin(request, request.raw, reply.raw)
    if (answer !== undefined) {
      if (request.headers.upgrade !== undefined) closeAfter(reply)
      send(reply, answer)
    } else runner.enter(reply.raw, next)
  })
}

/** With `@fastify/websocket`, who asks for another protocol has left HTTP by then: nobody else would ever close the connection. */
function closeAfter(reply: FastifyReply): void {
  const { socket } = reply.request.raw
  reply.header('connection', 'close')
  reply.raw.once('finish', () => socket.destroySoon())
}

function mountEndpoint(
  app: FastifyInstance,
  url: string,
  endpoint: HttpEndpoint,
  source: ExchangeSource<FastifyRequest>,
): void {
  app.route({
    method: ['GET', 'HEAD'],
    url,
    async handler(request, reply) {
      send(reply, await endpoint(createExchange(request, source, request.raw, reply.raw)))
      return reply
    },
  })
}
