import type { Clock } from '@breakwater/core'

/** Something that must be over by a time. */
export interface Due {
  /** When, on the clock's {@link Clock.now}. */
  readonly dueMs: number
  /** Called when it is time. It may be over by then: called off by another one that was due at the same moment. */
  onTimeout(): void
}

/** Where those are that are under way: a map or a set. */
export interface DueList {
  values(): Iterable<Due>
}

/** How early one may be called, so that many limits share a timer. */
const GRAIN_MS = 2
/** A timer that is so late was kept waiting by something that blocked the event loop. */
const BLOCKED_MS = 10

/**
 * Time limits of whatever is under way, on one timer. What ends in time costs two steps in a set, or nothing if it is in a list
 * anyway, and no timer of its own; when nothing is under way there is none at all.
 */
export class Deadlines {
  readonly #clock: Clock
  readonly #items = new Set<Due>()
  readonly #lists: readonly DueList[]
  #armedForMs = Number.POSITIVE_INFINITY
  #stop: (() => void) | undefined = undefined
  #isSecondLook = false

  /** @param lists What is in one of them must be over in time, too, if {@link watch} is told of it. */
  constructor(clock: Clock, lists: readonly DueList[] = []) {
    this.#clock = clock
    this.#lists = [this.#items, ...lists]
  }

  add(item: Due): void {
    this.#items.add(item)
    this.watch(item.dueMs)
  }

  delete(item: Due): void {
    this.#items.delete(item)
  }

  /** Something in one of the lists is due then. */
  watch(dueMs: number): void {
    if (dueMs < this.#armedForMs) this.#arm(dueMs)
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
    const readMs = this.#clock.now()
    // Timers come before sockets: what was answered in time may lie there, and nobody could read it yet.
    if (!this.#isSecondLook && readMs - this.#armedForMs > BLOCKED_MS) {
      this.#isSecondLook = true
      this.#stop = this.#clock.after(0, () => this.#onTime())
      return
    }
    this.#isSecondLook = false
    this.#stop = undefined
    this.#armedForMs = Number.POSITIVE_INFINITY
    const nowMs = readMs + GRAIN_MS
    let nextMs = Number.POSITIVE_INFINITY
    const due: Due[] = []
    for (const list of this.#lists) {
      for (const item of list.values()) {
        if (item.dueMs <= nowMs) due.push(item)
        else nextMs = Math.min(nextMs, item.dueMs)
      }
    }
    for (const item of due) {
      this.#items.delete(item)
      item.onTimeout()
    }
    this.watch(nextMs)
  }
}
