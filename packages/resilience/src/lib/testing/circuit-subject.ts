import type { Measurement, PolicyCallOptions } from '@breakwater/core'
import { createManualClock } from '@breakwater/core/testing'
import type { CircuitBreaker } from '../circuit-breaker/circuit-breaker.ts'
import type { CircuitExplanation } from '../circuit-breaker/explain.ts'
import type { CircuitBreakerOptions } from '../circuit-breaker/options.ts'
import type { CircuitSnapshot } from '../circuit-breaker/snapshot.ts'
import type { ForcedState } from '../circuit-breaker/states.ts'
import { isRefusalError } from '../errors.ts'
import type { ResilienceEvent } from '../events.ts'
import type { CallContext, Outcome, Permit, Refusal } from '../policy.ts'

/**
 * A circuit breaker that can be checked against the reference model, whoever wrote it. What is optional is only checked
 * where it is there.
 */
export interface CircuitSubject {
  /** What it is called in reports. */
  readonly name: string
  /**
   * Makes a circuit breaker for one schedule, with a clock of its own.
   *
   * @param options Those that the model gets, but for the clock.
   */
  create(options: CircuitBreakerOptions): CircuitUnderTest
}

/** One circuit breaker under test. */
export interface CircuitUnderTest {
  /** `closed`, `open`, `half-open`, or a state held by hand. */
  readonly state: string
  /** Timers that are waiting. */
  readonly pendingTimers?: number | undefined
  /** Lets time pass. */
  advance(ms: number): void
  /** Sets the wall clock, without any time passing. */
  stepWallClock(byMs: number): void
  /** Runs a function. */
  execute(run: (context: { readonly signal?: AbortSignal }) => unknown, options?: PolicyCallOptions): Promise<unknown>
  /** What a rejection says, if it is this circuit breaker's own refusal. */
  refusalOf(error: unknown): { readonly retryAfterMs?: number | undefined } | undefined
  /** Subscribes to whatever it tells a listener that may throw. */
  disturb?(listener: () => void): void
  /** The second door. */
  tryExecute?(run: (context: CallContext) => unknown, options?: PolicyCallOptions): Promise<Outcome<unknown>>
  /** The third door. */
  tryAcquire?(): Permit | Refusal
  /** Tells the events that the model tells. */
  subscribe?(listener: (event: ResilienceEvent) => void): () => void
  /** Says why it is in its state. */
  explain?(): CircuitExplanation
  /** Its numbers. */
  measure?(): readonly Measurement[]
  /** Holds it in a state. */
  force?(state: ForcedState): void
  /** Closes it. */
  reset?(): void
  /** What it knows. */
  snapshot?(): CircuitSnapshot
  /** Takes it over. */
  restore?(snapshot: CircuitSnapshot): void
  /** The schedule is over. */
  close?(): void
}

/**
 * Makes Breakwater's circuit breaker, or something that wraps it, checkable: on a manual clock.
 *
 * @param create `createCircuitBreaker`, or a function like it.
 * @param name What it is called in reports.
 */
export function toCircuitSubject(
  create: (options: CircuitBreakerOptions) => CircuitBreaker,
  name = 'circuit breaker',
): CircuitSubject {
  return {
    name,
    create(options) {
      const clock = createManualClock()
      const breaker = create({ ...options, clock })
      return {
        get state() {
          return breaker.state
        },
        get pendingTimers() {
          return clock.pending
        },
        advance: (ms) => clock.advance(ms),
        stepWallClock: (byMs) => clock.setEpoch(Math.max(clock.epoch() + byMs, 0)),
        execute: (run, callOptions) => breaker.execute(run, callOptions),
        tryExecute: (run, callOptions) => breaker.tryExecute(run, callOptions),
        tryAcquire: () => breaker.tryAcquire(),
        refusalOf: (error) => (isRefusalError(error) ? error : undefined),
        disturb: (listener) => void breaker.subscribe(listener),
        subscribe: (listener) => breaker.subscribe(listener),
        explain: () => breaker.explain(),
        measure: () => breaker.measure(),
        force: (state) => breaker.force(state),
        reset: () => breaker.reset(),
        snapshot: () => breaker.snapshot(),
        restore: (snapshot) => breaker.restore(snapshot),
      }
    },
  }
}
