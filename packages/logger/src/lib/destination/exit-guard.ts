/** On each listener of a guard: several copies of this package know each other's by it. */
const GUARD: symbol = Symbol.for('breakwater:logger:guard')

/** What ends a process that does not listen, and can be listened to. Debuggers use SIGUSR1, so Node does. */
const SIGNALS: readonly NodeJS.Signals[] =
  process.platform === 'win32'
    ? ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGBREAK']
    : ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT', 'SIGUSR2']

/** Who has something to lose. */
export interface GuardHost {
  /** The process ends, and nothing later than this turn happens. */
  onExit(): void
  /**
   * A signal came.
   *
   * @param isEnd Whether the process ends of it. Else others listen, and decide on this turn or later.
   */
  onSignal(isEnd: boolean): void
  /** The others were told of it, and the process is still there. */
  onSignalPassed(): void
}

/** The part of `process` that is needed. */
export interface GuardedProcess {
  readonly pid: number
  on(event: string, listener: (signal: NodeJS.Signals) => void): unknown
  prependListener(event: string, listener: (signal: NodeJS.Signals) => void): unknown
  off(event: string, listener: (signal: NodeJS.Signals) => void): unknown
  // biome-ignore lint/complexity/noBannedTypes: as Node declares it
  listeners(event: string): Function[]
  listenerCount(event: string): number
  kill(pid: number, signal: NodeJS.Signals): unknown
}

/**
 * Hears that the process ends, while somebody has something to lose by that.
 *
 * What would have ended the process still does, and in the same way: if nobody else listens to a signal, it is sent again. Whoever
 * counts the listeners of a signal to see whether it may end the process, as `signal-exit` does, does not find a guard among them.
 */
export class ExitGuard {
  readonly #host: GuardHost
  readonly #process: GuardedProcess
  readonly #signals: readonly NodeJS.Signals[]
  #isArmed = false

  /**
   * @param host Who has something to lose.
   * @param guarded The process.
   * @param hearsSignals Whether there are any: a worker thread gets none.
   */
  constructor(host: GuardHost, guarded: GuardedProcess, hearsSignals: boolean) {
    this.#host = host
    this.#process = guarded
    this.#signals = hearsSignals ? SIGNALS : []
    Object.assign(this.#onSignal, { [GUARD]: true })
  }

  arm(): void {
    if (this.#isArmed) return
    this.#isArmed = true
    this.#process.on('exit', this.#onExit)
    for (const signal of this.#signals) this.#listen(signal)
  }

  disarm(): void {
    if (!this.#isArmed) return
    this.#isArmed = false
    this.#process.off('exit', this.#onExit)
    for (const signal of this.#signals) this.#process.off(signal, this.#onSignal)
  }

  /** Before all others: those that listen once are still among the listeners then. */
  #listen(signal: NodeJS.Signals): void {
    this.#process.prependListener(signal, this.#onSignal)
  }

  readonly #onExit = (): void => this.#host.onExit()

  readonly #onSignal = (signal: NodeJS.Signals): void => {
    const { pid } = this.#process
    this.#process.off(signal, this.#onSignal)
    const isEnd = this.#process.listeners(signal).every((listener) => GUARD in listener)
    this.#host.onSignal(isEnd)
    if (!isEnd) queueMicrotask(() => this.#goOn(signal))
    // The last guard of several.
    else if (this.#process.listenerCount(signal) === 0) this.#process.kill(pid, signal)
  }

  #goOn(signal: NodeJS.Signals): void {
    this.#host.onSignalPassed()
    if (this.#isArmed) this.#listen(signal)
  }
}
