import type { NodeResponse } from '@breakwater/core'
import { toProblem } from './problem.ts'
import type { MiddlewareRequest } from './request.ts'
import { send } from './send.ts'

/** A middleware for errors, as Express tells it from others: by its four parameters. */
export type ErrorMiddleware = (
  error: unknown,
  request: MiddlewareRequest,
  response: NodeResponse,
  next: (error?: unknown) => void,
) => void

/**
 * Creates what answers errors of these packages, see {@link toProblem}. Mount it after the routes; all other errors, and
 * those that come when the head is out, are passed to `next`.
 *
 * @example
 * ```ts
 * app.use(toErrorHandler())
 * ```
 */
export function toErrorHandler(): ErrorMiddleware {
  return (error, _request, response, next) => {
    const problem = toProblem(error)
    if (problem === undefined || response.headersSent) next(error)
    else send(response, problem, next)
  }
}
