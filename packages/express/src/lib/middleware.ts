import { type Clock, createHookRunner, type HttpHook, type NodeResponse } from '@breakwater/core'
import { claim, type Mounted } from './mounted.ts'
import { expressSource, type MiddlewareRequest } from './request.ts'
import { send } from './send.ts'

/** A connect-style middleware, as Express and plain `node:http` servers call it. */
export type Middleware = (request: MiddlewareRequest, response: NodeResponse, next: (error?: unknown) => void) => void

/** Options of {@link toMiddleware}. */
export interface MiddlewareOptions {
  /**
   * Where time comes from.
   *
   * @defaultValue `systemClock`
   */
  readonly clock?: Clock | undefined
}

/**
 * Turns hooks into one middleware. Mount it first, so that it sees every request whole. A request that meets a
 * hook twice on its way, as two such middlewares have it, is an error.
 *
 * @param hooks Features' hooks. They run in order; the first reply wins and ends the request.
 * @param options Where time comes from.
 *
 * @example
 * ```ts
 * app.use(toMiddleware([metrics.hook, logger.hook, monitor.hook]))
 * ```
 */
export function toMiddleware(hooks: readonly HttpHook[], { clock }: MiddlewareOptions = {}): Middleware {
  if (hooks.length === 0) return (_request, _response, next) => next()
  const runner = createHookRunner(hooks, { ...expressSource, clock })
  const mounted: Mounted = [[...hooks]]
  return (request, response, next) => {
    const problem = claim(response, mounted)
    if (problem !== undefined) return next(problem)
    const reply = runner.begin(request, request, response)
    if (reply === undefined) return runner.enter(response, next)
    try {
      send(response, reply, next)
    } catch (error) {
      next(error)
    }
  }
}
