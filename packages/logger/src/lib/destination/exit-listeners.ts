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

const known = new WeakMap<GuardedProcess, ExitListeners>()

/** Those of a process. All its guards share them: of more than ten listeners of one event, Node warns. */
export function listenersOf(guarded: GuardedProcess): ExitListeners {
  const found = known.get(guarded) ?? new ExitListeners(guarded)
  known.set(guarded, found)
  return found
}

/** Listens to the end of a process as long as there is somebody to tell. */
class ExitListeners {
  readonly #process: GuardedProcess
  readonly #hosts = new Set<GuardHost>()
  /** Those of them that want to hear signals. */
  readonly #signalled = new Set<GuardHost>()
  /** Signals that are being told. */
  readonly #coming = new Set<NodeJS.Signals>()

  constructor(guarded: GuardedProcess) {
    this.#process = guarded
    Object.assign(this.#onSignal, { [GUARD]: true })
  }

  add(host: GuardHost, hearsSignals: boolean): void {
    if (this.#hosts.size === 0) this.#process.on('exit', this.#onExit)
    this.#hosts.add(host)
    if (!hearsSignals) return
    this.#signalled.add(host)
    for (const signal of SIGNALS) this.#listen(signal)
  }

  delete(host: GuardHost): void {
    this.#hosts.delete(host)
    if (this.#hosts.size === 0) this.#process.off('exit', this.#onExit)
    if (!this.#signalled.delete(host) || this.#signalled.size > 0) return
    for (const signal of SIGNALS) this.#process.off(signal, this.#onSignal)
  }

  /** Before all others, also those that came meanwhile: those that listen once are still among the listeners then. */
  #listen(signal: NodeJS.Signals): void {
    if (this.#coming.has(signal)) return
    this.#process.off(signal, this.#onSignal)
    this.#process.prependListener(signal, this.#onSignal)
  }

  readonly #onExit = (): void => {
    for (const host of [...this.#hosts]) host.onExit()
  }

  readonly #onSignal = (signal: NodeJS.Signals): void => {
    const { pid } = this.#process
    this.#coming.add(signal)
    this.#process.off(signal, this.#onSignal)
    const isEnd = this.#process.listeners(signal).every((listener) => GUARD in listener)
    const told = [...this.#signalled]
    for (const host of told) host.onSignal(isEnd)
    this.#coming.delete(signal)
    if (!isEnd) queueMicrotask(() => this.#goOn(signal, told))
    // The last copy of several.
    else if (this.#process.listenerCount(signal) === 0) this.#process.kill(pid, signal)
  }

  #goOn(signal: NodeJS.Signals, told: readonly GuardHost[]): void {
    for (const host of told) host.onSignalPassed()
    if (this.#signalled.size > 0) this.#listen(signal)
  }
}
