import type { Clock } from '@breakwater/core'

/** What was read a moment ago serves the other families of the same scrape. */
const FRESH_MS = 50
/** Longer than a scrape may hold the process up. Listing thousands of sockets takes so long. */
const SLOW_MS = 5
/** One slow reading is a process that had to wait for a CPU. */
const MOST_SLOW = 3
/** What is slow is left alone for so long. */
const PAUSE_MS = 300_000

/** Something that can be read, and may fail, or take too long. */
export interface Source<value> {
  /** What it says now; `undefined` if it could not be read, or was slow each time. */
  get(): value | undefined
}

/** Makes sources, and tells what cannot be read. */
export class Sources {
  readonly #clock: Clock
  readonly #onFault: (source: string, error: unknown) => void
  readonly #failing = new Set<string>()

  /**
   * @param clock Where time comes from.
   * @param onFault Hears what could not be read, once until it can be read again.
   */
  constructor(clock: Clock, onFault: (source: string, error: unknown) => void) {
    this.#clock = clock
    this.#onFault = onFault
  }

  /**
   * Makes one, which is read when it is asked for, and once for those who ask together.
   *
   * @param name What it is, for who hears of failures.
   * @param read Reads it. `undefined` if the system does not tell.
   */
  create<value>(name: string, read: () => value | undefined): Source<value> {
    let value: value | undefined
    let readAtMs = -Infinity
    let pausedUntilMs = -Infinity
    let slow = 0
    return {
      get: () => {
        const nowMs = this.#clock.now()
        if (nowMs < pausedUntilMs) return
        if (nowMs - readAtMs < FRESH_MS) return value
        value = this.attempt(name, read)
        readAtMs = this.#clock.now()
        const tookMs = readAtMs - nowMs
        slow = tookMs > SLOW_MS ? slow + 1 : 0
        if (slow < MOST_SLOW) return value
        // Told once, until it is quick again.
        if (slow === MOST_SLOW)
          this.#onFault(name, new Error(`Cannot read "${name}" at each scrape as that takes ${Math.round(tookMs)} ms`))
        pausedUntilMs = readAtMs + PAUSE_MS
        return
      },
    }
  }

  /**
   * Tries something once.
   *
   * @param name What it is.
   * @param run What is tried.
   * @returns `undefined` if it failed.
   */
  attempt<value>(name: string, run: () => value): value | undefined {
    try {
      const value = run()
      this.#failing.delete(name)
      return value
    } catch (error) {
      if (!this.#failing.has(name)) {
        this.#failing.add(name)
        this.#onFault(name, error)
      }
      return
    }
  }
}
