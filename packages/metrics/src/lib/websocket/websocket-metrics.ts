import { callable } from '@breakwater/core'
import type { Collector, Family } from '../series/family.ts'
import { createLabelSet, NO_LABELS } from '../series/label-set.ts'
import { bytesOf, receivedBytesOf } from './message-size.ts'
import { override } from './override.ts'
import type { WebSocketPort, WebSocketServerPort } from './port.ts'

/** Counts the connections and messages of WebSocket servers. */
export interface WebSocketMetrics extends Collector {
  /** The same families each time. */
  collect(): readonly Family[]
  /**
   * Counts what happens at a server from now on. Connections that are open by then are counted, too, if the server
   * knows them.
   *
   * @param server The server, such as `ws`'s `WebSocketServer`. It gets no listener.
   * @returns A function that lets go. Connections that are open by then are no longer active here.
   * @throws {TypeError} If it is no such server.
   * @throws {Error} If it is watched already.
   */
  watch(server: WebSocketServerPort): () => void
}

/** Values of `readyState`, by the standard. */
const OPEN = 1
const CLOSED = 3

const RECEIVED = createLabelSet({ direction: 'received' })
const SENT = createLabelSet({ direction: 'sent' })

/** Creates what counts WebSockets. */
export function createWebSocketMetrics(): WebSocketMetrics {
  const counts = new Counts()
  const families = counts.families()
  const watched = new WeakSet<WebSocketServerPort>()
  return {
    name: 'websocket',
    collect: () => families,
    watch(server) {
      callable('server.emit', (server as WebSocketServerPort | undefined)?.emit as () => unknown)
      if (watched.has(server)) throw new Error('Cannot watch this WebSocket server as it is watched already')
      watched.add(server)
      const stop = watchServer(server, counts)
      return () => {
        stop()
        watched.delete(server)
      }
    },
  }
}

/** All numbers, of all servers together. */
class Counts {
  connections = 0
  active = 0
  received = 0
  receivedBytes = 0
  sent = 0
  sentBytes = 0

  families(): readonly Family[] {
    const single = (read: () => number): Family['rows'] => {
      return () => [{ labels: NO_LABELS, value: read() }]
    }
    const both = (received: () => number, sent: () => number): Family['rows'] => {
      return () => [
        { labels: RECEIVED, value: received() },
        { labels: SENT, value: sent() },
      ]
    }
    return [
      {
        name: 'websocket_connections_active',
        help: 'Open WebSocket connections.',
        type: 'gauge',
        rows: single(() => this.active),
      },
      {
        name: 'websocket_connections_total',
        help: 'WebSocket connections that were opened.',
        type: 'counter',
        rows: single(() => this.connections),
      },
      {
        name: 'websocket_messages_total',
        help: 'WebSocket messages, without pings and the like.',
        type: 'counter',
        rows: both(
          () => this.received,
          () => this.sent,
        ),
      },
      {
        name: 'websocket_message_bytes_total',
        help: 'Bytes of WebSocket messages, before compression.',
        type: 'counter',
        rows: both(
          () => this.receivedBytes,
          () => this.sentBytes,
        ),
      },
    ]
  }
}

/**
 * Methods of the server and of its connections are replaced. Listeners could be taken away by anybody, there is none
 * for what is sent, and some frameworks make connections of which the server does not tell.
 */
function watchServer(server: WebSocketServerPort, counts: Counts): () => void {
  /** Open connections, and how to let go of each. */
  const open = new Map<WebSocketPort, () => void>()
  let isWatching = true

  function enter(socket: unknown): void {
    if (!isWebSocket(socket) || open.has(socket) || socket.readyState === CLOSED) return
    counts.connections++
    counts.active++
    const stop = watchSocket(socket, counts, () => {
      if (open.delete(socket)) counts.active--
    })
    open.set(socket, stop)
  }

  const restores = [
    override(server, 'emit', (args, call) => {
      if (args[0] === 'connection') enter(args[1])
      return call(args)
    }),
  ]
  if (server.handleUpgrade !== undefined)
    restores.push(
      override(server, 'handleUpgrade', ([request, socket, head, callback, ...rest], call) => {
        const onConnection = (...args: unknown[]): unknown => {
          // It may be let go of while somebody decides whether a client may enter.
          if (isWatching) enter(args[0])
          return Reflect.apply(callback as () => unknown, undefined, args)
        }
        return call([request, socket, head, typeof callback === 'function' ? onConnection : callback, ...rest])
      }),
    )
  for (const socket of server.clients ?? []) enter(socket)

  return () => {
    isWatching = false
    for (const restore of restores) restore()
    counts.active -= open.size
    for (const stop of open.values()) stop()
    open.clear()
  }
}

function watchSocket(socket: WebSocketPort, counts: Counts, onClose: () => void): () => void {
  const restoreEmit = override(socket, 'emit', (args, call) => {
    if (args[0] === 'message') {
      counts.received++
      counts.receivedBytes += receivedBytesOf(args[1])
    } else if (args[0] === 'close') onClose()
    return call(args)
  })
  const restoreSend = override(socket, 'send', (args, call) => {
    // One that is not open any more throws nothing, and drops the message.
    const isOpen = socket.readyState === OPEN
    const result = call(args)
    if (!isOpen) return result
    const [data, options] = args
    counts.sentBytes += bytesOf(data)
    if ((options as { readonly fin?: boolean } | undefined)?.fin !== false) counts.sent++
    return result
  })
  return () => {
    restoreEmit()
    restoreSend()
  }
}

function isWebSocket(socket: unknown): socket is WebSocketPort {
  const { readyState, emit, send } = Object(socket) as Partial<WebSocketPort>
  return typeof readyState === 'number' && typeof emit === 'function' && typeof send === 'function'
}
