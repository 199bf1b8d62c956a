/** A call under way. */
export interface CallUnderWay {
  /** The state of the circuit in which it was let in, by its number. */
  readonly epoch: number
  readonly startedAtMs: number
  /** Whether it has been noticed to take long. */
  isOverdue: boolean
  /** No part of the list any more. */
  isGone: boolean
  older: CallUnderWay | undefined
  newer: CallUnderWay | undefined
}

/** Calls under way in the order in which they started, so that those that take long are noticed without a timer. */
export class CallsUnderWay {
  count = 0
  /** Those noticed to take long. */
  overdue = 0
  #newest: CallUnderWay | undefined = undefined
  /** The oldest one that has not been noticed. */
  #next: CallUnderWay | undefined = undefined

  start(epoch: number, startedAtMs: number): CallUnderWay {
    const call: CallUnderWay = {
      epoch,
      startedAtMs,
      isOverdue: false,
      isGone: false,
      older: this.#newest,
      newer: undefined,
    }
    if (this.#newest !== undefined) this.#newest.newer = call
    this.#newest = call
    this.#next ??= call
    this.count++
    return call
  }

  end(call: CallUnderWay): void {
    call.isGone = true
    this.count--
    if (call.isOverdue) this.overdue--
    if (this.#next === call) this.#next = call.newer
    if (this.#newest === call) this.#newest = call.older
    if (call.older !== undefined) call.older.newer = call.newer
    if (call.newer !== undefined) call.newer.older = call.older
    call.older = undefined
    call.newer = undefined
  }

  /** The oldest one that has not been noticed, if it started at or before this; it is noticed now. */
  noticeBefore(startedAtMs: number): CallUnderWay | undefined {
    const call = this.#next
    if (call === undefined || call.startedAtMs > startedAtMs) return undefined
    call.isOverdue = true
    this.overdue++
    this.#next = call.newer
    return call
  }

  /** Forgets all. Those that still end belong to an earlier state then. */
  clear(): void {
    this.count = 0
    this.overdue = 0
    this.#newest = undefined
    this.#next = undefined
  }
}
