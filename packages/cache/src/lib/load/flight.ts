import type { Due } from '../deadlines.ts'
import type { Entry } from '../entry.ts'
import type { Times } from '../options.ts'
import type { Position } from '../shared/tier.ts'
import type { Timeline } from '../timeline.ts'
import type { LoadCall } from './load-context.ts'
import type { Wish } from './wish.ts'

/** Before the loader was called: no change is known to be older than the value. */
const NOT_YET: Position = { seq: -1, id: '' }

/** Who is told that a load's time is over. */
export interface FlightOwner {
  onTimeout(flight: Flight): void
}

/**
 * One load of a key that every caller in this process shares: it looks into the shared tier, asks for the lease, and calls the
 * loader. Callers may be answered before it is over, by a stale value.
 */
export class Flight implements Due {
  /** With the prefixes of namespaces. */
  readonly key: string
  /** Without. */
  readonly ownKey: string
  readonly shard: number
  readonly times: Times
  tags: readonly string[]
  /** Whether it may end without a value: one of several keys that one loader is asked for. */
  readonly isPartial: boolean
  /** Callers that share it. A refresh has none until somebody joins. */
  waiters = 0
  /** The log when the loader was called. */
  since: Position = NOT_YET
  /** The same in this process' own order; before that, when it was wanted. */
  tick = 0
  /** The history of then. */
  epoch = 0
  /** The latest change of the key that was heard of since. What is older must not be kept. */
  fencedSeq = 0
  /** Whether callers were answered. */
  isSettled = false
  /** What they were answered with, unless that was an error. */
  value: unknown = undefined
  /** Whether it was one. */
  hasFailed = false
  /** Whether the load has ended. */
  isOver = false
  /** A stale value, for callers that would get an error or wait too long otherwise. */
  fallback: Entry | undefined
  /** What the loader holds, once it was called. */
  call: LoadCall | undefined = undefined
  /** The lease it holds. */
  token: string | undefined = undefined
  stopRenewal: (() => void) | undefined = undefined
  /** When callers get the stale value. */
  softLimit: Due | undefined = undefined
  /** When callers have waited long enough for others that load. */
  patience: Due | undefined = undefined
  /** When the loader was called. */
  bornMs = 0
  dueMs: number = Number.POSITIVE_INFINITY
  readonly #owner: FlightOwner
  #promise: Promise<unknown> | undefined = undefined
  #resolve: ((value: unknown) => void) | undefined = undefined
  #reject: ((error: unknown) => void) | undefined = undefined
  #error: unknown = undefined

  constructor(wish: Wish, shard: number, fallback: Entry | undefined, owner: FlightOwner) {
    this.key = wish.key
    this.ownKey = wish.ownKey
    this.times = wish.times
    this.tags = wish.tags
    this.isPartial = wish.isPartial
    this.shard = shard
    this.fallback = fallback
    this.#owner = owner
  }

  /** What callers get. Made for the first that asks: who loads several keys need not have one for each. */
  get promise(): Promise<unknown> {
    this.#promise ??= this.#toPromise()
    return this.#promise
  }

  /** The key changed: what was read from its source before must not be kept. */
  fence(seq: number): void {
    if (seq > this.since.seq && seq > this.fencedSeq) this.fencedSeq = seq
  }

  /**
   * The loader is about to be called. What is known to be committed now is older than its value.
   *
   * @param isHeard Whether later changes reach it. If not, what is fenced stays so.
   */
  begin({ head, epoch }: Timeline, tick: number, nowMs: number, isHeard: boolean): void {
    this.since = head
    this.epoch = epoch
    this.tick = tick
    this.bornMs = nowMs
    // What is stale by age may be served in need, what was changed must not.
    if (this.fencedSeq > 0) this.fallback = undefined
    if (isHeard) this.fencedSeq = 0
    this.dueMs = nowMs + this.times.hardTimeoutMs
  }

  onTimeout(): void {
    this.#owner.onTimeout(this)
  }

  /** Its callers were answered by a stale value: those that come from now on wait for the end. */
  reopen(): void {
    this.isSettled = false
    this.hasFailed = false
    this.waiters = 0
    this.#promise = undefined
  }

  /** Tags that were chosen by the loader, or are those of what it did not modify. */
  addTags(tags: readonly string[] | undefined): void {
    if (tags !== undefined && tags.length > 0) this.tags = [...new Set([...this.tags, ...tags])]
  }

  /** Answers the callers, if they were not answered before. */
  settle(value: unknown): void {
    if (!this.isSettled) this.resolve(value)
  }

  /** The same when the shared tier has it, or has not answered in time: who was answered may tell another process. */
  settleAfter(stored: Promise<void> | undefined, value: unknown): void {
    if (stored === undefined) return this.settle(value)
    const settle = (): void => this.settle(value)
    stored.then(settle, settle)
  }

  /** Answers the callers. */
  resolve(value: unknown): void {
    this.isSettled = true
    this.value = value
    this.#resolve?.(value)
  }

  /** The same with an error. */
  reject(error: unknown): void {
    this.isSettled = true
    this.hasFailed = true
    this.#error = error
    // Of a refresh, nobody may be there to hear it.
    if (this.waiters === 0) this.#promise?.catch(() => {})
    this.#reject?.(error)
  }

  #toPromise(): Promise<unknown> {
    if (this.isSettled) return this.hasFailed ? Promise.reject(this.#error) : Promise.resolve(this.value)
    return new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
  }
}
