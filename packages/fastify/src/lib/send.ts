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
  reply.code(status).headers(headers)
  if (body === undefined || typeof body === 'string' || body instanceof Uint8Array) reply.send(body)
  else if (reply.request.method === 'HEAD') reply.send()
  else reply.send(Readable.from(body))
}
