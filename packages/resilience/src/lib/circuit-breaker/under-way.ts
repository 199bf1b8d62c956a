/** A call under way. Used again for later calls, with what was made for it. */
export class CallUnderWay {
  /** The state of the circuit in which it was let in, by its number. */
  epoch = 0
  startedAtMs = 0
  /** Whether it has been noticed to take long. */
  isOverdue = false
  /** No part of the list any more. */
  isGone = false
  older: CallUnderWay | undefined = undefined
  newer: CallUnderWay | undefined = undefined
  /** What hears of the end of its function. */
  onResult: ((result: unknown) => unknown) | undefined = undefined
  onError: ((error: unknown) => never) | undefined = undefined
}

/** Records that are kept for later calls. */
const MOST_SPARES = 64

/** Calls under way in the order in which they started, so that those that take long are noticed without a timer. */
export class CallsUnderWay {
  count = 0
  /** Those noticed to take long. */
  overdue = 0
  /** Of probes: those that succeeded and failed. Here, as circuits that never open need not hold them. */
  succeeded = 0
  failed = 0
  #newest: CallUnderWay | undefined = undefined
  /** The oldest one that has not been noticed. */
  #next: CallUnderWay | undefined = undefined
  /** Records without a call, linked by `newer`. */
  #spare: CallUnderWay | undefined = undefined
  #spares = 0

  start(epoch: number, startedAtMs: number): CallUnderWay {
    const call = this.#takeSpare()
    call.epoch = epoch
    call.startedAtMs = startedAtMs
    call.isOverdue = false
    call.isGone = false
    call.older = this.#newest
    call.newer = undefined
    if (this.#newest !== undefined) this.#newest.newer = call
    this.#newest = call
    this.#next ??= call
    this.count++
    return call
  }

  /** Takes back what nobody holds any more: its function has ended, and it is in no list. */
  recycle(call: CallUnderWay): void {
    call.older = undefined
    call.newer = this.#spare
    if (this.#spares === MOST_SPARES) return
    this.#spares++
    this.#spare = call
  }

  #takeSpare(): CallUnderWay {
    const call = this.#spare
    if (call === undefined) return new CallUnderWay()
    this.#spare = call.newer
    this.#spares--
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
  }

  /** Whether there is one that has not been noticed and started at or before this. */
  isLate(startedAtMs: number): boolean {
    return this.#next !== undefined && this.#next.startedAtMs <= startedAtMs
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
    this.succeeded = 0
    this.failed = 0
    this.#newest = undefined
    this.#next = undefined
  }
}
