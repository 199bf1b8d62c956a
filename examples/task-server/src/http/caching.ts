import { hash } from 'node:crypto'
import { Readable } from 'node:stream'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { findMatch } from './etag.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Whether the answer is the same for everybody, so that caches may keep it. */
    isShared?: boolean
  }
}

/** Of a route whose answers are the same for everybody. */
export const SHARED = { isShared: true } as const

/** Shared caches ask again after 10 s, and answer for up to 59 s more while they do. */
const SHARED_ANSWER = 'public, s-maxage=10, stale-while-revalidate=59'
const VISITORS_ANSWER = 'private, no-store'
const OTHER_ANSWER = 'no-store'

/**
 * Says of every answer whether it may be kept, and answers 304 to who has it already. Only what is shared may be. Call it before
 * answers are compressed.
 *
 * @param app The server.
 */
export function addCaching(app: FastifyInstance): void {
  app.addHook('onSend', (request, reply, payload, done) => {
    // Kept for others, it would make them the visitor.
    if (reply.hasHeader('set-cookie')) reply.header('cache-control', VISITORS_ANSWER)
    else if (reply.hasHeader('cache-control')) return done(null, payload)
    else if (reply.statusCode === 200 && request.routeOptions.config.isShared)
      return done(null, toSharedAnswer(request, reply, payload))
    else reply.header('cache-control', OTHER_ANSWER)
    done(null, payload)
  })
}

function toSharedAnswer({ method, headers }: FastifyRequest, reply: FastifyReply, payload: unknown): unknown {
  reply.header('cache-control', SHARED_ANSWER)
  reply.header('vary', reply.hasHeader('vary') ? `${reply.getHeader('vary')}, accept-encoding` : 'accept-encoding')
  let tag = reply.getHeader('etag')
  if (tag === undefined && typeof payload === 'string') {
    // Weak, as it is of the text, however that is compressed.
    tag = `W/"${hash('sha1', payload, 'base64url')}"`
    reply.header('etag', tag)
  }
  const match = typeof tag === 'string' ? findMatch(headers['if-none-match'], tag) : undefined
  if (match === undefined) return payload
  reply.code(304).header('etag', match)
  for (const name of ['content-type', 'content-length']) reply.removeHeader(name)
  // Fastify wants something to take away of HEAD.
  return method === 'HEAD' ? Readable.from([]) : null
}
