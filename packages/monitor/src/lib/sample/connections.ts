import type { Socket } from 'node:net'
import type { HttpServerHook } from '@breakwater/core'

/** Connections of the servers that the monitor is attached to. */
export interface ConnectionsReading {
  /** Open ones, upgraded ones included. */
  readonly active: number
  /** Open ones that left HTTP, such as WebSockets. */
  readonly upgraded: number
  /** All so far. */
  readonly total: number
}

/** What went over connections so far, in bytes. */
export interface TrafficReading {
  /** Received. */
  readonly readBytes: number
  /** Sent, or waiting to be. */
  readonly writtenBytes: number
}

/** Counts connections. */
export class Connections {
  /** Hears of them. */
  readonly hook: HttpServerHook = {
    onConnection: (socket) => this.#enter(socket),
    onUpgrade: (_, socket) => {
      this.#enter(socket)
      if (this.#active.has(socket)) this.#upgraded.add(socket)
    },
  }
  readonly #active = new Set<Socket>()
  readonly #upgraded = new Set<Socket>()
  #total = 0
  #closedRead = 0
  #closedWritten = 0

  /** How many there are. */
  read(): ConnectionsReading {
    return { active: this.#active.size, upgraded: this.#upgraded.size, total: this.#total }
  }

  /** Adds up all open connections: not for every sample. */
  traffic(): TrafficReading {
    let readBytes = this.#closedRead
    let writtenBytes = this.#closedWritten
    for (const socket of this.#active) {
      readBytes += socket.bytesRead
      writtenBytes += socket.bytesWritten ?? 0
    }
    return { readBytes, writtenBytes }
  }

  #enter(socket: Socket): void {
    // It may have closed by the time of an upgrade, or be known already.
    if (socket.destroyed || this.#active.has(socket)) return
    this.#active.add(socket)
    this.#total++
    socket.once('close', () => {
      this.#active.delete(socket)
      this.#upgraded.delete(socket)
      this.#closedRead += socket.bytesRead
      this.#closedWritten += socket.bytesWritten ?? 0
    })
  }
}
