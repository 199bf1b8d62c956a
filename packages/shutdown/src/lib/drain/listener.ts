import { Server } from 'node:net'
import { untilHandedOver, untilOthersStopped } from './primary-queue.ts'
import { SHORT_TURN_MS } from './short-turns.ts'

/**
 * Milliseconds without a new connection, after which the backlog counts as empty, and nobody as about to come: clients come in
 * bursts. Our choice, as what follows.
 */
const QUIET_MS = 2
/**
 * With new connections all the time it is never quiet: after this time the kernel is asked to make no more of them. Where it does not
 * do that, this is all the time there is.
 */
const LONGEST_MS = 25
/** A turn takes in one connection, and Node's own default lets 511 wait: all of these are let in. */
const LEAST_TURNS = 600
/** For the next one to come, in which the listener is closed. A busy process may have a turn that takes longer than all of the time. */
const LEAST_TURNS_AFTER = 20

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
    let isShut = false
    let emptiedMs: number | undefined
    let turnsLeft = LEAST_TURNS
    const onConnection = (): void => {
      seenMs = performance.now()
      // It was the only one, and nothing else is done before the next could come.
      if (emptiedMs !== undefined) this.#close()
    }
    // What the kernel makes between the last look and the close is lost.
    const isQuiet = (): boolean => nowMs - seenMs >= QUIET_MS && turnMs <= SHORT_TURN_MS
    const mayGoOn = (): boolean => turnsLeft > 0 || nowMs - (emptiedMs ?? beganMs) < LONGEST_MS
    this.#server.prependListener('connection', onConnection)
    for (; !this.#isStopped && !isQuiet() && mayGoOn(); turnsLeft--) {
      isShut ||= nowMs - beganMs >= LONGEST_MS && shut(this.#server)
      // Comes right after the event loop took in what is there.
      await new Promise(setImmediate)
      const endMs = performance.now()
      turnMs = endMs - nowMs
      nowMs = endMs
      if (emptiedMs !== undefined || !isShut || nowMs - seenMs < turnMs) continue
      emptiedMs = nowMs
      turnsLeft = LEAST_TURNS_AFTER
    }
    this.#server.off('connection', onConnection)
    if (!this.#isStopped) this.#close()
    await untilOthersStopped()
  }

  /** Resolves when the last connection is gone. */
  get closed(): Promise<void> {
    return this.#closed
  }

  #close(): void {
    this.#isStopped = true
    // That it does not listen is no reason to complain.
    this.#closed = new Promise<void>((resolve) => Server.prototype.close.call(this.#server, () => resolve()))
  }
}

/**
 * Asks the kernel to let no more than one connection wait, beside those that do. To who comes meanwhile it says nothing: TCP asks again
 * a second later, when another process listens here, or nobody. Node has no other way to this than its own handle.
 *
 * @param server What listens.
 * @returns Whether that can be had.
 * @see listen(2), whose backlog may be changed at any time; on Linux, what is beyond it is not answered.
 */
function shut(server: Server): boolean {
  const { _handle: handle } = server as unknown as { _handle?: { listen?(backlog: number): number } | null }
  // A client of a socket in a folder would be refused at once.
  if (process.platform !== 'linux' || typeof server.address() !== 'object') return false
  return handle?.listen?.(0) === 0
}
