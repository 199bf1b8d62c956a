import type { Clock } from '@breakwater/core'

const FIRST_SHUT_MS = 100
const LONGEST_SHUT_MS = 5_000

/**
 * Keeps callers away from a tier that does not answer: after a failure it shuts for a while, and then lets one call through to
 * find out. A circuit breaker in a few lines, for those who hand in no `policy`.
 */
export class Gate {
  readonly #clock: Clock
  #shutUntilMs = 0
  #shutForMs = 0
  #isProbing = false

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Whether a call may go through. Each that may must end in {@link succeed} or {@link fail}. */
  enter(): boolean {
    if (this.#shutForMs === 0) return true
    if (this.#isProbing || this.#clock.now() < this.#shutUntilMs) return false
    this.#isProbing = true
    return true
  }

  succeed(): void {
    this.#shutForMs = 0
    this.#isProbing = false
  }

  fail(): void {
    const nowMs = this.#clock.now()
    // Calls that were under way together are one failure.
    if (nowMs < this.#shutUntilMs && !this.#isProbing) return
    this.#isProbing = false
    this.#shutForMs = Math.min(LONGEST_SHUT_MS, this.#shutForMs === 0 ? FIRST_SHUT_MS : this.#shutForMs * 2)
    this.#shutUntilMs = nowMs + this.#shutForMs
  }
}
