import type { Socket } from 'node:net'
import { systemClock } from '@breakwater/core'
import { isCircuitOpenError } from '@breakwater/resilience'
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { toReason } from '../start-error.ts'
import {
  createProblem,
  isProblemName,
  PROBLEM_TYPE,
  PROBLEMS_PATH,
  type Problem,
  toProblemName,
  toRawResponse,
} from './problem.ts'
import { SECURE_HEADERS } from './secure-headers.ts'
import { type InvalidPart, toInvalidParts } from './validation.ts'

const WARN_EVERY_MS = 10_000
/** Up to so many bytes, what is too large is read to its end, and thrown away: as much as a proxy passes on. */
const MAX_DRAINED_BYTES = 10 * 1_024 * 1_024
const DRAIN_LIMIT_MS = 10_000

/** What an error may carry, whoever threw it. */
export interface AnyError extends Partial<FastifyError> {
  /** Of what can be tried again. */
  readonly retryAfterMs?: number
  /** Of an `InvalidRequestError`. */
  readonly parts?: readonly InvalidPart[]
}

/**
 * Answers errors of all kinds as problems, also those of paths that are not served, and explains each type of problem.
 *
 * @param app The server.
 */
export function answerErrors(app: FastifyInstance): void {
  const warn = createWarner(app)
  app.setErrorHandler((error: AnyError, request, reply) => {
    const problem = answerError(error, request, reply)
    // That a circuit opened was logged then.
    if (problem.status > 500 && !isCircuitOpenError(error)) warn(problem, error)
  })
  app.get<{ Params: { name: string } }>(`${PROBLEMS_PATH}/:name`, async ({ params }, reply) => {
    return isProblemName(params.name) ? createProblem(params.name) : reply.callNotFound()
  })
  app.setNotFoundHandler((request, reply) => {
    sendProblem(reply, createProblem('route-not-found', `Nothing is served at ${pathOf(request)}`))
  })
}

/**
 * Answers an error as a problem.
 *
 * @param error What was thrown.
 * @param request What was asked.
 * @param reply The answer.
 * @returns The problem.
 */
export function answerError(error: AnyError, request: FastifyRequest, reply: FastifyReply): Problem {
  const problem = toProblem(error)
  if (problem.status === 500) request.log.error({ err: error }, `${request.method} ${pathOf(request)} failed`)
  // 0 stands for "nobody knows", and would ask for another try at once.
  if (error.retryAfterMs !== undefined) reply.header('retry-after', Math.max(Math.ceil(error.retryAfterMs / 1_000), 1))
  if (problem.status === 413) keepReading(request, reply)
  sendProblem(reply, problem)
  return problem
}

/**
 * Fastify closes the connection of whom it does not want to listen to any more. Who is still sending then loses the answer with it:
 * a proxy makes a 502 of that.
 */
function keepReading({ raw, headers }: FastifyRequest, reply: FastifyReply): void {
  if (!(Number(headers['content-length']) <= MAX_DRAINED_BYTES)) return
  reply.removeHeader('connection')
  const stop = systemClock.after(DRAIN_LIMIT_MS, () => raw.socket.destroy())
  raw.once('close', stop)
}

/**
 * Answers what could not be read as a request. Of a connection that is gone or in the midst of an answer, nothing more
 * can be said.
 *
 * @param error What the parser says.
 * @param socket The connection.
 */
export function answerClientError(error: NodeJS.ErrnoException, socket: Socket): void {
  const { _httpMessage: answer } = socket as { _httpMessage?: { headersSent: boolean } | null }
  if (!socket.writable || error.code === 'ECONNRESET' || answer?.headersSent) socket.destroy()
  else socket.end(toRawResponse(toProblem({ code: error.code ?? '', statusCode: 400 })), () => socket.destroy())
}

/** Logs what may happen on every request at once, so that it does not flood the log. */
function createWarner(app: FastifyInstance): (problem: Problem, error: AnyError) => void {
  const warnedAtMs = new Map<string, number>()
  return ({ type, title }, error) => {
    const nowMs = systemClock.now()
    if (nowMs - (warnedAtMs.get(type) ?? Number.NEGATIVE_INFINITY) < WARN_EVERY_MS) return
    warnedAtMs.set(type, nowMs)
    app.log.warn(error.cause === undefined ? title : `${title}: ${toReason(error.cause)}`)
  }
}

/**
 * Gives the problem that an error is. What is wrong on this side is not told.
 *
 * @param error What was thrown.
 */
export function toProblem(error: AnyError): Problem {
  const name = toProblemName(error)
  if (error.validation !== undefined) {
    return createProblem(name, undefined, toInvalidParts(error.validation, error.validationContext))
  }
  const problem = createProblem(name, error.message, error.parts)
  // What this side is made of, and did wrong, is told to the log alone.
  return problem.status < 500 ? problem : createProblem(name)
}

function sendProblem(reply: FastifyReply, problem: Problem): void {
  // As bytes, since Fastify adds a `charset` to text, which this media type does not have.
  reply
    .code(problem.status)
    // Those of Fastify itself pass no hook.
    .headers(SECURE_HEADERS)
    .header('content-type', PROBLEM_TYPE)
    .header('cache-control', 'no-store')
    .send(Buffer.from(JSON.stringify(problem)))
}

function pathOf(request: FastifyRequest): string {
  return request.url.split('?', 1)[0] ?? ''
}
