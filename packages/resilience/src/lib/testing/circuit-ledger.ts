import type { ResolvedCircuitBreakerOptions, Verdict } from '../circuit-breaker/options.ts'
import type { CircuitState } from '../circuit-breaker/states.ts'

/** A call that the model let in. */
export interface ModelCall {
  /** Which state it belongs to: the number of changes before it. */
  readonly epoch: number
  /** When it was let in, by the clock. */
  readonly startedAtMs: number
  /** When it ended. */
  endedAtMs: number | undefined
  /** What its end said. `late`: nothing any more. */
  verdict: Verdict | 'late' | undefined
  /** Whether it was noticed to be under way for longer than `slowCallMs`. */
  isOverdue: boolean
  /** What became of a probe that took too long: it failed, or its place went to another. */
  lease: 'held' | 'failed' | 'expired'
}

/** A state, from when on, and until when if it says so. */
interface Change {
  readonly state: CircuitState
  readonly atMs: number
  /** Of an open circuit: when probes are let through. Of a closed one: when its ramp ends. */
  readonly untilMs: number
}

/** A call in the window. */
interface Mark {
  readonly epoch: number
  readonly isFailed: boolean
  readonly isSlow: boolean
  /** In which step of a time window it ended. */
  readonly step: number
  /** From a snapshot: it counts in the window, and not for failures in a row. */
  readonly isRestored: boolean
}

/** Steps of a time window. */
export const STEPS_OF_A_WINDOW = 10

/** All that ever happened to a circuit breaker, and the numbers that follow from it: worked out anew at each reading. */
export abstract class CircuitLedger {
  readonly options: ResolvedCircuitBreakerOptions
  protected readonly changes: Change[]
  protected readonly calls: ModelCall[] = []
  protected readonly marks: Mark[] = []
  /** Failures in a row that a snapshot brought into the present state. */
  protected restoredStreak = 0

  constructor(options: ResolvedCircuitBreakerOptions) {
    this.options = options
    this.changes = [{ state: 'closed', atMs: options.clock.now(), untilMs: 0 }]
  }

  get state(): CircuitState {
    return this.current.state
  }

  get waitMs(): number {
    return Math.max(this.current.untilMs - this.options.clock.now(), 0)
  }

  get windowSize(): number {
    return this.window.length
  }

  get callsUnderWay(): number {
    return this.present.filter(isUnderWay).length
  }

  get probesUnderWay(): readonly ModelCall[] {
    return this.state === 'half-open' ? this.present.filter((call) => isUnderWay(call) && call.lease === 'held') : []
  }

  get hasPlace(): boolean {
    return this.probesUnderWay.length + this.probesSucceeded + this.probesFailed < this.options.probes
  }

  get limitsMs(): readonly number[] {
    const { slowCallMs, probeLeaseMs, windowMs, clock } = this.options
    const now = clock.now()
    const calls = this.present
      .filter(isUnderWay)
      .flatMap(({ startedAtMs }) => [
        startedAtMs + slowCallMs - now,
        ...(this.state === 'half-open' ? [startedAtMs + probeLeaseMs - now] : []),
      ])
    const stepMs = windowMs / STEPS_OF_A_WINDOW
    const window = windowMs > 0 ? [(this.step + 1) * stepMs - now, windowMs] : []
    return [this.waitMs, ...calls, ...window].filter((ms) => ms > 0 && ms < Infinity)
  }

  isLate(call: ModelCall): boolean {
    return call.epoch !== this.epoch || call.lease !== 'held'
  }

  protected get current(): Change {
    return this.changes[this.changes.length - 1] as Change
  }

  protected get epoch(): number {
    return this.changes.length
  }

  /** Calls let in in the present state. */
  protected get present(): readonly ModelCall[] {
    return this.calls.filter((call) => call.epoch === this.epoch)
  }

  protected get step(): number {
    const { windowMs, clock } = this.options
    return windowMs > 0 ? Math.floor(clock.now() / (windowMs / STEPS_OF_A_WINDOW)) : 0
  }

  protected get window(): readonly Mark[] {
    const { windowCalls, windowMs } = this.options
    const marks = this.marks.filter((mark) => mark.epoch === this.epoch)
    if (windowMs > 0) return marks.filter((mark) => mark.step > this.step - STEPS_OF_A_WINDOW)
    return windowCalls > 0 ? marks.slice(-windowCalls) : []
  }

  protected get failures(): number {
    return this.window.filter(isFailed).length
  }

  protected get slowCalls(): number {
    return this.window.filter(isSlow).length
  }

  protected get streak(): number {
    const marks = this.marks.filter((mark) => mark.epoch === this.epoch && !mark.isRestored)
    const lastGood = marks.findLastIndex((mark) => !mark.isFailed)
    return marks.length - 1 - lastGood + (lastGood === -1 ? this.restoredStreak : 0)
  }

  protected get overdue(): number {
    return this.present.filter((call) => isUnderWay(call) && call.isOverdue).length
  }

  protected get probesSucceeded(): number {
    if (this.state !== 'half-open') return 0
    return this.present.filter((call) => call.verdict === 'success' && !this.isSlow(call)).length
  }

  protected get probesFailed(): number {
    if (this.state !== 'half-open') return 0
    return this.present.filter(
      (call) =>
        call.lease === 'failed' || call.verdict === 'failure' || (call.verdict === 'success' && this.isSlow(call)),
    ).length
  }

  protected isSlow(call: ModelCall): boolean {
    return call.endedAtMs !== undefined && call.endedAtMs - call.startedAtMs >= this.options.slowCallMs
  }
}

/** For filters. */
export function isUnderWay(call: ModelCall): boolean {
  return call.endedAtMs === undefined
}

/** For filters. */
export function isFailed(mark: Mark): boolean {
  return mark.isFailed
}

/** For filters. */
export function isSlow(mark: Mark): boolean {
  return mark.isSlow
}
