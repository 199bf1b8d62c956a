import type { Clock, Measurement } from '@breakwater/core'
import { Deadline, Deadlines } from '../deadlines.ts'
import { StagedPolicy } from '../doors.ts'
import { TimeoutError } from '../errors.ts'
import { counter, gauge, labelled } from '../measurements.ts'
import type { ResiliencePolicy } from '../policy.ts'
import type { OngoingCall, Stage } from '../stage.ts'
import { type ResolvedTimeoutOptions, resolveTimeoutOptions, type TimeoutMode, type TimeoutOptions } from './options.ts'

/** A policy that gives each call only so much time. */
export interface Timeout extends ResiliencePolicy {
  /** Milliseconds that each call is given. */
  readonly limitMs: number
  /** Calls that are under way now, within their time. */
  readonly underWay: number
}

/**
 * Creates a timeout. One for each limit: all its calls share a single timer, which is gone one limit after the last call
 * and never keeps the process alive.
 *
 * At the limit the signal of this call, and of no other, is aborted with a `TimeoutError` as its reason. Then it depends
 * on the mode. `hard`: the caller is rejected with that error at once. A function that ignores its signal runs on, unseen:
 * a bulkhead around the timeout has given its place to another call by then. `cooperative`: the caller waits for the
 * function. If it fails then, the caller is rejected with a `TimeoutError` whose `cause` is what the function threw; if it
 * returns a result nevertheless, the caller gets it. What waits inside of the timeout, in the queue of a bulkhead or
 * between two attempts, is given up in both modes.
 *
 * The caller's own abort is never told as a timeout, nor is a late result of what it had aborted.
 *
 * A permit's signal is aborted at the limit, too. With `hard` the permit is over then, and what its holder tells is not
 * heard any more; with `cooperative` the holder still has to tell how the call ended.
 *
 * Time is measured on the monotonic clock. A call is never ended early, and is ended as late as timers are: while
 * something blocks the event loop, nothing is timed out.
 *
 * @param options How much time there is, and what happens then.
 * @throws {TypeError | RangeError} If an option is wrong, naming it.
 * @see Michael T. Nygard, *Release It!*, "Timeouts".
 *
 * @example
 * ```ts
 * const timeout = createTimeout({ name: 'payments', limitMs: 2_000 })
 * const receipt = await timeout.execute(({ signal }) => fetch('https://payments.example/charge', { signal }))
 * ```
 */
export function createTimeout(options: TimeoutOptions): Timeout {
  return new TimeLimit(resolveTimeoutOptions(options))
}

class TimeLimit extends StagedPolicy implements Timeout, Stage {
  readonly kind = 'timeout'
  readonly mayAbort = true
  readonly stages: readonly Stage[] = [this]
  readonly limitMs: number
  readonly #mode: TimeoutMode
  readonly #clock: Clock
  readonly #calls: Deadlines<TimedCall>
  #inTime = 0
  #timedOut = 0
  #abandoned = 0

  constructor({ name, limitMs, mode, clock }: ResolvedTimeoutOptions) {
    super(name)
    this.limitMs = limitMs
    this.#mode = mode
    this.#clock = clock
    this.#calls = new Deadlines(clock, limitMs)
  }

  get underWay(): number {
    return this.#calls.size
  }

  enter(call: OngoingCall, slot: number): undefined {
    const timed = new TimedCall(this, call, slot)
    call.tokens[slot] = timed
    this.#calls.add(timed, this.#clock.now())
  }

  leave(call: OngoingCall, slot: number): undefined {
    const timed = call.tokens[slot] as TimedCall
    this.#calls.remove(timed)
    if (call.abandoned) this.#abandoned++
    else if (timed.error === undefined) this.#inTime++
    else {
      this.#timedOut++
      if (!call.ok) this.#explain(call, timed.error)
    }
  }

  measure(): readonly Measurement[] {
    const help = 'Calls that ended, by whether they took longer than they may; abandoned: given up by who made them'
    const outcomes = { 'in-time': this.#inTime, 'timed-out': this.#timedOut, abandoned: this.#abandoned }
    return [
      ...labelled(counter, 'timeout_calls_total', help, 'outcome', outcomes),
      gauge('timeout_under_way', 'Calls that are under way, within their time', this.#calls.size),
    ]
  }

  /** For calls, which are told by the timer. */
  static expire(timeout: TimeLimit, timed: TimedCall): void {
    timed.error = new TimeoutError(timeout.name, timeout.limitMs)
    if (timeout.#mode === 'hard') timed.call.giveUp(timed.slot, timed.error)
    else timed.call.windDown(timed.slot, timed.error)
  }

  /** The reason of the signal is often the reason of what was thrown: as its cause it would be its own. */
  #explain(call: OngoingCall, error: TimeoutError): void {
    const thrown = call.error
    call.refusal = undefined
    call.value = thrown === error ? error : new TimeoutError(this.name, this.limitMs, { cause: thrown })
  }
}

class TimedCall extends Deadline {
  readonly #timeout: TimeLimit
  readonly call: OngoingCall
  readonly slot: number
  /** Set when its time is over. */
  error: TimeoutError | undefined = undefined

  constructor(timeout: TimeLimit, call: OngoingCall, slot: number) {
    super()
    this.#timeout = timeout
    this.call = call
    this.slot = slot
  }

  expire(): void {
    TimeLimit.expire(this.#timeout, this)
  }
}
