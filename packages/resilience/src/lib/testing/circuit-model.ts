import type { CircuitExplanation } from '../circuit-breaker/explain.ts'
import {
  type CircuitBreakerOptions,
  type ResolvedCircuitBreakerOptions,
  resolveCircuitBreakerOptions,
  type Verdict,
} from '../circuit-breaker/options.ts'
import type { CircuitSnapshot } from '../circuit-breaker/snapshot.ts'
import type { CircuitState, ForcedState } from '../circuit-breaker/states.ts'
import type { CircuitOpened, ResilienceEvent } from '../events.ts'
import { CircuitLedger, isFailed, isSlow, isUnderWay, type ModelCall, STEPS_OF_A_WINDOW } from './circuit-ledger.ts'

/** How a call that the model let in ended. `'aborted'`: its caller gave it up. */
export type ModelEnding = { readonly ok: boolean; readonly value: unknown } | 'aborted'

/** Whether the model lets a call in. */
export type ModelAdmission =
  | { readonly admitted: true; readonly call: ModelCall }
  | { readonly admitted: false; readonly retryAfterMs: number }

/** What the model counted. */
export interface ModelCounts {
  /** Calls let in, by how they ended. */
  readonly calls: Readonly<Record<Verdict | 'late', number>>
  /** Calls refused. */
  readonly refused: number
  /** Times it opened. */
  readonly opened: number
  /** Probes that took too long. */
  readonly expiredProbes: number
  /** Milliseconds spent in states that refuse calls. */
  readonly openMs: number
}

/**
 * The reference model of the circuit breaker: what `createCircuitBreaker` does, without promises and as plainly as
 * possible. It keeps every call and every change for ever, and works out each number anew by looking through them.
 */
export interface CircuitModel {
  /** The options as they hold; `Infinity` is off. */
  readonly options: ResolvedCircuitBreakerOptions
  /** The state that it is in. */
  readonly state: CircuitState
  /** Everything it told. */
  readonly events: readonly ResilienceEvent[]
  /**
   * Hears events as they are told.
   *
   * @param listener Called with each.
   */
  subscribe(listener: (event: ResilienceEvent) => void): void
  /** Somebody wants to make a call. */
  admit(): ModelAdmission
  /**
   * A call that was let in ended.
   *
   * @param call Which one.
   * @param ending How.
   */
  end(call: ModelCall, ending: ModelEnding): void
  /**
   * Whether the end of a call would say nothing any more.
   *
   * @param call Which one.
   */
  isLate(call: ModelCall): boolean
  /** Calls under way that were let in in the present state. */
  readonly callsUnderWay: number
  /** Probes under way. */
  readonly probesUnderWay: readonly ModelCall[]
  /** Whether there is room for another probe. */
  readonly hasPlace: boolean
  /** Milliseconds until an open circuit lets probes through, or until a ramp ends. */
  readonly waitMs: number
  /** Milliseconds until each of the limits that time is about to reach. */
  readonly limitsMs: readonly number[]
  /** Calls that it looks at: those in its window. */
  readonly windowSize: number
  /** As the circuit breaker's. */
  force(state: ForcedState): void
  /** As the circuit breaker's. */
  reset(): void
  /** As the circuit breaker's, without the words. */
  explain(): Omit<CircuitExplanation, 'reason'>
  /** As the circuit breaker's. */
  snapshot(): CircuitSnapshot
  /** As the circuit breaker's, for a snapshot that is right. */
  restore(snapshot: CircuitSnapshot): void
  /** What it counted. */
  count(): ModelCounts
}

/**
 * Creates the reference model of a circuit breaker.
 *
 * @param options Those of the circuit breaker. Give it a clock that stands still until it is moved.
 * @throws {TypeError | RangeError} If an option is wrong, naming it.
 */
export function createCircuitModel(options: CircuitBreakerOptions): CircuitModel {
  const resolved = resolveCircuitBreakerOptions(options)
  return new Model({
    ...resolved,
    // What is off can never be reached.
    failureThreshold: resolved.failureThreshold || Infinity,
    failureRatio: resolved.failureRatio || Infinity,
    slowCallRatio: resolved.slowCallRatio || Infinity,
    slowCallMs: resolved.slowCallMs || Infinity,
  })
}

const REFUSALS: readonly unknown[] = ['ERR_CIRCUIT_OPEN', 'ERR_BULKHEAD_FULL', 'ERR_LIMIT_REACHED']
const LEAST_SHARE_OF_A_RAMP = 0.1

class Model extends CircuitLedger implements CircuitModel {
  readonly events: ResilienceEvent[] = []
  readonly #listeners: ((event: ResilienceEvent) => void)[] = []
  #openings = 0
  #refused = 0
  #credit = 0
  #latestError: unknown = undefined

  subscribe(listener: (event: ResilienceEvent) => void): void {
    this.#listeners.push(listener)
  }

  admit(): ModelAdmission {
    const { options, state, current } = this
    const now = options.clock.now()
    if (state === 'forced-open') return this.#refuse(options.openForMs)
    if (state === 'open') {
      if (now < current.untilMs) return this.#refuse(current.untilMs - now)
      this.#change('half-open', 0)
      this.#tell({ type: 'circuit:half-opened' })
      return this.admit()
    }
    if (state === 'half-open') {
      for (const probe of this.probesUnderWay) {
        if (now - probe.startedAtMs < Math.min(options.slowCallMs, options.probeLeaseMs)) continue
        probe.lease = options.slowCallMs <= options.probeLeaseMs ? 'failed' : 'expired'
        if (probe.lease === 'failed') this.#judgeProbes()
        if (current !== this.current) return this.admit()
      }
      return this.hasPlace ? this.#letIn() : this.#refuse(0)
    }
    if (state === 'closed' && now < current.untilMs) {
      const leftMs = current.untilMs - now
      this.#credit += Math.max(LEAST_SHARE_OF_A_RAMP, 1 - leftMs / options.rampMs)
      if (this.#credit < 1) return this.#refuse(leftMs)
      this.#credit -= 1
    }
    this.#noticeOverdue()
    return this.state === state ? this.#letIn() : this.admit()
  }

  end(call: ModelCall, ending: ModelEnding): void {
    const verdict = ending === 'aborted' ? 'ignored' : this.#classify(ending)
    call.endedAtMs = this.options.clock.now()
    const isLateSuccess = call.epoch === this.epoch && call.lease === 'expired' && verdict === 'success'
    call.verdict = this.isLate(call) && !(isLateSuccess && !this.isSlow(call)) ? 'late' : verdict
    if (call.verdict === 'late' || verdict === 'ignored') return
    if (verdict === 'failure') this.#latestError = ending === 'aborted' || ending.ok ? undefined : ending.value
    if (this.state === 'half-open') return this.#judgeProbes()
    if (this.state === 'disabled') return
    this.#mark(verdict === 'failure', this.isSlow(call), this.step, false)
    this.#judge()
  }

  force(state: ForcedState): void {
    this.#change(state, 0)
    this.#tell({ type: 'circuit:forced', state })
  }

  reset(): void {
    this.#close(0)
  }

  explain(): Omit<CircuitExplanation, 'reason'> {
    this.#noticeOverdue()
    const { options, state, current } = this
    const now = options.clock.now()
    const isOpen = state === 'open' || state === 'half-open'
    const opened = isOpen ? this.events.findLast((event) => event.type === 'circuit:opened') : undefined
    return {
      state,
      sinceMs: now - current.atMs,
      retryAfterMs: state === 'forced-open' ? options.openForMs : this.waitMs,
      failuresInARow: this.streak,
      latestError: this.#latestError,
      calls: opened?.calls ?? this.window.length + this.overdue,
      failures: opened?.failures ?? this.failures,
      slowCalls: opened?.slowCalls ?? this.slowCalls + this.overdue,
      probesUnderWay: this.probesUnderWay.length,
      probesSucceeded: this.probesSucceeded,
      probesFailed: this.probesFailed,
    }
  }

  snapshot(): CircuitSnapshot {
    const { state } = this
    const { windowCalls, windowMs } = this.options
    const marks =
      windowMs > 0
        ? Array.from({ length: STEPS_OF_A_WINDOW }, (_, index) => {
            const step = this.step - STEPS_OF_A_WINDOW + 1 + index
            const inStep = this.window.filter((mark) => mark.step === step)
            return [inStep.length, inStep.filter(isFailed).length, inStep.filter(isSlow).length]
          }).flat()
        : this.window.map((mark) => (mark.isFailed ? 1 : 0) + (mark.isSlow ? 2 : 0))
    return {
      version: 1,
      state: state === 'open' || state === 'half-open' ? 'open' : 'closed',
      remainingMs: this.waitMs,
      openings: this.#openings,
      failuresInARow: this.streak,
      window: windowCalls > 0 || windowMs > 0 ? { calls: windowCalls, ms: windowMs, marks } : null,
    }
  }

  restore({ state, remainingMs, openings, failuresInARow, window }: CircuitSnapshot): void {
    const { maxOpenForMs, openJitterRatio, rampMs } = this.options
    const longestMs = state === 'open' ? maxOpenForMs * (1 + openJitterRatio) : rampMs
    const leftMs = Math.min(remainingMs, longestMs)
    if (state === 'open') this.#open('restored', 0, leftMs, openings)
    else
      this.#close(leftMs, () => {
        this.#openings = openings
        this.restoredStreak = failuresInARow
        if (window !== null) this.#restoreMarks(window.marks)
      })
  }

  count(): ModelCounts {
    const ended = (verdict: Verdict | 'late'): number => this.calls.filter((call) => call.verdict === verdict).length
    const now = this.options.clock.now()
    return {
      calls: { success: ended('success'), failure: ended('failure'), ignored: ended('ignored'), late: ended('late') },
      refused: this.#refused,
      opened: this.events.filter((event) => event.type === 'circuit:opened').length,
      expiredProbes: this.calls.filter((call) => call.lease !== 'held').length,
      openMs: this.changes.reduce((sum, { state, atMs }, index) => {
        const isShut = state === 'open' || state === 'half-open' || state === 'forced-open'
        return isShut ? sum + (this.changes[index + 1]?.atMs ?? now) - atMs : sum
      }, 0),
    }
  }

  #letIn(): ModelAdmission {
    const call: ModelCall = {
      epoch: this.epoch,
      startedAtMs: this.options.clock.now(),
      endedAtMs: undefined,
      verdict: undefined,
      isOverdue: false,
      lease: 'held',
    }
    this.calls.push(call)
    return { admitted: true, call }
  }

  #refuse(retryAfterMs: number): ModelAdmission {
    this.#refused++
    return { admitted: false, retryAfterMs }
  }

  #mark(isFailed: boolean, isSlow: boolean, step: number, isRestored: boolean): void {
    this.marks.push({ epoch: this.epoch, isFailed, isSlow, step, isRestored })
  }

  #noticeOverdue(): void {
    const { clock, slowCallMs } = this.options
    if (this.state !== 'closed' && this.state !== 'metrics-only') return
    const unnoticed = this.present.filter(
      (call) => isUnderWay(call) && !call.isOverdue && clock.now() - call.startedAtMs >= slowCallMs,
    )
    for (const call of unnoticed) call.isOverdue = true
    if (unnoticed.length > 0) this.#judge()
  }

  #judge(): void {
    const { failureThreshold, failureRatio, slowCallRatio, minimumCalls } = this.options
    if (this.state !== 'closed') return
    const calls = this.window.length
    const callsWithOverdue = calls + this.overdue
    if (this.streak >= failureThreshold) this.#open('failures-in-a-row', this.streak)
    else if (calls >= minimumCalls && this.failures / calls >= failureRatio) this.#open('failure-ratio', this.failures)
    else if (callsWithOverdue >= minimumCalls && (this.slowCalls + this.overdue) / callsWithOverdue >= slowCallRatio)
      this.#open('slow-call-ratio', this.failures)
  }

  #judgeProbes(): void {
    const { probes, probesToClose, rampMs } = this.options
    if (this.probesSucceeded >= probesToClose) this.#close(rampMs)
    else if (this.probesFailed > probes - probesToClose) this.#open('probes-failed', this.probesFailed)
  }

  #open(cause: CircuitOpened['cause'], failures: number, leftMs?: number, openings = this.#openings + 1): void {
    const { epoch } = this
    const retryAfterMs = leftMs ?? this.#nextOpenMs()
    if (epoch !== this.epoch) return // by a listener that heard of a broken source of jitter
    if (cause === 'restored') this.#latestError = undefined
    const latestError = this.#latestError
    const calls = this.window.length + this.overdue
    const slowCalls = this.slowCalls + this.overdue
    this.#openings = openings
    this.#change('open', this.options.clock.now() + retryAfterMs)
    this.#tell({ type: 'circuit:opened', cause, failures, calls, slowCalls, latestError, retryAfterMs })
  }

  /** What is to be known in the new state is there before anybody hears of it. */
  #close(rampMs: number, prepare: () => void = () => {}): void {
    const wasClosed = this.state === 'closed'
    this.#openings = 0
    this.#change('closed', rampMs > 0 ? this.options.clock.now() + rampMs : 0)
    prepare()
    if (!wasClosed) this.#tell({ type: 'circuit:closed' })
  }

  #change(state: CircuitState, untilMs: number): void {
    this.changes.push({ state, atMs: this.options.clock.now(), untilMs })
    this.restoredStreak = 0
    if (state !== 'open' && state !== 'half-open') this.#latestError = undefined
    this.#credit = 1 - LEAST_SHARE_OF_A_RAMP
  }

  #restoreMarks(marks: readonly number[]): void {
    if (this.options.windowMs === 0) {
      for (const mark of marks) this.#mark(mark % 2 === 1, mark >= 2, 0, true)
      return
    }
    for (let index = 0; index < STEPS_OF_A_WINDOW; index++) {
      const [calls = 0, failures = 0, slowCalls = 0] = marks.slice(index * 3, index * 3 + 3)
      const step = this.step - STEPS_OF_A_WINDOW + 1 + index
      for (let call = 0; call < calls; call++) this.#mark(call < failures, call < slowCalls, step, true)
    }
  }

  #nextOpenMs(): number {
    const { openForMs, openBackoffFactor, maxOpenForMs, openJitterRatio, random } = this.options
    const ms = Math.min(openForMs * openBackoffFactor ** this.#openings, maxOpenForMs)
    const dice = openJitterRatio === 0 ? 0 : this.#ask(random, 0)
    return ms * (1 + openJitterRatio * (dice >= 0 && dice < 1 ? dice : 0))
  }

  #classify({ ok, value }: { readonly ok: boolean; readonly value: unknown }): Verdict {
    const { classifyResult, classifyError } = this.options
    if (!ok && isRefusal(value)) return 'ignored'
    const otherwise = ok ? 'success' : 'failure'
    const classify = ok ? classifyResult : classifyError
    const verdict = classify === undefined ? otherwise : this.#ask(() => classify(value), otherwise)
    return ['success', 'failure', 'ignored'].includes(verdict) ? verdict : otherwise
  }

  #ask<answer>(ask: () => answer, otherwise: answer): answer {
    try {
      return ask()
    } catch (error) {
      this.#tell({ type: 'filter:failed', error })
      return otherwise
    }
  }

  #tell(event: ResilienceEvent): void {
    this.events.push(event)
    for (const listener of this.#listeners) listener(event)
  }
}

function isRefusal(error: unknown): boolean {
  try {
    return REFUSALS.includes((error as { code?: unknown } | null | undefined)?.code)
  } catch {
    return false
  }
}
