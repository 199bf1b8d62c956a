import { constants } from 'node:http2'
import { Readable } from 'node:stream'
import type { HttpReply } from '@breakwater/core'
import type { FastifyReply } from 'fastify'

/**
 * Sends a reply through Fastify, so that the hooks of other plugins see it.
 *
 * @param reply Where to.
 * @param answer What. Pieces of a body are asked for as fast as the client takes them.
 */
export function send(reply: FastifyReply, { status, headers = {}, body }: HttpReply): void {
  reply.code(status)
  if (typeof body === 'string') reply.type('text/plain; charset=utf-8')
  reply.headers(headers)
  if (body === undefined || body instanceof Uint8Array) reply.send(body)
  // Of text, Fastify would change the content type, unless it is serialized. Bytes would be written apart from the head.
  else if (typeof body === 'string') reply.serializer(asItIs).send(body)
  // Of no body, Fastify would say that its length is 0.
  else if (reply.request.method === 'HEAD') reply.send(Readable.from([]))
  else reply.send(Readable.from(body).once('error', () => cut(reply)))
}

/** What is no text is of an error handler that is asked because a hook of another plugin threw. */
function asItIs(payload: unknown): string {
  return typeof payload === 'string' ? payload : JSON.stringify(payload)
}

/** Without a code, HTTP/2 would end the response as if it were whole. Of HTTP/1, Fastify cuts it itself. */
function cut({ raw }: FastifyReply): void {
  if (raw.headersSent && 'stream' in raw)
    (raw as { stream: { close(code: number): void } }).stream.close(constants.NGHTTP2_INTERNAL_ERROR)
}
