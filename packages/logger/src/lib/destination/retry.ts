import type { Clock } from '@breakwater/core'

/** Tries again later what nobody took. */
export class Retry {
  readonly #clock: Clock
  readonly #run: () => void
  #stop: (() => void) | undefined
  #isUrgent = false

  /** @param run Tries again. May ask for a next time. */
  constructor(clock: Clock, run: () => void) {
    this.#clock = clock
    this.#run = run
  }

  /** Whether it is going to be tried again. */
  get isDue(): boolean {
    return this.#stop !== undefined
  }

  /**
   * Tries again after a while, if that is not so already.
   *
   * @param delayMs Milliseconds.
   * @param isUrgent Whether the process waits for it: where somebody reads, only slowly.
   */
  begin(delayMs: number, isUrgent: boolean): void {
    if (this.#stop !== undefined && isUrgent === this.#isUrgent) return
    this.cancel()
    this.#isUrgent = isUrgent
    this.#stop = isUrgent ? this.#sleep(delayMs) : this.#clock.after(delayMs, this.#onTime)
  }

  cancel(): void {
    this.#stop?.()
    this.#stop = undefined
  }

  #sleep(delayMs: number): () => void {
    const stop = new AbortController()
    this.#clock.sleep(delayMs, { signal: stop.signal }).then(this.#onTime, () => {})
    return () => stop.abort()
  }

  readonly #onTime = (): void => {
    this.#stop = undefined
    this.#run()
  }
}
