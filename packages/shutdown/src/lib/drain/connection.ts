import type { Socket } from 'node:net'

/** What a connection speaks. Until its first byte that is a guess. */
export type ConnectionKind = 'http1' | 'http2' | 'upgraded'

/** A connection of an HTTP server. */
export class Connection {
  readonly socket: Socket
  kind: ConnectionKind = 'http1'
  /** Requests whose responses are not wholly handed over yet. */
  pending = 0
  /** Whether several were pending at once. */
  isPipelining = false
  /** The latest request, by its response: it alone may say that it is the last one. */
  latest: object | undefined = undefined
  /** Whether a response has said that it is the last one. */
  isLast = false
  /** Calls off the end of an idle connection. */
  stopLinger: (() => void) | undefined = undefined

  constructor(socket: Socket) {
    this.socket = socket
  }
}
