import type { Clock } from '@breakwater/core'

/** A source that fails off and on is told of no more often than this. */
const TELL_EVERY_MS = 300_000

/** Reads what may fail, and tells once of each source that does, until it works again. */
export class Attempts {
  readonly #clock: Clock
  readonly #tell: (source: string, error: unknown) => void
  readonly #failing = new Set<string>()
  readonly #toldAtMs = new Map<string, number>()

  /**
   * @param clock Where time comes from.
   * @param tell Hears which source failed, and why.
   */
  constructor(clock: Clock, tell: (source: string, error: unknown) => void) {
    this.#clock = clock
    this.#tell = tell
  }

  /**
   * Reads one.
   *
   * @param source Its name.
   * @param read Reads it.
   * @returns `undefined` if it failed.
   */
  run<value>(source: string, read: () => value): value | undefined {
    try {
      const value = read()
      if (this.#failing.size > 0) this.#failing.delete(source)
      return value
    } catch (error) {
      this.fail(source, error)
      return
    }
  }

  /**
   * Notes that one failed.
   *
   * @param source Its name.
   * @param error Why.
   */
  fail(source: string, error: unknown): void {
    if (this.#failing.has(source)) return
    this.#failing.add(source)
    const now = this.#clock.now()
    if (now - (this.#toldAtMs.get(source) ?? -Infinity) < TELL_EVERY_MS) return
    this.#toldAtMs.set(source, now)
    this.#tell(source, error)
  }
}
