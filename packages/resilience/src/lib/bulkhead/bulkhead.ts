import { AsyncResource } from 'node:async_hooks'
import type { Measurement } from '@breakwater/core'
import { Deadline, Deadlines } from '../deadlines.ts'
import { StagedPolicy } from '../doors.ts'
import { BulkheadFullError } from '../errors.ts'
import { counter, gauge, labelled } from '../measurements.ts'
import type { Refusal, ResiliencePolicy } from '../policy.ts'
import { LazyRefusal } from '../refusal.ts'
import { type OngoingCall, type Stage, WAITING } from '../stage.ts'
import { type BulkheadOptions, type ResolvedBulkheadOptions, resolveBulkheadOptions } from './options.ts'

/** A policy that keeps calls to one dependency from taking all there is: only so many are under way at once. */
export interface Bulkhead extends ResiliencePolicy {
  /** Calls that have a place now. */
  readonly underWay: number
  /** Calls that wait for one. */
  readonly queued: number
}

/**
 * Creates a bulkhead. Share one per dependency.
 *
 * When all places are taken, calls wait in a queue of bounded length, and are refused with a `BulkheadFullError` when that
 * is full as well or their wait gets too long. Who came first goes first: nobody overtakes the queue. A caller that aborts
 * leaves it at once. `tryAcquire` never waits, and is refused while others do.
 *
 * Do not call a bulkhead that has a queue from within its own calls: if all that have a place wait for another place of
 * the same bulkhead, none of them ever ends. Give inner calls a bulkhead of their own; if you cannot, set `maxWaitMs`,
 * which ends such a standstill, or leave out the queue, so that it cannot come about.
 *
 * A permit holds its place until its holder tells how the call ended: use `try` and `finally`.
 *
 * @param options How many places there are, and who may wait.
 * @throws {TypeError | RangeError} If an option is wrong, naming it.
 * @see Michael T. Nygard, *Release It!*, "Bulkheads".
 *
 * @example
 * ```ts
 * const reports = createBulkhead({ name: 'reports', maxConcurrent: 4, maxQueued: 20, maxWaitMs: 1_000 })
 * const report = await reports.execute(({ signal }) => render(order, { signal }))
 * ```
 */
export function createBulkhead(options: BulkheadOptions): Bulkhead {
  return new Places(resolveBulkheadOptions(options))
}

class Places extends StagedPolicy implements Bulkhead, Stage {
  readonly kind = 'bulkhead'
  readonly stages: readonly Stage[] = [this]
  readonly #options: ResolvedBulkheadOptions
  readonly #queue: Deadlines<QueuedCall>
  #underWay = 0
  #isFilling = false
  #succeeded = 0
  #failed = 0
  #abandoned = 0
  #refusedFull = 0
  #refusedLate = 0
  #admittedLater = 0
  #leftQueue = 0
  #waitedMs = 0

  constructor(options: ResolvedBulkheadOptions) {
    super(options.name)
    this.#options = options
    this.#queue = new Deadlines(options.clock, options.maxWaitMs)
  }

  get underWay(): number {
    return this.#underWay
  }

  get queued(): number {
    return this.#queue.size
  }

  enter(call: OngoingCall, slot: number): Refusal | typeof WAITING | undefined {
    const { maxConcurrent, maxQueued, clock } = this.#options
    call.tokens[slot] = undefined
    if (this.#underWay < maxConcurrent && this.#queue.size === 0) {
      this.#underWay++
      return undefined
    }
    if (!call.canWait || this.#queue.size >= maxQueued) {
      this.#refusedFull++
      return this.#refusal()
    }
    const now = clock.now()
    const queued = new QueuedCall(this, call, now)
    call.tokens[slot] = queued
    this.#queue.add(queued, now)
    return WAITING
  }

  leave(call: OngoingCall, slot: number): undefined {
    const queued = call.tokens[slot] as QueuedCall | undefined
    if (queued?.isListed) {
      this.#leftQueue++
      this.#queue.remove(queued)
      this.#countWait(queued)
      return
    }
    if (call.abandoned) this.#abandoned++
    else if (call.ok) this.#succeeded++
    else this.#failed++
    this.#underWay--
    if (this.#queue.size > 0 && !this.#isFilling) this.#fill()
  }

  measure(): readonly Measurement[] {
    const calls = { success: this.#succeeded, failure: this.#failed, abandoned: this.#abandoned }
    const refused = { full: this.#refusedFull, 'waited-too-long': this.#refusedLate }
    const waits = { admitted: this.#admittedLater, refused: this.#refusedLate, abandoned: this.#leftQueue }
    return [
      ...labelled(counter, 'bulkhead_calls_total', 'Calls that had a place and ended, by how', 'outcome', calls),
      ...labelled(counter, 'bulkhead_refused_total', 'Calls that were refused, by why', 'cause', refused),
      ...labelled(
        counter,
        'bulkhead_waits_total',
        'Calls that waited for a place, by what came of it',
        'outcome',
        waits,
      ),
      counter('bulkhead_waited_seconds_total', 'Time that calls waited for a place', this.#waitedMs / 1_000),
      gauge('bulkhead_under_way', 'Calls that have a place', this.#underWay),
      gauge('bulkhead_queued', 'Calls that wait for a place', this.#queue.size),
    ]
  }

  /** For calls in the queue, which are told by the timer. */
  static expire(places: Places, queued: QueuedCall): void {
    places.#refusedLate++
    places.#countWait(queued)
    queued.call.refuse(places.#refusal())
  }

  /** A loop, and never one within the other: a call that is let in may end at once, and so free its place again. */
  #fill(): void {
    this.#isFilling = true
    try {
      for (let next = this.#queue.first; next !== undefined; next = this.#queue.first) {
        if (this.#underWay >= this.#options.maxConcurrent) return
        this.#queue.remove(next)
        this.#underWay++
        this.#admittedLater++
        this.#countWait(next)
        next.admit()
      }
    } finally {
      this.#isFilling = false
    }
  }

  #countWait(queued: QueuedCall): void {
    this.#waitedMs += this.#options.clock.now() - queued.sinceMs
  }

  #refusal(): Refusal {
    return new LazyRefusal(this.name, 0, BulkheadFullError)
  }
}

class QueuedCall extends Deadline {
  readonly #places: Places
  readonly call: OngoingCall
  readonly sinceMs: number
  /** What comes of it belongs to its caller, not to whose place it takes or to whom the timer belongs. */
  readonly #context = new AsyncResource('BreakwaterQueue')

  constructor(places: Places, call: OngoingCall, sinceMs: number) {
    super()
    this.#places = places
    this.call = call
    this.sinceMs = sinceMs
  }

  admit(): void {
    this.#context.runInAsyncScope(this.call.admit, this.call)
  }

  expire(): void {
    this.#context.runInAsyncScope(Places.expire, undefined, this.#places, this)
  }
}
