import type { Server, Socket } from 'node:net'
import type { Cut, Drain } from './drain.ts'
import { Listener } from './listener.ts'

/** Drains a server that speaks anything: its connections end themselves, as the shutdown's signal tells them to. */
export class TcpDrain implements Drain {
  readonly name: string
  readonly answered = 0
  readonly #listener: Listener
  readonly #sockets = new Set<Socket>()

  constructor(name: string, server: Server) {
    this.name = name
    this.#listener = new Listener(server)
    // With TLS this is the connection below: when it goes, so does what is on it.
    server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket)
      socket.once('close', () => this.#sockets.delete(socket))
    })
  }

  stopListening(): Promise<void> {
    return this.#listener.stop()
  }

  begin(): Promise<void> {
    return this.#listener.closed
  }

  cut(): Cut {
    const connections = this.#sockets.size
    for (const socket of this.#sockets) socket.destroy()
    return { requests: 0, connections }
  }
}
