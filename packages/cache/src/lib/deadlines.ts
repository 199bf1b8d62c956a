import type { Clock } from '@breakwater/core'

/** Something that must be over by a time. */
export interface Due {
  /** When, on the clock's {@link Clock.now}. */
  readonly dueMs: number
  /** Called once, if it was not called off before. */
  onTimeout(): void
}

/** How early one may be called, so that many limits share a timer. */
const GRAIN_MS = 2

/**
 * Time limits of whatever is under way, on one timer. What ends in time costs two steps in a set, and no timer of its own; an
 * idle list has none at all.
 */
export class Deadlines {
  readonly #clock: Clock
  readonly #items = new Set<Due>()
  #armedForMs = Number.POSITIVE_INFINITY
  #stop: (() => void) | undefined = undefined

  constructor(clock: Clock) {
    this.#clock = clock
  }

  add(item: Due): void {
    this.#items.add(item)
    if (item.dueMs < this.#armedForMs) this.#arm(item.dueMs)
  }

  delete(item: Due): void {
    this.#items.delete(item)
  }

  /** Forgets them all. */
  close(): void {
    this.#items.clear()
    this.#stop?.()
    this.#armedForMs = Number.POSITIVE_INFINITY
  }

  #arm(dueMs: number): void {
    this.#stop?.()
    this.#armedForMs = dueMs
    this.#stop = this.#clock.after(Math.max(0, dueMs - this.#clock.now()), () => this.#onTime())
  }

  #onTime(): void {
    this.#stop = undefined
    this.#armedForMs = Number.POSITIVE_INFINITY
    const nowMs = this.#clock.now() + GRAIN_MS
    let nextMs = Number.POSITIVE_INFINITY
    for (const item of [...this.#items]) {
      if (item.dueMs <= nowMs) {
        this.#items.delete(item)
        item.onTimeout()
      } else nextMs = Math.min(nextMs, item.dueMs)
    }
    if (nextMs < this.#armedForMs) this.#arm(nextMs)
  }
}
