import type { FastifyReply, FastifyRequest } from 'fastify'
import { toProblem } from './problem.ts'
import { send } from './send.ts'

/** A handler of errors, as Fastify calls it. */
export type ErrorHandler = (error: unknown, request: FastifyRequest, reply: FastifyReply) => void

/**
 * Creates what answers errors of these packages, see {@link toProblem}. All other errors are passed to the handler of the
 * instance above, in the end to Fastify's own.
 *
 * @example
 * ```ts
 * app.setErrorHandler(toErrorHandler())
 * ```
 */
export function toErrorHandler(): ErrorHandler {
  return (error, _request, reply) => {
    const problem = toProblem(error)
    if (problem === undefined) throw error
    // As bytes, since Fastify adds a `charset` to text, which this media type does not have.
    else send(reply, { ...problem, body: Buffer.from(problem.body as string) })
  }
}
