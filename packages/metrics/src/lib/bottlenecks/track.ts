import { CELLS, cellOf, quantileOf } from './durations.ts'

/** Slots of the window that is looked at. */
export const SLOTS = 10
/** Windows before it that are remembered. With the default of five minutes they are an hour. */
export const WINDOWS = 12

/** One more place than is read, as the newest window may overlap the one that is looked at. */
const KEPT = WINDOWS + 1

/** Numbers of one slot, or of one window. */
const CALLS = 0
const TOTAL_MS = 1
const FAILURES = 2
const MAX_MS = 3
const P95_MS = 4
const WINDOW = 5
const SLOT_FIELDS = 4
const WINDOW_FIELDS = 6

/** What happened in some time. */
export interface Summary {
  readonly calls: number
  readonly failures: number
  readonly totalMs: number
  readonly maxMs: number
  readonly p95Ms: number
}

/** What happened in the window that is looked at. */
export interface Recent extends Summary {
  readonly p50Ms: number
  readonly p99Ms: number
}

/** A window that is over. */
export interface PastWindow extends Summary {
  /** Its number: windows are counted from the clock's own start. */
  readonly window: number
}

/** When something was over, and how long it took. Handed over in an object, as V8 allocates a number that is an argument. */
export interface Timing {
  /** When it was over. */
  endedAtMs: number
  /** How long it took, in milliseconds. What is no number of at least 0 is ignored. */
  ms: number
}

const scratch = new Uint32Array(CELLS)
const given: Timing = { endedAtMs: Number.NaN, ms: Number.NaN }

/**
 * The durations of one name: those of the last window in slots, and a summary of each window before. Takes 4.5 kB whatever is counted.
 *
 * There is no timer. Time passes when something is recorded or read.
 */
export class Track {
  readonly name: string
  readonly #slotMs: number
  readonly #cells = new Uint32Array(SLOTS * CELLS)
  readonly #slots = new Float64Array(SLOTS * SLOT_FIELDS)
  readonly #windows = new Float64Array(KEPT * WINDOW_FIELDS).fill(-1)
  /** Number of the slot that is being filled; its place is the remainder. */
  #slot: number
  #endMs: number
  /** Where the slot's numbers begin. */
  #cellsFrom = 0
  #fieldsFrom = 0
  /** When something was recorded last, by its slot. */
  lastSlot: number
  /** Kept for good, as somebody holds it. */
  isHeld = false

  /**
   * @param name What it is about.
   * @param slotMs Length of a slot in milliseconds.
   * @param nowMs The time, on a clock that is never set.
   */
  constructor(name: string, slotMs: number, nowMs: number) {
    this.name = name
    this.#slotMs = slotMs
    this.#slot = Math.floor(nowMs / slotMs)
    this.lastSlot = this.#slot
    this.#endMs = 0
    this.#enter(this.#slot)
  }

  /**
   * Counts one.
   *
   * @param nowMs The time.
   * @param ms How long it took, in milliseconds. What is no number of at least 0 is ignored.
   * @param isFailure Whether it failed.
   */
  record(nowMs: number, ms: number, isFailure: boolean): void {
    given.endedAtMs = nowMs
    given.ms = ms
    this.recordTiming(given, isFailure)
  }

  /**
   * The same without a number that must be allocated.
   *
   * @param timing When, and how long. Is not kept.
   * @param isFailure Whether it failed.
   */
  recordTiming({ endedAtMs: nowMs, ms }: Timing, isFailure: boolean): void {
    if (!(ms >= 0 && ms < Infinity)) return
    if (nowMs >= this.#endMs) this.advance(nowMs)
    this.lastSlot = this.#slot
    const cell = this.#cellsFrom + cellOf(ms)
    this.#cells[cell] = (this.#cells[cell] as number) + 1
    const slots = this.#slots
    const from = this.#fieldsFrom
    slots[from] = (slots[from] as number) + 1
    slots[from + TOTAL_MS] = (slots[from + TOTAL_MS] as number) + ms
    if (isFailure) slots[from + FAILURES] = (slots[from + FAILURES] as number) + 1
    if (ms > (slots[from + MAX_MS] as number)) slots[from + MAX_MS] = ms
  }

  /**
   * Lets time pass.
   *
   * @param nowMs The time.
   */
  advance(nowMs: number): void {
    const slot = Math.floor(nowMs / this.#slotMs)
    if (slot <= this.#slot) return
    const window = Math.floor(this.#slot / SLOTS)
    if (Math.floor(slot / SLOTS) > window) this.#keep(window)
    for (let passed = Math.max(this.#slot + 1, slot - SLOTS + 1); passed <= slot; passed++) {
      const place = passed % SLOTS
      this.#cells.fill(0, place * CELLS, (place + 1) * CELLS)
      this.#slots.fill(0, place * SLOT_FIELDS, (place + 1) * SLOT_FIELDS)
    }
    this.#enter(slot)
  }

  /** The last window, the slot that is being filled included. Let time pass first. */
  recent(): Recent {
    const summary = this.#sum(SLOTS)
    const quantile = (q: number): number => quantileOf(q, scratch, summary.calls, summary.maxMs)
    return { ...summary, p50Ms: quantile(0.5), p99Ms: quantile(0.99) }
  }

  /**
   * Windows in which something was recorded, oldest first.
   *
   * @param from Number of the first one that is wanted.
   * @param to Number of the last one.
   */
  past(from: number, to: number): readonly PastWindow[] {
    const found: PastWindow[] = []
    for (let window = Math.max(from, 0); window <= to; window++) {
      const at = (window % KEPT) * WINDOW_FIELDS
      const field = (index: number): number => this.#windows[at + index] as number
      if (field(WINDOW) !== window || field(CALLS) === 0) continue
      found.push({
        window,
        calls: field(CALLS),
        failures: field(FAILURES),
        totalMs: field(TOTAL_MS),
        maxMs: field(MAX_MS),
        p95Ms: field(P95_MS),
      })
    }
    return found
  }

  #enter(slot: number): void {
    this.#slot = slot
    this.#endMs = (slot + 1) * this.#slotMs
    this.#cellsFrom = (slot % SLOTS) * CELLS
    this.#fieldsFrom = (slot % SLOTS) * SLOT_FIELDS
  }

  /** Windows begin at whole multiples, so that the one that ends is in the first places, up to the last slot that was filled. */
  #keep(window: number): void {
    const { calls, totalMs, failures, maxMs, p95Ms } = this.#sum((this.#slot % SLOTS) + 1)
    this.#windows.set([calls, totalMs, failures, maxMs, p95Ms, window], (window % KEPT) * WINDOW_FIELDS)
  }

  /** Adds up the first places. What falls into each cell is in `scratch` then. */
  #sum(places: number): Summary {
    let calls = 0
    let totalMs = 0
    let failures = 0
    let maxMs = 0
    scratch.fill(0)
    for (let place = 0; place < places; place++) {
      const at = place * SLOT_FIELDS
      const inSlot = this.#slots[at] as number
      if (inSlot === 0) continue
      calls += inSlot
      totalMs += this.#slots[at + TOTAL_MS] as number
      failures += this.#slots[at + FAILURES] as number
      maxMs = Math.max(maxMs, this.#slots[at + MAX_MS] as number)
      for (let cell = 0; cell < CELLS; cell++)
        scratch[cell] = (scratch[cell] as number) + (this.#cells[place * CELLS + cell] as number)
    }
    return { calls, failures, totalMs, maxMs, p95Ms: calls === 0 ? 0 : quantileOf(0.95, scratch, calls, maxMs) }
  }
}
