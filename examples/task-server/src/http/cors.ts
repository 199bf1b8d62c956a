import cors, { type FastifyCorsOptions } from '@fastify/cors'
import type { FastifyInstance, FastifyRequest } from 'fastify'

/** How long a browser need not ask again. */
const MAX_AGE_SECONDS = 600

/**
 * Lets pages of other origins read answers, and answers their browsers' questions before.
 *
 * @param app The server.
 * @param origins Whose pages.
 */
export async function allowOrigins(app: FastifyInstance, origins: readonly string[]): Promise<void> {
  const options: FastifyCorsOptions = {
    origin: [...origins],
    credentials: true,
    methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
    allowedHeaders: ['authorization', 'cache-control', 'content-type', 'if-match', 'if-none-match', 'traceparent'],
    exposedHeaders: [
      'allow',
      'etag',
      'location',
      'ratelimit-limit',
      'ratelimit-remaining',
      'ratelimit-reset',
      'retry-after',
    ],
    maxAge: MAX_AGE_SECONDS,
  }
  const withoutPreflight = { ...options, preflight: false }
  await app.register(cors, {
    // What only looks like such a question is a method like any other, and not for the plugin to answer.
    delegator: (request: FastifyRequest, done: (error: null, options: FastifyCorsOptions) => void) =>
      done(null, isPreflight(request) ? options : withoutPreflight),
  })
}

function isPreflight({ headers }: FastifyRequest): boolean {
  return headers.origin !== undefined && headers['access-control-request-method'] !== undefined
}
