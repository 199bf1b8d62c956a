import { attach, type HttpServer } from '@breakwater/core'
import { type ExpressRequest, type Middleware, toHandler, toMiddleware } from '@breakwater/express'
import { toPlugin } from '@breakwater/fastify'
import type { HttpAdapterHost } from '@nestjs/core'
import { cut, type EitherResponse, toNode } from './cut.ts'
import type { ResolvedOptions } from './options.ts'

/** On the application's host, whichever copy of this package put it there. */
const MOUNTED: unique symbol = Symbol.for('breakwater.nest.mounted')

/** Nest's adapters of both platforms, as much of them as is called here. */
export type Adapter = NonNullable<HttpAdapterHost['httpAdapter']>

/**
 * Mounts hooks and endpoints on an application, before its routes and before it parses bodies. If the application is not
 * made yet, as in Nest's tests, it is done when it is.
 *
 * @param host Where the application's adapter is.
 * @param options What to mount.
 * @throws {Error} If the application has them already.
 */
export function mount(host: HttpAdapterHost & { [MOUNTED]?: boolean }, options: ResolvedOptions): void {
  if (host[MOUNTED])
    throw new Error(
      'Cannot mount Breakwater as this application has it already: import BreakwaterModule.forRoot() once',
    )
  host[MOUNTED] = true
  // Without one it is set later, or is none at all: an application without HTTP.
  if (host.httpAdapter) mountOn(host.httpAdapter, options)
  else host.init$.subscribe(() => host.httpAdapter && mountOn(host.httpAdapter, options))
}

/**
 * Attaches hooks to an application's server. Fastify's plugin does so by itself.
 *
 * @param adapter The application's adapter.
 * @param options What to attach.
 * @returns The server.
 */
export function attachTo(adapter: Adapter, { serverHooks }: ResolvedOptions): HttpServer {
  const server: HttpServer = adapter.getHttpServer()
  if (adapter.getType() === 'express' && serverHooks.length > 0) attach(server, serverHooks)
  return server
}

/**
 * Nest ends a response whose handler failed when the head was out, as if it were whole; and of one that was written to past
 * Fastify, Nest 11 does not see that its head is out. Only Nest's filter for errors asks for these two.
 */
function cutFailed(adapter: Adapter): void {
  const end: (response: EitherResponse, message?: string) => unknown = adapter.end.bind(adapter)
  const isHeadersSent: (response: EitherResponse) => boolean = adapter.isHeadersSent.bind(adapter)
  adapter.isHeadersSent = (response: EitherResponse) => toNode(response).headersSent || isHeadersSent(response)
  adapter.end = (response: EitherResponse, message?: string) => {
    const node = toNode(response)
    return node.headersSent && !node.writableEnded ? cut(node) : end(response, message)
  }
}

/** On Express, what Nest calls for requests that no route matches is a route itself. */
function hideNotFound(adapter: Adapter): void {
  const setNotFoundHandler = adapter.setNotFoundHandler?.bind(adapter)
  if (setNotFoundHandler === undefined) return
  adapter.setNotFoundHandler = (handler: (...args: unknown[]) => unknown, ...rest: unknown[]) => {
    const handle = (request: ExpressRequest, ...others: unknown[]): unknown => {
      request.route = undefined
      return handler(request, ...others)
    }
    return Reflect.apply(setNotFoundHandler, adapter, [handle, ...rest])
  }
}

function mountOn(adapter: Adapter, { hooks, endpoints, serverHooks, clock }: ResolvedOptions): void {
  const type = adapter.getType()
  cutFailed(adapter)
  if (type === 'express') {
    const app: ExpressApplication = adapter.getInstance()
    hideNotFound(adapter)
    app.use(toMiddleware(hooks, { clock }))
    for (const [path, endpoint] of Object.entries(endpoints)) app.get(path, toHandler(endpoint))
  } else if (type === 'fastify') {
    const app: FastifyApplication = adapter.getInstance()
    app.register(toPlugin({ hooks, endpoints, serverHooks, clock }))
  } else {
    throw new TypeError(`Expected the application's HTTP adapter to be of type "express" or "fastify", got "${type}"`)
  }
}

interface ExpressApplication {
  use(middleware: Middleware): unknown
  get(path: string, handler: Middleware): unknown
}

interface FastifyApplication {
  register(plugin: ReturnType<typeof toPlugin>): unknown
}
