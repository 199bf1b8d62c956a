import { constants } from 'node:zlib'
import compress from '@fastify/compress'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { toEncodedTag } from './etag.ts'

const MIN_BYTES = 1_024
/** About as quick as gzip's 6, and smaller. */
const BROTLI_QUALITY = 4

/**
 * Paths whose answers hold what only one person may know. Were they compressed, their length would tell a secret to who can have a
 * guess of it put beside it.
 *
 * @see Gluck, Harris, Prado, *BREACH: reviving the CRIME attack* (2013).
 */
const FOR_ONE = /^\/(?:admin|health\/detailed|api\/v1\/session)(?:\/|$)/

/**
 * Compresses answers from 1 KiB on for who takes it. What is compressed already, or sent as part of a whole, stays as it is.
 * Bodies of requests must not be compressed: a small one could be of any size.
 *
 * @param app The server, before its first route.
 */
export async function compressAnswers(app: FastifyInstance): Promise<void> {
  app.addHook('onRoute', (route) => {
    if (FOR_ONE.test(route.url)) route.compress = false
  })
  await app.register(compress, {
    threshold: MIN_BYTES,
    encodings: ['br', 'gzip'],
    requestEncodings: ['identity'],
    brotliOptions: { params: { [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY } },
  })
  // After it was compressed.
  app.addHook('onRoute', (route) => {
    route.onSend = [route.onSend ?? []].flat().concat(tagEncoding)
  })
}

/** A strong tag is of these very bytes. */
function tagEncoding(
  _request: FastifyRequest,
  reply: FastifyReply,
  payload: unknown,
  done: (error: null, payload: unknown) => void,
): void {
  const encoding = reply.getHeader('content-encoding')
  const tag = reply.getHeader('etag')
  if (typeof encoding === 'string' && typeof tag === 'string') reply.header('etag', toEncodedTag(tag, encoding))
  done(null, payload)
}
