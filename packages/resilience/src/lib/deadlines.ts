import { AsyncResource } from 'node:async_hooks'
import type { Clock } from '@breakwater/core'

/** What ends when its time is over, unless it left before. */
export abstract class Deadline {
  /** On the monotonic clock. */
  dueMs = 0
  isListed = false
  previous: Deadline | undefined = undefined
  next: Deadline | undefined = undefined

  /** Its time is over. It is not in the list any more. Must not throw. */
  abstract expire(): void
}

/** A timer keeps the async context that starts it, and here one timer serves many calls: so it starts in none of theirs. */
const NO_CONTEXT = new AsyncResource('Deadlines')

/**
 * A queue of what is given the same time each, so that who comes first is due first: one timer is enough for all.
 *
 * Who leaves does not stop the timer. When it fires, it is started again for who is first by then, or not at all if nobody
 * is there. So it fires about once in the time that each is given, and an idle list has none that long after. Everything
 * is done in constant time.
 */
export class Deadlines<entry extends Deadline> {
  readonly #clock: Clock
  readonly #limitMs: number
  #first: entry | undefined = undefined
  #last: entry | undefined = undefined
  #size = 0
  #isArmed = false
  #armedForMs = 0

  /**
   * @param clock Where time comes from.
   * @param limitMs Milliseconds that each is given, `Infinity` for no end.
   */
  constructor(clock: Clock, limitMs: number) {
    this.#clock = clock
    this.#limitMs = limitMs
  }

  get size(): number {
    return this.#size
  }

  /** Who is there for the longest time. */
  get first(): entry | undefined {
    return this.#first
  }

  /**
   * @param entry Comes last.
   * @param now What the clock says.
   */
  add(entry: entry, now: number): void {
    const last = this.#last
    entry.dueMs = now + this.#limitMs
    entry.isListed = true
    entry.previous = last
    if (last === undefined) this.#first = entry
    else last.next = entry
    this.#last = entry
    this.#size++
    if (!this.#isArmed && this.#limitMs !== Infinity) this.#arm(entry.dueMs, this.#limitMs)
  }

  /** @param entry Leaves, if it is there. */
  remove(entry: entry): void {
    if (!entry.isListed) return
    const { previous, next } = entry
    if (previous === undefined) this.#first = next as entry | undefined
    else previous.next = next
    if (next === undefined) this.#last = previous as entry | undefined
    else next.previous = previous
    // Or the garbage of long ago would keep what came after it.
    entry.previous = undefined
    entry.next = undefined
    entry.isListed = false
    this.#size--
  }

  #arm(dueMs: number, inMs: number): void {
    this.#isArmed = true
    this.#armedForMs = dueMs
    NO_CONTEXT.runInAsyncScope(() => this.#clock.after(inMs, () => this.#fire()))
  }

  #fire(): void {
    // Where a test fakes timers but not the clock, the timer is right.
    const now = Math.max(this.#clock.now(), this.#armedForMs)
    // Who expires may make others leave or come.
    for (let entry = this.#first; entry !== undefined && entry.dueMs <= now; entry = this.#first) {
      this.remove(entry)
      entry.expire()
    }
    const first = this.#first
    this.#isArmed = false
    if (first !== undefined) this.#arm(first.dueMs, Math.max(first.dueMs - this.#clock.now(), 0))
  }
}
