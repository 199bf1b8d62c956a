import type { Clock } from '@breakwater/core'

/**
 * Says how much may be taken at a time. Who takes more than there is left pays it back by waiting: so what has no parts is never
 * too large, and on average there is no more than the rate.
 */
export class TokenBucket {
  readonly #perMs: number
  readonly #burst: number
  readonly #clock: Clock
  #tokens: number
  #atMs: number

  /**
   * @param perSecond How much comes in each second.
   * @param burst How much there is at most, and at first.
   * @param clock Where time comes from.
   */
  constructor(perSecond: number, burst: number, clock: Clock) {
    this.#perMs = perSecond / 1_000
    this.#burst = burst
    this.#clock = clock
    this.#tokens = burst
    this.#atMs = clock.now()
  }

  /** Milliseconds until something may be taken, 0 if it may now. */
  get waitMs(): number {
    this.#refill()
    return this.#tokens > 0 ? 0 : (1 - this.#tokens) / this.#perMs
  }

  /**
   * Takes some, whether they are there or not.
   *
   * @param tokens How many.
   */
  take(tokens: number): void {
    this.#refill()
    this.#tokens -= tokens
  }

  #refill(): void {
    const nowMs = this.#clock.now()
    this.#tokens = Math.min(this.#burst, this.#tokens + (nowMs - this.#atMs) * this.#perMs)
    this.#atMs = nowMs
  }
}
