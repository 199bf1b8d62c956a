import type { Clock } from '@breakwater/core'
import type { ShutdownReason } from '../report.ts'
import type { Cut, Drain } from './drain.ts'

/** A WebSocket server, of `ws` or any other library that has as much. */
export interface WebSocketServerLike {
  /** Its connections. */
  readonly clients: Iterable<WebSocketLike>
}

/** A WebSocket. */
export interface WebSocketLike {
  /** Begins the closing handshake. */
  close(code: number, reason: string): void
  /** Ends it at once. */
  terminate?(): void
}

/** RFC 6455, 7.4.1: the endpoint goes away. */
const GOING_AWAY = { code: 1001, text: 'The server is stopping' }
/** IANA's registry of close codes: the server restarts, come back in 5 to 30 seconds. */
const SERVICE_RESTART = { code: 1012, text: 'The server is restarting' }
/** How often it is looked whether all have gone, and whether somebody came. */
const LOOK_MS = 20

/** Drains WebSockets: each is told, and has the time that is left to say goodbye. */
export class WebSocketDrain implements Drain {
  readonly name: string
  readonly answered = 0
  readonly #server: WebSocketServerLike
  readonly #clock: Clock
  readonly #told = new WeakSet<WebSocketLike>()
  #isCut = false

  constructor(name: string, server: WebSocketServerLike, clock: Clock) {
    this.name = name
    this.#server = server
    this.#clock = clock
  }

  async begin(reason: ShutdownReason, others: Promise<unknown>): Promise<void> {
    let areOthersDone = false
    void others.finally(() => {
      areOthersDone = true
    })
    while (!this.#isCut) {
      const clients = [...this.#server.clients]
      // As long as there are connections, one of them may become another client.
      if (clients.length === 0 && areOthersDone) return
      for (const client of clients) this.#tell(client, reason.isRestart === true ? SERVICE_RESTART : GOING_AWAY)
      await Promise.race([this.#clock.sleep(LOOK_MS), ...(areOthersDone ? [] : [others])])
    }
  }

  cut(): Cut {
    this.#isCut = true
    const clients = [...this.#server.clients]
    for (const client of clients) client.terminate?.()
    return { requests: 0, connections: clients.length }
  }

  #tell(client: WebSocketLike, { code, text }: typeof GOING_AWAY): void {
    if (this.#told.has(client)) return
    this.#told.add(client)
    try {
      client.close(code, text)
    } catch {
      // It is going already.
    }
  }
}
