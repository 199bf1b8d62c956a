import type { Measurement, PolicyCallOptions } from '@breakwater/core'
import { oneOf } from '@breakwater/core'
import { RefusedOutcome, rejectSoon, toPromise } from '../call.ts'
import { tracers } from '../doors.ts'
import { gauge } from '../measurements.ts'
import type { CallContext, Outcome, Permit, Refusal, ResiliencePolicy } from '../policy.ts'
import { LazyRefusal, noAttempt } from '../refusal.ts'
import { Circuit, type Token } from './circuit.ts'
import { measureCounts, measureStates } from './counts.ts'
import { type CircuitExplanation, toReason } from './explain.ts'
import { type CircuitBreakerOptions, resolveCircuitBreakerOptions } from './options.ts'
import { type CircuitSnapshot, checkSnapshot, SNAPSHOT_VERSION } from './snapshot.ts'
import {
  type CircuitState,
  DISABLED,
  FORCED_OPEN,
  type ForcedState,
  HALF_OPEN,
  METRICS_ONLY,
  OPEN,
  STATES,
} from './states.ts'
import type { CallUnderWay } from './under-way.ts'
import type { Window } from './window.ts'

/** A policy that stops calling a dependency that keeps failing, and tries it again later. */
export interface CircuitBreaker extends ResiliencePolicy {
  /** The state the next call will meet, unless its time to try again has come. */
  readonly state: CircuitState
  /** Says why it is in its state. */
  explain(): CircuitExplanation
  /**
   * Holds it in a state until {@link reset}.
   *
   * @param state Which one.
   * @throws {TypeError} If it is none of the three.
   */
  force(state: ForcedState): void
  /** Closes it, as if it were new: also ends a state that it is held in. */
  reset(): void
  /** What it knows, as plain JSON, for {@link restore}. */
  snapshot(): CircuitSnapshot
  /**
   * Takes over what another one knew, in place of what it knows itself.
   *
   * @param snapshot What `snapshot()` returned, here or elsewhere. Checked, as it may come from anywhere.
   * @throws {TypeError | RangeError} If it is of another version or shape, or of another window. Nothing has changed then.
   */
  restore(snapshot: CircuitSnapshot): void
}

/**
 * Creates a circuit breaker. Share one per dependency: it learns from every call through it.
 *
 * Time is measured on the monotonic clock, so a change of the system time neither holds the circuit open nor closes it
 * early. It has no timers: what time changes is noticed by the next call. A result is only counted in the state in which
 * its call was let in.
 *
 * @param options What counts as broken, and for how long.
 * @returns A closed circuit breaker.
 * @throws {TypeError | RangeError} If an option is wrong, naming it.
 * @see Michael T. Nygard, *Release It!*, "Circuit Breaker".
 *
 * @example
 * ```ts
 * const breaker = createCircuitBreaker({ name: 'payments', openForMs: 10_000 })
 * const receipt = await breaker.execute(({ signal }) => fetch('https://payments.example/charge', { signal }))
 * ```
 */
export function createCircuitBreaker(options: CircuitBreakerOptions): CircuitBreaker {
  return new Breaker(resolveCircuitBreakerOptions(options))
}

/** A call that nobody can give up. Each reading makes a signal of its own: listeners left on a shared one would pile up. */
const CONTEXT: CallContext = Object.freeze({
  attempt: 1,
  get signal() {
    return new AbortController().signal
  },
})

/** What hears of the end of a function. */
type Handlers = Pick<CallUnderWay, 'onResult' | 'onError'>

/** What stands in front of the state machine. */
export class Breaker extends Circuit implements CircuitBreaker {
  // Made for the first call in a state, and kept for all others.
  onResult: Handlers['onResult'] = undefined
  onError: Handlers['onError'] = undefined

  get state(): CircuitState {
    return STATES[this.phase] as CircuitState
  }

  override execute<result>(
    run: (context: CallContext) => PromiseLike<result> | result,
    options?: PolicyCallOptions,
  ): Promise<result> {
    if (tracers.hasSubscribers || options?.signal !== undefined || typeof run !== 'function')
      return super.execute(run, options)
    const token = this.isPlain ? this.epoch : this.admit()
    if (token instanceof LazyRefusal) return rejectSoon(token.error)
    const holder: Handlers = typeof token === 'number' ? this : token
    if (holder.onResult === undefined) this.#makeHandlers(holder, token)
    // Taken before it runs, as what it does may change the state, and with it the handlers.
    const { onResult, onError } = holder
    return toPromise(run, CONTEXT).then(onResult, onError) as Promise<result>
  }

  override tryExecute<result>(
    run: (context: CallContext) => PromiseLike<result> | result,
    options?: PolicyCallOptions,
  ): Promise<Outcome<result>> {
    if (tracers.hasSubscribers || options?.signal !== undefined || typeof run !== 'function')
      return super.tryExecute(run, options)
    const token = this.admit()
    if (token instanceof LazyRefusal) return Promise.resolve(new RefusedOutcome(token))
    return toPromise(run, CONTEXT).then(
      (value) => {
        this.end(token, true, value)
        return { ok: true, value: value as result }
      },
      (error) => {
        this.end(token, false, error)
        return { ok: false, error, refusal: undefined }
      },
    )
  }

  override tryAcquire(): Permit | Refusal {
    const token = this.admit()
    return token instanceof LazyRefusal ? token : new CircuitPermit(this, token)
  }

  force(state: ForcedState): void {
    const phase = { 'forced-open': FORCED_OPEN, disabled: DISABLED, 'metrics-only': METRICS_ONLY }
    this.become(phase[oneOf('state', state, ['forced-open', 'disabled', 'metrics-only'])], 0)
    this.events.emit({ type: 'circuit:forced', key: this.host?.key, state })
  }

  reset(): void {
    this.close(0)
  }

  explain(): CircuitExplanation {
    this.window?.refresh()
    this.noticeSlowCalls(this.options.clock.coarse()) // may open it
    const { phase, options, untilMs } = this
    const now = options.clock.now()
    const opened = phase === OPEN || phase === HALF_OPEN ? this.opened : undefined
    const numbers = {
      state: this.state,
      sinceMs: now - this.sinceMs,
      retryAfterMs: phase === FORCED_OPEN ? options.openForMs : Math.max(untilMs - now, 0),
      failuresInARow: this.streak,
      latestError: this.latestError,
      calls: opened?.calls ?? this.callsInWindow,
      failures: opened?.failures ?? this.window?.failures ?? 0,
      slowCalls: opened?.slowCalls ?? this.slowCallsInWindow,
      probesUnderWay: phase === HALF_OPEN ? (this.underWay?.count ?? 0) : 0,
      probesSucceeded: this.probesSucceeded,
      probesFailed: this.probesFailed,
    }
    return { ...numbers, reason: toReason(numbers, options, opened) }
  }

  snapshot(): CircuitSnapshot {
    const { phase, options, window } = this
    const isOpen = phase === OPEN || phase === HALF_OPEN
    return {
      version: SNAPSHOT_VERSION,
      state: isOpen ? 'open' : 'closed',
      remainingMs: Math.max(this.untilMs - options.clock.now(), 0),
      openings: this.openings,
      failuresInARow: this.streak,
      window: window === undefined ? null : { calls: options.windowCalls, ms: options.windowMs, marks: window.save() },
    }
  }

  restore(snapshot: CircuitSnapshot): void {
    const { state, remainingMs, openings, failuresInARow, window } = checkSnapshot(snapshot, this.options)
    const { maxOpenForMs, openJitterRatio, rampMs } = this.options
    if (state === 'open')
      this.open('restored', 0, Math.min(remainingMs, maxOpenForMs * (1 + openJitterRatio)), openings)
    else this.close(Math.min(remainingMs, rampMs), openings, failuresInARow, window?.marks)
  }

  measure(): readonly Measurement[] {
    const { counts, options, window } = this
    window?.refresh()
    return [
      ...measureCounts(counts, counts.openMs + this.openSinceMs(options.clock.now())),
      ...measureStates((state) => (state === this.state ? 1 : 0)),
      ...(window === undefined ? [] : this.#measureWindow(window)),
    ]
  }

  #measureWindow({ failures, calls }: Window): readonly Measurement[] {
    const { slowCallsInWindow, callsInWindow } = this
    return [
      gauge('breaker_failure_ratio', 'Share of failures in the window', failures / Math.max(calls, 1)),
      gauge(
        'breaker_slow_call_ratio',
        'Share of slow calls in the window',
        slowCallsInWindow / Math.max(callsInWindow, 1),
      ),
    ]
  }

  /** For permits, which are asked from outside. */
  static end(breaker: Breaker, token: Token, ok: boolean, value: unknown): void {
    breaker.end(token, ok, value)
  }

  /** See {@link end}. */
  static release(breaker: Breaker, token: Token): void {
    breaker.settle(token, 'ignored')
  }

  /** For registries: milliseconds of the present state, if it is one in which calls are refused. */
  static openSinceMs(breaker: Breaker, now: number): number {
    return breaker.openSinceMs(now)
  }

  /** For registries: whether it is open, but would let the next call through. */
  static isDue(breaker: Breaker, now: number): boolean {
    return breaker.phase === OPEN && now >= breaker.untilMs
  }

  protected override become(phase: number, untilMs: number): void {
    super.become(phase, untilMs)
    this.onResult = undefined
  }

  #makeHandlers(holder: Handlers, token: Token): void {
    holder.onResult = (result) => {
      this.end(token, true, result)
      return result
    }
    holder.onError = (error) => {
      this.end(token, false, error)
      throw error
    }
  }
}

/** The third door, straight into the state machine. */
class CircuitPermit implements Permit {
  readonly admitted: true = true
  readonly #breaker: Breaker
  #token: Token | undefined

  constructor(breaker: Breaker, token: Token) {
    this.#breaker = breaker
    this.#token = token
  }

  get signal(): AbortSignal {
    return CONTEXT.signal
  }

  succeed(result?: unknown): void {
    const token = this.#take()
    if (token !== undefined) Breaker.end(this.#breaker, token, true, result)
  }

  fail(error: unknown): undefined {
    const token = this.#take()
    if (token !== undefined) Breaker.end(this.#breaker, token, false, error)
  }

  release(): void {
    const token = this.#take()
    if (token !== undefined) Breaker.release(this.#breaker, token)
  }

  retry(): never {
    throw noAttempt()
  }

  /** Once. */
  #take(): Token | undefined {
    const token = this.#token
    this.#token = undefined
    return token
  }
}
