import type { Measurement } from '@breakwater/core'
import { StagedPolicy } from '../doors.ts'
import { isTimeoutError, LimitReachedError } from '../errors.ts'
import { counter, gauge, labelled } from '../measurements.ts'
import type { Refusal, ResiliencePolicy } from '../policy.ts'
import { LazyRefusal } from '../refusal.ts'
import type { OngoingCall, Stage } from '../stage.ts'
import { type CallEnd, LimitEstimator, UNMEASURED } from './estimator.ts'
import { type AdaptiveLimitOptions, type ResolvedAdaptiveLimitOptions, resolveAdaptiveLimitOptions } from './options.ts'

/** A policy that learns how many calls at once a dependency can take, and refuses more at once. */
export interface AdaptiveLimit extends ResiliencePolicy {
  /**
   * Calls at once that it lets through, as it has learned. For the moments in which it measures how long a call takes without a
   * queue, it lets through half of it or less.
   */
  readonly limit: number
  /** Calls under way now. */
  readonly underWay: number
}

/**
 * Creates an adaptive limit. Share one per dependency: it learns from every call through it.
 *
 * It compares how long calls take near the limit and well below it: near the limit is right, if they take a little longer there.
 * While calls are few, nothing is learned and nothing changes. Under constant load it lowers its gate now and then, for some
 * round trips: about a twentieth of the time, and up to a sixth while it knows little.
 *
 * It has no timers and no queue. A call that never ends keeps its place for ever: put a timeout inside of it. A timeout outside
 * of it gives calls up instead, from which it learns nothing. Where many processes share one dependency, each takes the
 * others' queue for a part of the way, and so their limits add up to more than it can take: five of them to about a quarter
 * more, ten to about twice as much.
 *
 * A refusal's `retryAfterMs` is about one round trip, as it then knows more.
 *
 * @param options Its name; seldom more.
 * @returns An adaptive limit.
 * @throws {TypeError | RangeError} If an option is wrong, naming it.
 *
 * @example
 * ```ts
 * const limit = createAdaptiveLimit({ name: 'search' })
 * const found = await limit.execute(({ signal }) => fetch('https://search.example/?q=tide', { signal }))
 * ```
 */
export function createAdaptiveLimit(options: AdaptiveLimitOptions): AdaptiveLimit {
  return new Limit(resolveAdaptiveLimitOptions(options))
}

/** After so long without a refusal, the next one is told. */
const QUIET_FOR_MS = 1_000

class Limit extends StagedPolicy implements AdaptiveLimit, Stage {
  readonly kind: string = 'adaptive_limit'
  readonly stages: readonly Stage[] = [this]
  underWay = 0
  readonly #options: ResolvedAdaptiveLimitOptions
  readonly #estimator: LimitEstimator
  /** Tokens are counted from here, so that they are over 0 and their sign is free. */
  readonly #originMs: number
  #lastRefusedMs = -Infinity
  #refused = 0
  #succeeded = 0
  #overloaded = 0
  #ignored = 0

  constructor(options: ResolvedAdaptiveLimitOptions) {
    super(options.name)
    this.#options = options
    const now = options.clock.now()
    this.#originMs = now - 1
    this.#estimator = new LimitEstimator(options, now)
  }

  get limit(): number {
    return Math.floor(this.#estimator.limit)
  }

  enter(call: OngoingCall, slot: number): Refusal | undefined {
    const { clock } = this.#options
    if (this.underWay >= this.#estimator.gate) {
      const refusal = this.#refuse()
      if (refusal !== undefined) return refusal
    }
    const part = this.#estimator.start(++this.underWay, clock.coarse())
    // When it started, and by its sign as which part. The coarse clock would be too coarse.
    call.tokens[slot] = part === UNMEASURED ? UNMEASURED : part * (clock.now() - this.#originMs)
    return undefined
  }

  leave(call: OngoingCall, slot: number): undefined {
    this.underWay--
    const end = this.#classify(call)
    const token = call.tokens[slot] as number
    if (token === UNMEASURED) return
    this.#estimator.end(token > 0 ? 1 : -1, Math.abs(token) + this.#originMs, this.#options.clock.now(), end)
  }

  measure(): readonly Measurement[] {
    const { floorMs, roundTripMs } = this.#estimator
    const help = 'Calls that were let through and ended, by what they said of what was called'
    const outcomes = { success: this.#succeeded, overload: this.#overloaded, ignored: this.#ignored }
    const seconds = (name: string, text: string, ms: number | undefined): Measurement[] =>
      ms === undefined ? [] : [gauge(name, text, ms / 1_000)]
    return [
      gauge('adaptive_limit', 'Calls at once that are let through', this.limit),
      gauge('adaptive_limit_under_way', 'Calls under way', this.underWay),
      ...seconds('adaptive_limit_floor_seconds', 'Time a call takes without a queue', floorMs),
      ...seconds('adaptive_limit_round_trip_seconds', 'Time a call takes near the limit', roundTripMs),
      counter('adaptive_limit_refused_total', 'Calls that were refused', this.#refused),
      ...labelled(counter, 'adaptive_limit_calls_total', help, 'outcome', outcomes),
    ]
  }

  /** Nothing, if there is room after all. */
  #refuse(): Refusal | undefined {
    const now = this.#options.clock.coarse()
    this.#estimator.refuse(now)
    if (this.underWay < this.#estimator.gate) return undefined
    this.#refused++
    const isNews = now - this.#lastRefusedMs >= QUIET_FOR_MS
    this.#lastRefusedMs = now
    if (isNews) this.events.emit({ type: 'limit:reached', limit: this.limit })
    return new LazyRefusal(this.name, this.#estimator.roundTripMs ?? 0, LimitReachedError)
  }

  #classify(call: OngoingCall): CallEnd {
    if (call.abandoned || call.refusal !== undefined) return this.#ignore()
    if (call.ok) {
      this.#succeeded++
      this.#estimator.succeed()
      return 'success'
    }
    const { value } = call
    if (!this.guard(() => this.#options.isOverload(value), isTimeoutError(value))) return this.#ignore()
    this.#overloaded++
    this.#estimator.overload(this.#options.clock.coarse())
    return 'overload'
  }

  #ignore(): CallEnd {
    this.#ignored++
    return 'ignored'
  }
}
