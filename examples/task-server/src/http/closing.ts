import type { Socket } from 'node:net'
import type { HttpServerHook } from '@breakwater/core'
import type { FastifyInstance } from 'fastify'

/**
 * Creates a hook that lets the server stop: without it, Node waits for connections that have nothing to wait for.
 *
 * @param app The server that stops.
 */
export function createClosingHook(app: FastifyInstance): HttpServerHook {
  // Such as those that browsers open in advance. Node takes them for busy.
  const unused = new Set<Socket>()
  let isStopping = false
  app.addHook('preClose', async () => {
    isStopping = true
    for (const socket of unused) socket.destroy()
  })
  return {
    onConnection(socket) {
      unused.add(socket)
      socket.once('close', () => unused.delete(socket))
    },
    onRequest({ socket }) {
      unused.delete(socket)
    },
    onHead(_request, response) {
      // It ends with this request. Node would keep it open for the next.
      if (isStopping) response.setHeader('connection', 'close')
    },
  }
}
