import { type GuardedProcess, type GuardHost, listenersOf } from './exit-listeners.ts'

export type { GuardedProcess, GuardHost } from './exit-listeners.ts'

/**
 * Hears that the process ends, while somebody has something to lose by that.
 *
 * What would have ended the process still does, and in the same way: if nobody else listens to a signal, it is sent again. Whoever
 * counts the listeners of a signal to see whether it may end the process, as `signal-exit` does, does not find a guard among them.
 */
export class ExitGuard {
  readonly #host: GuardHost
  readonly #process: GuardedProcess
  readonly #hearsSignals: boolean
  #isArmed = false

  /**
   * @param host Who has something to lose.
   * @param guarded The process.
   * @param hearsSignals Whether there are any: a worker thread gets none.
   */
  constructor(host: GuardHost, guarded: GuardedProcess, hearsSignals: boolean) {
    this.#host = host
    this.#process = guarded
    this.#hearsSignals = hearsSignals
  }

  arm(): void {
    if (this.#isArmed) return
    this.#isArmed = true
    listenersOf(this.#process).add(this.#host, this.#hearsSignals)
  }

  disarm(): void {
    if (!this.#isArmed) return
    this.#isArmed = false
    listenersOf(this.#process).delete(this.#host)
  }
}
