import type { Emitter } from '@breakwater/core'
import { StagedPolicy } from '../doors.ts'
import { CircuitOpenError, isRefusalError } from '../errors.ts'
import type { CircuitOpened, ResilienceEvent } from '../events.ts'
import type { Refusal } from '../policy.ts'
import { LazyRefusal } from '../refusal.ts'
import type { OngoingCall, Stage } from '../stage.ts'
import { CircuitCounts } from './counts.ts'
import type { CircuitHost } from './host.ts'
import type { ResolvedCircuitBreakerOptions, Verdict } from './options.ts'
import { CLOSED, DISABLED, FORCED_OPEN, HALF_OPEN, METRICS_ONLY, OPEN } from './states.ts'
import { CallsUnderWay, type CallUnderWay } from './under-way.ts'
import { CountWindow, FAILED, SLOW, TimeWindow, type Window } from './window.ts'

/** What a call that was let in holds until it ends: the epoch it belongs to, or itself where time matters. */
export type Token = number | CallUnderWay

/** The share of calls that a ramp begins with. */
const RAMP_FROM = 0.1

/**
 * The state machine. Three steps, none of which waits for anything: `admit` lets a call in or refuses it, `settle` takes its
 * end into account, and `become` changes the state.
 */
export abstract class Circuit extends StagedPolicy implements Stage {
  protected readonly options: ResolvedCircuitBreakerOptions
  protected readonly host: CircuitHost | undefined
  protected readonly counts: CircuitCounts
  protected phase: number = CLOSED
  /** Counts states. A call that outlives the state it was let in must not decide the next one. */
  protected epoch = 1
  protected sinceMs: number
  /** Whether a call costs no more than its count: nobody has to look at the clock. */
  protected isPlain: boolean
  protected streak = 0
  protected readonly window: Window | undefined
  protected underWay: CallsUnderWay | undefined = undefined
  /** Of an open circuit: when probes are let through. Of a closed one: when its ramp ends, `0` without one. */
  protected untilMs = 0
  /** Times that it opened since it was closed. */
  protected openings = 0
  protected opened: CircuitOpened | undefined = undefined
  /** What the latest failure threw, kept while it matters. */
  protected latestError: unknown = undefined
  /** What a ramp has saved up for the next call. */
  #credit = 0

  constructor(options: ResolvedCircuitBreakerOptions, host?: CircuitHost) {
    super(options.name)
    const { windowCalls, windowMs, clock } = options
    this.options = options
    this.host = host
    this.counts = host === undefined ? new CircuitCounts() : host.counts
    this.sinceMs = clock.now()
    this.window =
      windowMs > 0 ? new TimeWindow(windowMs, clock) : windowCalls > 0 ? new CountWindow(windowCalls) : undefined
    this.isPlain = options.slowCallMs === 0
  }

  // Getters, as there may be tens of thousands of circuits.
  get kind(): string {
    return 'breaker'
  }

  get stages(): readonly Stage[] {
    return [this]
  }

  enter(call: OngoingCall, slot: number): Refusal | undefined {
    const token = this.admit()
    if (token instanceof LazyRefusal) return token
    call.tokens[slot] = token
    return undefined
  }

  leave(call: OngoingCall, slot: number): undefined {
    const token = call.tokens[slot] as Token
    if (call.abandoned || call.refusal !== undefined) this.settle(token, 'ignored')
    else this.end(token, call.ok, call.value)
  }

  protected override get events(): Emitter<ResilienceEvent> {
    return this.host === undefined ? super.events : this.host.events
  }

  protected admit(): Token | LazyRefusal {
    const { phase, options } = this
    if (phase === CLOSED || phase === METRICS_ONLY) {
      if (this.isPlain) return this.epoch
      if (this.untilMs > 0) {
        const leftMs = this.#climb()
        if (leftMs > 0) return this.#refuse(leftMs)
      }
      if (options.slowCallMs === 0) return this.epoch
      const now = options.clock.coarse()
      if (this.underWay?.isLate(now - options.slowCallMs)) {
        this.noticeSlowCalls(now)
        if (this.phase !== phase) return this.admit()
      }
      return this.#start(now)
    }
    if (phase === DISABLED) return this.epoch
    if (phase === FORCED_OPEN) return this.#refuse(options.openForMs)
    const now = options.clock.now()
    if (phase === OPEN) {
      if (now < this.untilMs) return this.#refuse(this.untilMs - now)
      this.become(HALF_OPEN, 0)
      this.events.emit({ type: 'circuit:half-opened', key: this.host?.key })
      return this.admit()
    }
    this.#endProbesThatTakeTooLong(now)
    if (this.phase !== phase) return this.admit()
    const places = options.probes - this.probesSucceeded - this.probesFailed - (this.underWay?.count ?? 0)
    return places > 0 ? this.#start(now) : this.#refuse(0)
  }

  /** A call returned or threw this. Once for each token. */
  protected end(token: Token, ok: boolean, value: unknown): void {
    if (!ok || this.options.classifyResult !== undefined)
      this.settle(token, this.classify(ok, value), ok ? undefined : value)
    else if (typeof token === 'number') this.succeed(token)
    else this.succeedUnderWay(token)
  }

  /** Takes the end of a call into account. Once for each token. */
  protected settle(token: Token, verdict: Verdict, error?: unknown): void {
    const { counts, phase } = this
    const { slowCallMs } = this.options
    let isSlow = false
    if (typeof token === 'number') {
      if (token !== this.epoch) return void counts.late++
    } else {
      const isPresent = token.epoch === this.epoch
      isSlow = slowCallMs > 0 && this.#time() - token.startedAtMs >= slowCallMs
      // A probe that outlived its lease shows by its success that what was called works. Its failure is old news.
      const isLate = !isPresent || (token.isGone && (isSlow || verdict !== 'success'))
      if (isPresent && !token.isGone) this.underWay?.end(token)
      this.underWay?.recycle(token)
      if (isLate) return void counts.late++
    }
    if (verdict === 'ignored') return void counts.ignored++
    const isFailed = verdict === 'failure'
    if (isFailed) {
      counts.failed++
      this.latestError = error
    } else counts.succeeded++
    if (phase === HALF_OPEN) this.#countProbe(isFailed || isSlow)
    else if (phase !== DISABLED) {
      this.streak = isFailed ? this.streak + 1 : 0
      this.window?.add((isFailed ? FAILED : 0) + (isSlow ? SLOW : 0))
      this.#judge()
    }
  }

  /** Does what `settle` does with a success, in fewer steps where nearly all calls are: in a closed circuit. */
  protected succeed(epoch: number): void {
    if (this.phase !== CLOSED || epoch !== this.epoch) return this.settle(epoch, 'success')
    this.counts.succeeded++
    this.streak = 0
    if (this.window === undefined) return
    this.window.add(0)
    if (this.window.failures > 0) this.#judge()
  }

  /** The same where the time of a call matters. */
  protected succeedUnderWay(call: CallUnderWay): void {
    const { underWay, window, options } = this
    if (this.phase !== CLOSED || call.epoch !== this.epoch || underWay === undefined || window === undefined)
      return this.settle(call, 'success')
    const isSlow = options.clock.coarse() - call.startedAtMs >= options.slowCallMs
    underWay.end(call)
    underWay.recycle(call)
    this.counts.succeeded++
    this.streak = 0
    window.add(isSlow ? SLOW : 0)
    if (window.failures + window.slowCalls + underWay.overdue > 0) this.#judge()
  }

  /** What the end of a call says. Functions among the options may throw, or call this very circuit breaker. */
  protected classify(ok: boolean, value: unknown): Verdict {
    const { classifyResult, classifyError } = this.options
    if (ok) return classifyResult === undefined ? 'success' : this.#ask(classifyResult, value, 'success')
    if (isRefusalError(value)) return 'ignored'
    return classifyError === undefined ? 'failure' : this.#ask(classifyError, value, 'failure')
  }

  /** Changes the state: whatever was let in before is late from now on. */
  protected become(phase: number, untilMs: number): void {
    const now = this.options.clock.now()
    this.counts.openMs += this.openSinceMs(now)
    this.phase = phase
    this.sinceMs = now
    this.untilMs = untilMs
    this.epoch++
    this.streak = 0
    this.window?.clear()
    this.underWay?.clear()
    if (phase !== OPEN && phase !== HALF_OPEN) this.latestError = undefined
    this.#credit = 1 - RAMP_FROM
    this.isPlain =
      phase === DISABLED ||
      ((phase === CLOSED || phase === METRICS_ONLY) && untilMs === 0 && this.options.slowCallMs === 0)
    this.host?.onChange()
  }

  protected open(
    cause: CircuitOpened['cause'],
    failures: number,
    leftMs?: number,
    openings: number = this.openings + 1,
  ): void {
    const { epoch } = this
    const forMs = leftMs ?? this.#nextOpenMs()
    if (epoch !== this.epoch) return // by a listener that heard of a broken source of jitter
    if (cause === 'restored') this.latestError = undefined
    this.window?.refresh()
    const opened: CircuitOpened = {
      type: 'circuit:opened',
      key: this.host?.key,
      cause,
      failures,
      calls: this.callsInWindow,
      slowCalls: this.slowCallsInWindow,
      latestError: this.latestError,
      retryAfterMs: forMs,
    }
    this.opened = opened
    this.openings = openings
    this.counts.opened++
    this.become(OPEN, this.options.clock.now() + forMs)
    this.events.emit(opened)
  }

  /** All that it is to know, for listeners may look at it at once. */
  protected close(rampMs: number, openings = 0, streak = 0, marks?: readonly number[]): void {
    const wasClosed = this.phase === CLOSED
    this.openings = openings
    this.become(CLOSED, rampMs > 0 ? this.options.clock.now() + rampMs : 0)
    this.streak = streak
    if (marks !== undefined) this.window?.load(marks)
    if (!wasClosed) this.events.emit({ type: 'circuit:closed', key: this.host?.key })
  }

  /** Those that are still under way past the limit. */
  protected noticeSlowCalls(now: number): void {
    const { slowCallMs } = this.options
    const calls = this.underWay
    if (calls === undefined || slowCallMs === 0 || (this.phase !== CLOSED && this.phase !== METRICS_ONLY)) return
    let isNew = false
    while (calls.noticeBefore(now - slowCallMs)) isNew = true
    if (isNew) this.#judge()
  }

  /** Milliseconds of the present state, if it is one in which calls are refused. */
  protected openSinceMs(now: number): number {
    return this.phase === OPEN || this.phase === HALF_OPEN || this.phase === FORCED_OPEN ? now - this.sinceMs : 0
  }

  protected get probesSucceeded(): number {
    return this.underWay?.succeeded ?? 0
  }

  protected get probesFailed(): number {
    return this.underWay?.failed ?? 0
  }

  protected get callsInWindow(): number {
    return (this.window?.calls ?? 0) + (this.underWay?.overdue ?? 0)
  }

  protected get slowCallsInWindow(): number {
    return (this.window?.slowCalls ?? 0) + (this.underWay?.overdue ?? 0)
  }

  #refuse(retryAfterMs: number): LazyRefusal {
    this.counts.refused++
    const label = this.host === undefined ? this.name : `${this.name}:${this.host.key}`
    return new LazyRefusal(label, retryAfterMs, CircuitOpenError)
  }

  #start(startedAtMs: number): CallUnderWay {
    this.underWay ??= new CallsUnderWay()
    return this.underWay.start(this.epoch, startedAtMs)
  }

  /** Only probes are so few that they may read the exact clock. */
  #time(): number {
    return this.phase === HALF_OPEN ? this.options.clock.now() : this.options.clock.coarse()
  }

  /** The ramp: each call saves up the share that is let through, and one that has saved up enough goes. */
  #climb(): number {
    const leftMs = this.untilMs - this.options.clock.now()
    if (leftMs <= 0) {
      this.untilMs = 0
      this.isPlain = this.options.slowCallMs === 0
      return 0
    }
    this.#credit += Math.max(RAMP_FROM, 1 - leftMs / this.options.rampMs)
    if (this.#credit < 1) return leftMs
    this.#credit--
    return 0
  }

  #judge(): void {
    const { window, options } = this
    if (this.phase !== CLOSED) return
    if (options.failureThreshold > 0 && this.streak >= options.failureThreshold)
      return this.open('failures-in-a-row', this.streak)
    if (window === undefined) return
    const { minimumCalls, failureRatio, slowCallRatio } = options
    // Nearly always, and it saves a look at the rest.
    if (window.failures === 0 && (slowCallRatio === 0 || this.slowCallsInWindow === 0)) return
    window.refresh()
    const { calls, failures } = window
    if (failureRatio > 0 && calls >= minimumCalls && failures / calls >= failureRatio)
      return this.open('failure-ratio', failures)
    if (slowCallRatio === 0) return
    const { callsInWindow, slowCallsInWindow } = this
    if (callsInWindow >= minimumCalls && slowCallsInWindow / callsInWindow >= slowCallRatio)
      this.open('slow-call-ratio', failures)
  }

  #countProbe(isFailed: boolean): void {
    const { probes, probesToClose, rampMs } = this.options
    const calls = this.underWay as CallsUnderWay // a probe is one of them
    if (isFailed) calls.failed++
    else calls.succeeded++
    if (this.probesSucceeded >= probesToClose) this.close(rampMs)
    else if (this.probesFailed > probes - probesToClose) this.open('probes-failed', this.probesFailed)
  }

  /** One that is slow has failed; one that outlives its lease gives its place to another and says nothing. */
  #endProbesThatTakeTooLong(now: number): void {
    const { slowCallMs, probeLeaseMs } = this.options
    const { epoch } = this
    const isSlowFirst = slowCallMs > 0 && slowCallMs <= probeLeaseMs
    const takesTooLong = () => this.underWay?.noticeBefore(now - (isSlowFirst ? slowCallMs : probeLeaseMs))
    for (let probe = takesTooLong(); probe !== undefined; probe = takesTooLong()) {
      this.underWay?.end(probe)
      this.counts.expiredProbes++
      if (isSlowFirst) this.#countProbe(true)
      if (this.epoch !== epoch) return
    }
  }

  #nextOpenMs(): number {
    const { openForMs, openBackoffFactor, maxOpenForMs, openJitterRatio, random } = this.options
    const ms = Math.min(openForMs * openBackoffFactor ** this.openings, maxOpenForMs)
    if (openJitterRatio === 0) return ms
    const dice = this.guard(random, 0)
    return ms * (1 + openJitterRatio * (dice >= 0 && dice < 1 ? dice : 0))
  }

  #ask(classify: (value: unknown) => Verdict, value: unknown, otherwise: Verdict): Verdict {
    const verdict = this.guard(() => classify(value), otherwise)
    return verdict === 'success' || verdict === 'failure' || verdict === 'ignored' ? verdict : otherwise
  }
}
