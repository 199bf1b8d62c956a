const KINDS = ['uncaughtException', 'unhandledRejection'] as const

/** Kept, so that fake timers installed later cannot hold it up. */
const nextTurn = setImmediate

/**
 * Takes over the process's uncaught exceptions and unhandled rejections, as some of what a check provokes is meant to
 * surface there, and what is not is what it looks for.
 */
export class FaultWatch {
  /** What was thrown where nobody could catch it. */
  readonly uncaught: unknown[] = []
  /** What rejected without anybody listening. */
  readonly unhandled: unknown[] = []
  readonly #stops: (() => void)[]

  constructor() {
    this.#stops = KINDS.map((kind) => {
      const others = process.rawListeners(kind) as ((error: unknown) => void)[]
      const own = (error: unknown): void =>
        void (kind === 'uncaughtException' ? this.uncaught : this.unhandled).push(error)
      process.removeAllListeners(kind)
      process.on(kind, own)
      return () => {
        process.removeListener(kind, own)
        for (const other of others) process.on(kind as 'uncaughtException', other)
      }
    })
  }

  /** Hands them back. */
  stop(): void {
    for (const stop of this.#stops) stop()
  }
}

/** By then, every promise that can settle without time has, and a rejection that nobody listens to has been reported. */
export function nextTurnOfTheLoop(): Promise<void> {
  return new Promise((resolve) => nextTurn(resolve))
}
