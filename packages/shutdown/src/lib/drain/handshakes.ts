import type { Server, Socket } from 'node:net'
import type { Cut, DrainOptions } from './drain.ts'

/** Connections of a TLS server that are not secure yet: nobody else knows of them. */
export class Handshakes {
  readonly #sockets = new Map<string, Socket>()
  #options: DrainOptions | undefined

  constructor(server: Server) {
    server.on('connection', (socket: Socket) => {
      const key = toKey(socket)
      if (key === undefined) return
      this.#sockets.set(key, socket)
      socket.once('close', () => this.#forget(key, socket))
      if (this.#options !== undefined) this.#limit(socket, this.#options)
    })
  }

  /** One is secure: it is a connection like others. */
  finish(socket: Socket): void {
    const key = toKey(socket)
    if (key !== undefined) this.#sockets.delete(key)
  }

  /** From now on each has only so long: its client can send a request as soon as it is through. */
  begin(options: DrainOptions): void {
    this.#options = options
    for (const socket of this.#sockets.values()) this.#limit(socket, options)
  }

  cut(): Cut {
    const connections = this.#sockets.size
    for (const socket of this.#sockets.values()) socket.destroy()
    return { requests: 0, connections }
  }

  #limit(socket: Socket, { clock, lingerMs }: DrainOptions): void {
    const stop = clock.after(lingerMs, () => {
      if (this.#sockets.get(toKey(socket) ?? '') === socket) socket.destroy()
    })
    socket.once('close', stop)
  }

  #forget(key: string, socket: Socket): void {
    if (this.#sockets.get(key) === socket) this.#sockets.delete(key)
  }
}

/** What a socket and the secure one around it have in common. Of a path in the file system there is no such thing. */
function toKey({ remoteAddress, remotePort }: Socket): string | undefined {
  return remotePort === undefined ? undefined : `${remoteAddress} ${remotePort}`
}
