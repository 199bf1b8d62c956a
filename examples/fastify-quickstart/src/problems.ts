import { STATUS_CODES } from 'node:http'
import { toProblem } from '@breakwater/fastify'
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'

/** Answers errors and what no route does as `application/problem+json` (RFC 9457). */
export function answerErrors(app: FastifyInstance): void {
  app.setNotFoundHandler((_request, reply) => sendProblem(reply, 404))
  app.setErrorHandler(answerError)
}

/** What Fastify refuses before there is a route, such as a malformed URL, comes here as well. */
export function answerError(error: FastifyError, { log }: FastifyRequest, reply: FastifyReply): void {
  const known = toProblem(error) // an open circuit is 503 with Retry-After, a time that is over 504
  if (known !== undefined)
    return void reply
      .code(known.status)
      .headers(known.headers ?? {})
      .send(known.body)
  const { statusCode: status = 500 } = error
  if (status >= 500) log.error(error) // with the ids of its request and trace
  sendProblem(reply, status)
}

/** Says nothing of the inside: that is in the log. */
export function sendProblem(reply: FastifyReply, status: number): FastifyReply {
  reply.code(status).type('application/problem+json')
  return reply.send(JSON.stringify({ type: 'about:blank', title: STATUS_CODES[status], status }))
}
