import type { IncomingMessage, ServerResponse } from 'node:http'
import {
  type Clock,
  createEmitter,
  type HttpEndpoint,
  type HttpHook,
  type NodeRequest,
  type NodeResponse,
} from '@breakwater/core'
import { EXPRESS_CHANNEL, type ListenerEvent } from './events.ts'
import { toHandler } from './handler.ts'
import { type Middleware, toMiddleware } from './middleware.ts'
import { toProblem } from './problem.ts'
import type { ExpressRequest, MatchedRoute, MiddlewareRequest } from './request.ts'
import { cut, send } from './send.ts'

/** Answers what no endpoint does. May be asynchronous. */
export type Handler<request extends NodeRequest, response extends NodeResponse> = (
  request: request & ExpressRequest,
  response: response,
) => unknown

/** A whole application, such as one of Express: a handler, and more than that. */
export interface Application {
  (request: IncomingMessage, response: ServerResponse): unknown
  /** Mounts something on it. */
  use(...parts: never[]): unknown
}

/** What {@link toListener} puts before a handler. */
export interface ListenerOptions {
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
   * Where time comes from.
   *
   * @defaultValue `systemClock`
   */
  readonly clock?: Clock | undefined
}

/**
 * Turns hooks, endpoints and an application into the listener of a `node:http` or `https` server. The same as for a handler, but that
 * errors are the application's.
 *
 * @param options What to mount.
 * @param application Answers everything else.
 *
 * @example
 * ```ts
 * createServer(toListener({ hooks: [metrics.hook] }, express()))
 * ```
 */
export function toListener(
  options: ListenerOptions,
  application: Application,
): (request: IncomingMessage, response: ServerResponse) => void
/**
 * Turns hooks, endpoints and a handler into the listener of a plain `node:http`, `https` or `http2` server.
 *
 * A handler that throws or rejects answers 500, or as {@link toProblem} says, or cuts its response if the head is out, and is told on
 * `breakwater:express`; the process goes on.
 *
 * @param options What to mount.
 * @param handler Answers everything else. For routes to be known it sets `request.route = { path: '/tasks/:id' }`.
 *
 * @example
 * ```ts
 * createServer(toListener({ hooks: [metrics.hook], endpoints: { '/metrics': metrics.endpoint } }, handle))
 * ```
 */
export function toListener<
  request extends NodeRequest = IncomingMessage,
  response extends NodeResponse = ServerResponse,
>(options: ListenerOptions, handler: Handler<request, response>): (request: request, response: response) => void
export function toListener<request extends NodeRequest, response extends NodeResponse>(
  { hooks = [], endpoints = {}, clock }: ListenerOptions,
  handler: Handler<request, response>,
): (request: request, response: response) => void {
  const events = createEmitter<ListenerEvent>(EXPRESS_CHANNEL, 'listener')
  const begin = hooks.length === 0 ? undefined : toMiddleware(hooks, { clock })
  const mounted = new Map(
    Object.entries(endpoints).map(([path, endpoint]) => [
      path,
      { route: Object.freeze({ path }), handle: toHandler(endpoint) },
    ]),
  )

  return (request, response) => {
    if (begin === undefined) return answer(request, response)
    begin(request, response, (error) => {
      if (error === undefined) answer(request, response)
      else fail(response, error)
    })
  }

  function answer(request: request & ExpressRequest, response: response): void {
    const endpoint = findEndpoint(request)
    if (endpoint === undefined) return handle(request, response)
    request.route = endpoint.route
    endpoint.handle(request, response, (error) => fail(response, error))
  }

  function findEndpoint({ method, url = '' }: MiddlewareRequest): Mounted | undefined {
    if (method !== 'GET' && method !== 'HEAD') return undefined
    const end = url.indexOf('?')
    return mounted.get(end === -1 ? url : url.slice(0, end))
  }

  function handle(request: request, response: response): void {
    let pending: unknown
    try {
      pending = handler(request, response)
    } catch (error) {
      // What it wrote before goes out first.
      return queueMicrotask(() => fail(response, error))
    }
    // Most handlers of plain servers wait for nothing: they need no promise.
    if (pending !== undefined) void settle(pending, response)
  }

  async function settle(pending: unknown, response: response): Promise<void> {
    try {
      await pending
    } catch (error) {
      fail(response, error)
    }
  }

  function fail(response: response, error: unknown): void {
    events.emitFailure({ type: 'handler:failed', error })
    if (response.headersSent) cut(response)
    else send(response, toProblem(error) ?? INTERNAL_SERVER_ERROR, () => {})
  }
}

/** An endpoint at its path. */
interface Mounted {
  readonly route: MatchedRoute
  readonly handle: Middleware
}

/** Says nothing of what went wrong: that is for the operator. */
const INTERNAL_SERVER_ERROR = {
  status: 500,
  headers: { 'content-type': 'application/problem+json' },
  body: JSON.stringify({ type: 'about:blank', title: 'Internal Server Error', status: 500 }),
}
