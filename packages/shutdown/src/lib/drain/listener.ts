import { Server } from 'node:net'
import { untilHandedOver, untilOthersStopped } from './primary-queue.ts'

/** Turns of the event loop without a new connection, after which the backlog counts as empty. */
const QUIET_TURNS = 2
/** With new connections in every turn, it is never empty. */
const MOST_TURNS = 200

/** What a server listens with. */
export class Listener {
  readonly #server: Server
  #isStopped = false
  #closed: Promise<void> = Promise.resolve()

  constructor(server: Server) {
    this.#server = server
    // A start that goes on although it was told to stop.
    server.on('listening', () => {
      if (this.#isStopped) this.#close()
    })
  }

  /**
   * Stops listening, and cuts nobody: connections that the kernel has made, and that this process has not seen yet, are let in
   * first, as closing the listener would reset them. So nothing that makes clients connect anew may be done before.
   *
   * Never calls `http.Server#close`, which ends connections that it takes for idle, although their response is still on its way.
   */
  async stop(): Promise<void> {
    await untilHandedOver(this.#server)
    let seen = 0
    const onConnection = (): void => void seen++
    this.#server.on('connection', onConnection)
    let quiet = 0
    for (let turn = 0; turn < MOST_TURNS && quiet < QUIET_TURNS; turn++) {
      seen = 0
      // Comes right after the event loop took in what is there.
      await new Promise(setImmediate)
      quiet = seen === 0 ? quiet + 1 : 0
    }
    this.#server.off('connection', onConnection)
    this.#isStopped = true
    this.#close()
    await untilOthersStopped()
  }

  /** Resolves when the last connection is gone. */
  get closed(): Promise<void> {
    return this.#closed
  }

  #close(): void {
    // That it does not listen is no reason to complain.
    this.#closed = new Promise<void>((resolve) => Server.prototype.close.call(this.#server, () => resolve()))
  }
}
