import type { Clock } from '@breakwater/core'

/** What a window keeps of a call that ended: a sum of these. */
export const FAILED = 1
/** See {@link FAILED}. */
export const SLOW = 2

/** The calls that are looked at. Adding one costs the same whatever is in it. */
export interface Window {
  /** Calls in it. */
  readonly calls: number
  /** Of these, the failed ones. */
  readonly failures: number
  /** Of these, the slow ones. */
  readonly slowCalls: number
  /** Takes in a call that just ended. */
  add(marks: number): void
  /** Lets go of what has become too old. */
  refresh(): void
  /** Forgets all. */
  clear(): void
  /** Its contents as plain numbers. */
  save(): readonly number[]
  /** Takes what another one saved; numbers that are checked already. */
  load(saved: readonly number[]): void
}

/** Marks of calls in one small integer: an array of these takes a third of what a typed one does. */
const PER_NUMBER = 8

/** The latest calls, however old. */
export class CountWindow implements Window {
  calls = 0
  failures = 0
  slowCalls = 0
  readonly #size: number
  /**
   * Marks of each call, eight to a number: those of the calls in the window stand before `#next`, all others are 0. Made when
   * there is the first mark.
   */
  #marks: number[] | undefined = undefined
  #next = 0

  constructor(size: number) {
    this.#size = size
  }

  add(marks: number): void {
    // Where all are 0, one more 0 may stand anywhere.
    if (marks === 0 && this.failures === 0 && this.slowCalls === 0) {
      if (this.calls < this.#size) this.calls++
      return
    }
    this.#marks ??= new Array<number>(Math.ceil(this.#size / PER_NUMBER)).fill(0)
    const index = this.#next >> 3
    const shift = (this.#next & 7) << 1
    const kept = this.#marks[index] as number
    const gone = (kept >> shift) & (FAILED | SLOW)
    if (gone !== marks) this.#marks[index] = kept ^ ((gone ^ marks) << shift)
    if (this.calls < this.#size) this.calls++
    this.failures += (marks & FAILED) - (gone & FAILED)
    this.slowCalls += (marks >> 1) - (gone >> 1)
    this.#next = this.#next + 1 === this.#size ? 0 : this.#next + 1
  }

  refresh(): void {}

  clear(): void {
    this.calls = 0
    this.failures = 0
    this.slowCalls = 0
    this.#next = 0
    this.#marks?.fill(0)
  }

  save(): readonly number[] {
    const oldest = this.#next - this.calls + this.#size
    return Array.from({ length: this.calls }, (_, index) => {
      const at = (oldest + index) % this.#size
      return ((this.#marks?.[at >> 3] ?? 0) >> ((at & 7) << 1)) & (FAILED | SLOW)
    })
  }

  load(saved: readonly number[]): void {
    this.clear()
    for (const marks of saved) this.add(marks)
  }
}

/** Steps of a time window: with each one, a tenth of it is let go of. */
export const STEPS = 10
/** Numbers kept for each step: calls, failures, slow calls. */
export const PER_STEP = 3

/**
 * The calls that ended in the latest milliseconds. Steps are let go of when somebody looks, so there is no timer; it reads
 * the coarse clock, so a call may fall into a step up to 5 ms early.
 */
export class TimeWindow implements Window {
  calls = 0
  failures = 0
  slowCalls = 0
  readonly #stepMs: number
  readonly #clock: Clock
  #counts: number[] | undefined = undefined
  /** Number of the latest step since the clock began, and when it ends. */
  #step = -STEPS
  #stepEndsMs = 0

  constructor(windowMs: number, clock: Clock) {
    this.#stepMs = windowMs / STEPS
    this.#clock = clock
  }

  add(marks: number): void {
    this.refresh()
    this.#count(this.#step, 1, marks & FAILED, marks >> 1)
  }

  refresh(): void {
    const now = this.#clock.coarse()
    if (now < this.#stepEndsMs) return
    const step = Math.floor(now / this.#stepMs)
    if (this.calls > 0) for (let gone = Math.max(this.#step, step - STEPS) + 1; gone <= step; gone++) this.#empty(gone)
    this.#step = step
    this.#stepEndsMs = (step + 1) * this.#stepMs
  }

  clear(): void {
    this.calls = 0
    this.failures = 0
    this.slowCalls = 0
    this.#counts?.fill(0)
  }

  save(): readonly number[] {
    this.refresh()
    return Array.from({ length: STEPS * PER_STEP }, (_, index) => {
      const step = this.#step + 1 + Math.floor(index / PER_STEP) // the oldest one comes next
      return this.#counts?.[place(step) + (index % PER_STEP)] ?? 0
    })
  }

  load(saved: readonly number[]): void {
    this.clear()
    this.refresh()
    for (let index = 0; index < STEPS; index++) {
      const [calls = 0, failures = 0, slowCalls = 0] = saved.slice(index * PER_STEP, (index + 1) * PER_STEP)
      this.#count(this.#step + 1 + index, calls, failures, slowCalls)
    }
  }

  #empty(step: number): void {
    const counts = this.#counts as number[] // there are calls
    const at = place(step)
    this.#count(step, -(counts[at] as number), -(counts[at + 1] as number), -(counts[at + 2] as number))
  }

  #count(step: number, calls: number, failures: number, slowCalls: number): void {
    this.#counts ??= new Array<number>(STEPS * PER_STEP).fill(0)
    const counts = this.#counts
    const at = place(step)
    counts[at] = (counts[at] as number) + calls
    counts[at + 1] = (counts[at + 1] as number) + failures
    counts[at + 2] = (counts[at + 2] as number) + slowCalls
    this.calls += calls
    this.failures += failures
    this.slowCalls += slowCalls
  }
}

function place(step: number): number {
  return (((step % STEPS) + STEPS) % STEPS) * PER_STEP
}
