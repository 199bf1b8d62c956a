import type { Due } from '../deadlines.ts'
import type { Entry } from '../entry.ts'
import type { Times } from '../options.ts'
import type { Position } from '../shared/tier.ts'
import type { Timeline } from '../timeline.ts'
import type { LoadCall } from './load-context.ts'

/** Before the loader was called: no change is known to be older than the value. */
const NOT_YET: Position = { seq: -1, id: '' }

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
  /** What callers get. */
  promise: Promise<unknown>
  tags: readonly string[]
  /** Whether it may end without a value: one of several keys that one loader is asked for. */
  readonly isPartial: boolean
  /** Callers that share it. A refresh has none until somebody joins. */
  waiters = 0
  /** The log when the loader was called. */
  since: Position = NOT_YET
  /** The same in this process' own order. */
  tick: number
  /** The history of then. */
  epoch: number
  /** The latest change of the key that was heard of since. What is older must not be kept. */
  fencedSeq = 0
  /** Whether callers were answered. */
  isSettled = false
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
  /** When the loader was called. */
  bornMs = 0
  dueMs: number = Number.POSITIVE_INFINITY
  readonly #onTimeout: (flight: Flight) => void
  #resolve!: (value: unknown) => void
  #reject!: (error: unknown) => void

  constructor(options: FlightOptions) {
    this.key = options.key
    this.ownKey = options.ownKey
    this.shard = options.shard
    this.times = options.times
    this.tags = options.tags
    this.isPartial = options.isPartial
    this.tick = options.tick
    this.epoch = options.epoch
    this.fallback = options.fallback
    this.#onTimeout = options.onTimeout
    this.promise = this.#toPromise()
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
    this.#onTimeout(this)
  }

  /** Its callers were answered by a stale value: those that come from now on wait for the end. */
  reopen(): void {
    this.isSettled = false
    this.waiters = 0
    this.promise = this.#toPromise()
  }

  /** Answers the callers, if they were not answered before. */
  resolve(value: unknown): void {
    this.isSettled = true
    this.#resolve(value)
  }

  /** The same with an error. */
  reject(error: unknown): void {
    this.isSettled = true
    // Of a refresh, nobody may be there to hear it.
    if (this.waiters === 0) this.promise.catch(() => {})
    this.#reject(error)
  }

  #toPromise(): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
  }
}

/** What a flight is begun with. */
export interface FlightOptions {
  readonly key: string
  readonly ownKey: string
  readonly shard: number
  readonly times: Times
  readonly tags: readonly string[]
  readonly tick: number
  readonly epoch: number
  readonly fallback: Entry | undefined
  readonly isPartial: boolean
  onTimeout(flight: Flight): void
}
