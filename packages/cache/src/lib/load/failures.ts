import type { Clock } from '@breakwater/core'

/** Keys whose failures are remembered: of more, those that failed first are forgotten, and simply tried again. */
const MAX_KEYS = 1_000

/** A load that failed a moment ago. */
interface Failure {
  readonly error: unknown
  readonly retryAtMs: number
  readonly delayMs: number
  /** What it is called in the shared tier, if it was told there. */
  readonly id: string | undefined
}

/** When failed loads may be tried again: later with each failure that follows. */
export class Failures {
  readonly #clock: Clock
  readonly #firstDelayMs: number
  readonly #maxDelayMs: number
  readonly #failures = new Map<string, Failure>()

  constructor(clock: Clock, firstDelayMs: number, maxDelayMs: number) {
    this.#clock = clock
    this.#firstDelayMs = firstDelayMs
    this.#maxDelayMs = maxDelayMs
  }

  /** The failure after which it is too early to try again. */
  get(key: string): Failure | undefined {
    if (this.#failures.size === 0) return undefined
    const failure = this.#failures.get(key)
    return failure !== undefined && this.#clock.now() < failure.retryAtMs ? failure : undefined
  }

  /** The error of a failure that the shared tier tells of, if this process knows it already: it failed here, or was told before. */
  recall(key: string, id: string | undefined): Pick<Failure, 'error'> | undefined {
    const failure = this.#failures.get(key)
    return id !== undefined && failure?.id === id ? failure : undefined
  }

  /**
   * A load failed.
   *
   * @param id What the failure is called in the shared tier.
   * @returns The milliseconds for which it is not tried again.
   */
  add(key: string, error: unknown, id: string | undefined): number {
    if (this.#firstDelayMs === 0) return 0
    const before = this.#failures.get(key)
    const delayMs = before === undefined ? this.#firstDelayMs : Math.min(this.#maxDelayMs, before.delayMs * 2)
    this.#failures.delete(key)
    this.#failures.set(key, { error, delayMs, retryAtMs: this.#clock.now() + delayMs, id })
    if (this.#failures.size > MAX_KEYS) this.#failures.delete(this.#failures.keys().next().value as string)
    return delayMs
  }

  /** A load succeeded, or the key changed. */
  delete(key: string): void {
    if (this.#failures.size > 0) this.#failures.delete(key)
  }

  clear(): void {
    this.#failures.clear()
  }
}
