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
  readonly #spares: CallUnderWay[] = []

  start(epoch: number, startedAtMs: number): CallUnderWay {
    const call = this.#spares.pop() ?? new CallUnderWay()
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

  /** Takes back what nobody holds any more: its function has ended. */
  recycle(call: CallUnderWay): void {
    call.older = undefined
    call.newer = undefined
    if (this.#spares.length < MOST_SPARES) this.#spares.push(call)
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
    this.succeeded = 0
    this.failed = 0
    this.#newest = undefined
    this.#next = undefined
  }
}
