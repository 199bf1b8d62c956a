import type { IncomingMessage } from 'node:http'
import websocket from '@fastify/websocket'
import type { FastifyInstance } from 'fastify'
import type { WebSocket } from 'ws'
import type { CountMore } from '../../http/rate-limit.ts'
import type { Sessions } from '../../session/sessions.ts'
import { toReason } from '../../start-error.ts'
import { UpgradeRequiredError } from './errors.ts'
import { MAX_MESSAGE_BYTES } from './limits.ts'
import type { Live } from './live.ts'
import { LIVE_PATH } from './live-path.ts'
import { LiveSocket } from './live-socket.ts'

/** Frames of one message: enough for the smallest that anybody sends, too few to be a burden. */
const MAX_FRAGMENTS = 1_024
/** What is wrong is on this side. */
const INTERNAL_ERROR = 1011
/**
 * What is agreed on with everybody: each message is compressed by itself, here by `SharedMessage`. So nobody holds the state of a
 * compression for each of them, and clients of `ws` do not compress what is short.
 */
const DEFLATE = {
  serverNoContextTakeover: true,
  clientNoContextTakeover: true,
  zlibInflateOptions: { chunkSize: 1_024 },
}

/**
 * Whether a request is to become a WebSocket. Node asks before it lets one leave HTTP; all others are answered as if they had
 * not asked to.
 *
 * @param request The request.
 */
export function shouldUpgrade({ url = '', headers }: IncomingMessage): boolean {
  return url.split('?', 1)[0] === LIVE_PATH && headers.upgrade?.toLowerCase() === 'websocket'
}

/**
 * Adds the WebSocket to a server. Add it after all other routes: `@fastify/websocket` lets those that come later be opened, too.
 *
 * @param app The server, created with {@link shouldUpgrade}.
 * @param live Who takes clients in.
 * @param sessions Tells who they are. Where they come from was asked before.
 * @param countMore Counts what they ask.
 */
export async function addLiveRoute(
  app: FastifyInstance,
  live: Live,
  sessions: Pick<Sessions, 'read'>,
  countMore: CountMore,
): Promise<void> {
  await app.register(websocket, {
    options: {
      // Types of `ws` ask for what hangs on its own class.
      WebSocket: LiveSocket as never,
      perMessageDeflate: DEFLATE,
      maxPayload: MAX_MESSAGE_BYTES,
      maxFragments: MAX_FRAGMENTS,
    },
    errorHandler(error, socket, { log }) {
      log.debug(`live connection failed: ${toReason(error)}`)
      // Of what the client did, `ws` has said goodbye already, with a code of its own.
      socket.close(INTERNAL_ERROR)
    },
    preClose: () => live.close(),
  })
  // Which of them can inflate what this side compresses with its usual window.
  const inflating = new WeakSet<IncomingMessage>()
  app.websocketServer.on('headers', (headers, request) => {
    const extension = headers.find((header) => header.startsWith('Sec-WebSocket-Extensions: permessage-deflate'))
    if (extension !== undefined && !extension.includes('server_max_window_bits')) inflating.add(request)
  })

  app.route({
    method: 'GET',
    url: LIVE_PATH,
    // Without waiting, up to the handler: so nobody can come in between.
    preHandler(request, reply, next) {
      if (!request.ws) return next()
      try {
        const refusal = live.admit()
        if (refusal === undefined) return next()
        const { status, headers = {}, body } = refusal
        reply
          .code(status)
          .headers(headers)
          .send(Buffer.from(body as string))
      } catch (error) {
        next(error as Error)
      }
    },
    // Who is refused left HTTP all the same: nobody else would ever close the connection.
    onSend(request, reply, payload, next) {
      if (shouldUpgrade(request.raw)) reply.header('connection', 'close')
      next(null, payload)
    },
    onResponse({ raw }, _reply, next) {
      if (shouldUpgrade(raw)) raw.socket.destroySoon()
      next()
    },
    handler(_request, reply) {
      reply.headers({ upgrade: 'websocket', connection: 'upgrade' })
      throw new UpgradeRequiredError('Expected a WebSocket here: see LIVE.md')
    },
    wsHandler(socket: WebSocket, request) {
      live.accept({
        socket: socket as LiveSocket,
        transport: request.raw.socket,
        canInflate: inflating.has(request.raw),
        visitor: { address: request.ip, countRequest: countMore(request) },
        name: sessions.read(request)?.name,
      })
    },
  })
}
