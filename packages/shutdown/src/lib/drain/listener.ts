import { Server } from 'node:net'
import { untilHandedOver, untilOthersStopped } from './primary-queue.ts'

/**
 * Milliseconds without a new connection, after which the backlog counts as empty, and nobody as about to come: clients come in
 * bursts. Our choice, as what follows.
 */
const QUIET_MS = 2
/**
 * What the kernel makes between the last look and the close is lost. So the last turn of the event loop has to be a short one: after
 * a longer one, which had something else to do or in which the process was not run, it looks again.
 */
const SHORT_TURN_MS = 0.25
/**
 * With new connections all the time, it is never empty. A turn takes in one connection, and Node's own default lets 511 wait: all of
 * these are let in, and whoever comes within this time.
 */
const LEAST_TURNS = 600
const LONGEST_MS = 25

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
    // The kernel's time, whichever clock the rest goes by.
    const beganMs = performance.now()
    let seenMs = beganMs
    let nowMs = beganMs
    let turnMs = Infinity
    let turns = 0
    const onConnection = (): void => {
      seenMs = performance.now()
    }
    this.#server.on('connection', onConnection)
    const mayGoOn = (): boolean => turns++ < LEAST_TURNS || nowMs - beganMs < LONGEST_MS
    while ((nowMs - seenMs < QUIET_MS || turnMs > SHORT_TURN_MS) && mayGoOn()) {
      // Comes right after the event loop took in what is there.
      await new Promise(setImmediate)
      const endMs = performance.now()
      turnMs = endMs - nowMs
      nowMs = endMs
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
