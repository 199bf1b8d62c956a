import { type Clock, createHistogram, type Emitter, type Histogram } from '@breakwater/core'
import { CheckFailedError, CheckTimeoutError } from '../errors.ts'
import type { HealthEvent } from '../events.ts'
import type { CheckReport, HealthStatus } from '../report.ts'
import { History } from './history.ts'
import { Hysteresis } from './hysteresis.ts'
import type { AddedCheck } from './options.ts'
import { type Outcome, toFailure, toOutcome, toText } from './outcome.ts'
import { Recovery } from './recovery.ts'
import { runWithin } from './run.ts'

/** What a check knows of its health. */
export interface CheckHost {
  readonly clock: Clock
  readonly events: Emitter<HealthEvent>
  /** Aborts when it is closed. */
  readonly signal: AbortSignal
  /** From 0 up to, not including, 1. */
  random(): number
  /** Its status, or the age of what is known, is another one now. */
  onTouch(): void
  /** The status of a check is another one now. */
  onChange(check: Check): void
}

/** Runs of one check that may be under way after their time. */
const MOST_HANGING = 3
/** After so long one that hangs is given up: what never settles must not keep a check from ever being well again. */
const GIVEN_UP_AFTER_MS = 60_000

/** One check, whoever asks for it: its runs, what came of them, and what is done about it. */
export class Check {
  readonly added: AddedCheck
  readonly history: History = new History()
  readonly seconds: Histogram = createHistogram()
  readonly #host: CheckHost
  readonly #hysteresis: Hysteresis
  readonly #recovery: Recovery | undefined
  #flight: Promise<void> | undefined = undefined
  /** Runs that are under way after their time, each with its beginning. */
  readonly #hanging = new Set<{ readonly sinceMs: number }>()
  #outcome: Outcome | undefined = undefined
  /** Why the status is not healthy, which may be older than the last run. */
  #cause: unknown = undefined
  #settledMs = Number.NEGATIVE_INFINITY
  #checkedAt: number | undefined = undefined
  #changedAt: number | undefined = undefined
  #durationMs: number | undefined = undefined
  #blockedBy: string | undefined = undefined
  /** It is no longer blocked, and the first run since has not ended. */
  #isAwaited = false
  /** Counts how often it was blocked: a run that began before decides nothing after. */
  #epoch = 0
  #stopTimer = (): void => {}
  runs = 0
  failures = 0
  /** Whether it was ever well. */
  hasPassed = false

  constructor(added: AddedCheck, host: CheckHost) {
    const { name, failureThreshold, successThreshold, recover } = added
    const { clock, signal, events, random } = host
    this.added = added
    this.#host = host
    this.#hysteresis = new Hysteresis(failureThreshold, successThreshold)
    if (recover !== undefined)
      this.#recovery = new Recovery(recover, {
        name,
        clock,
        signal,
        events,
        history: this.history,
        random,
        probe: () => this.#probe(),
      })
    this.#arm()
  }

  /** `undefined` while nothing is known. */
  get status(): HealthStatus | undefined {
    return this.#blockedBy === undefined && !this.#isAwaited ? this.#hysteresis.status : 'unhealthy'
  }

  get recoveries(): number {
    return this.#recovery?.tries ?? 0
  }

  /**
   * Begins a run if one is due.
   *
   * @param nowMs On the clock.
   * @returns The run to wait for; nothing if what is known is fresh enough.
   */
  refresh(nowMs: number): Promise<void> | undefined {
    const { cacheMs } = this.added
    // A clock may say the same twice: without a cache, nothing is fresh all the same.
    const ageMs = cacheMs === 0 ? Number.POSITIVE_INFINITY : nowMs - this.#settledMs
    if (ageMs < cacheMs / 2 || this.#blockedBy !== undefined || this.#host.signal.aborted) return undefined
    const flight = this.#flight ?? this.#start()
    return ageMs < cacheMs ? undefined : flight
  }

  /** When a run is due, on the clock: at once without a cache, never while it is blocked. */
  get dueMs(): number {
    if (this.#blockedBy !== undefined) return Number.POSITIVE_INFINITY
    const { cacheMs } = this.added
    return cacheMs === 0 ? Number.NEGATIVE_INFINITY : this.#settledMs + cacheMs / 2
  }

  /** Whether it is run anew, as what it depends on is back. */
  get isAwaited(): boolean {
    return this.#isAwaited
  }

  /** The run that is under way. */
  get flight(): Promise<void> | undefined {
    return this.#flight
  }

  /** Something that it depends on is unhealthy. */
  block(by: string): void {
    if (this.#blockedBy === by) return
    const from = this.status
    this.#blockedBy = by
    this.#isAwaited = false
    this.#epoch++
    this.#host.onTouch()
    this.#hysteresis.reset()
    this.#recovery?.end()
    this.#outcome = undefined
    this.#cause = new CheckFailedError(this.added.name, `Because "${by}" is unhealthy`)
    if (from !== 'unhealthy') this.#tell(from, 'unhealthy')
  }

  /** Nothing that it depends on is unhealthy any more: it is run at once, and its result counts at once. */
  unblock(): void {
    const by = this.#blockedBy
    if (by === undefined) return
    this.#blockedBy = undefined
    this.#isAwaited = true
    this.#cause = new CheckFailedError(this.added.name, `It was not run since "${by}" is back`)
    this.#settledMs = Number.NEGATIVE_INFINITY
    this.#host.onTouch()
    if (!this.#host.signal.aborted) void this.#start()
  }

  report(): CheckReport {
    const { name, critical, groups, dependsOn } = this.added
    const { status = 'unhealthy' } = this
    return {
      name,
      status,
      critical,
      groups,
      dependsOn,
      cause: status === 'healthy' ? undefined : toText(this.#cause ?? 'It has not been run yet'),
      data: this.#outcome?.data,
      checkedAt: this.#checkedAt,
      changedAt: this.#changedAt,
      durationMs: this.#durationMs,
      failuresInARow: this.#hysteresis.failuresInARow,
      history: this.history.entries,
    }
  }

  /** No run begins by itself any more. */
  close(): void {
    this.#stopTimer()
  }

  #arm(): void {
    const { intervalMs } = this.added
    if (intervalMs === undefined) return
    this.#stopTimer = this.#host.clock.after(intervalMs, () => {
      if (this.#flight === undefined && this.#blockedBy === undefined) void this.#start()
      this.#arm()
    })
  }

  #start(): Promise<void> {
    const epoch = this.#epoch
    // Later in this turn, so that a check that asks for itself finds this run.
    const flight: Promise<void> = Promise.resolve()
      .then(() => this.#execute(epoch))
      .then(() => {
        if (this.#flight === flight) this.#flight = undefined
      })
    this.#flight = flight
    return flight
  }

  async #execute(epoch: number): Promise<void> {
    const { clock, signal, events } = this.#host
    const { name, run, limitMs } = this.added
    // Blocked before it began.
    if (epoch !== this.#epoch) return
    const startedMs = clock.now()
    for (const one of this.#hanging) if (startedMs - one.sinceMs >= GIVEN_UP_AFTER_MS) this.#hanging.delete(one)
    if (this.#hanging.size >= MOST_HANGING) {
      const cause = new CheckFailedError(
        name,
        `${MOST_HANGING} of its runs hang: no other is begun until one of them ends, or has hung for a minute`,
      )
      return this.#settle(epoch, toFailure(cause), startedMs)
    }
    this.runs++
    const own = { sinceMs: startedMs }
    const ended = await runWithin((stop) => run({ signal: stop, name }), {
      limitMs,
      clock,
      signal,
      toLate: () => new CheckTimeoutError(name, limitMs),
      onLate: () => {
        this.#hanging.add(own)
        if (this.#hanging.size === MOST_HANGING) events.emit({ type: 'check:hung', check: name, runs: MOST_HANGING })
      },
      onReturn: () => {
        this.#hanging.delete(own)
      },
    })
    // After the end nothing is decided any more.
    if (signal.aborted) return
    this.seconds.record((clock.now() - startedMs) / 1_000)
    this.#settle(
      epoch,
      'error' in ended ? toFailure(ended.error ?? nothing(name)) : toOutcome(name, ended.value),
      startedMs,
    )
  }

  #settle(epoch: number, outcome: Outcome, startedMs: number): void {
    const { clock } = this.#host
    if (outcome.status === 'unhealthy') this.failures++
    else this.hasPassed = true
    if (epoch !== this.#epoch) return
    const from = this.status
    this.#settledMs = clock.now()
    this.#checkedAt = clock.epoch()
    this.#durationMs = this.#settledMs - startedMs
    this.#outcome = outcome
    if (outcome.status !== 'healthy') this.#cause = outcome.cause
    this.#isAwaited = false
    const to = this.#hysteresis.settle(outcome.status)
    // Before anybody hears of it, and asks.
    this.#host.onTouch()
    if (to !== from) this.#tell(from, to)
    if (to === 'unhealthy') this.#recovery?.begin(this.#cause)
    else this.#recovery?.end()
  }

  #tell(from: HealthStatus | undefined, to: HealthStatus): void {
    const { clock, events } = this.#host
    const cause = to === 'healthy' ? undefined : this.#cause
    this.#changedAt = clock.epoch()
    const text = cause === undefined ? undefined : toText(cause)
    this.history.add({ at: this.#changedAt, what: 'changed', from, to, cause: text })
    events.emit({ type: 'check:changed', check: this.added.name, from, to, cause })
    this.#host.onChange(this)
  }

  /** Runs it at once, as often as it takes to be well. */
  async #probe(): Promise<boolean> {
    // One that is under way began before whatever was done.
    await this.#flight
    for (let run = 0; run < this.added.successThreshold; run++) {
      if (this.#blockedBy !== undefined || this.#host.signal.aborted) return false
      await (this.#flight ?? this.#start())
      if (this.#outcome?.status === 'unhealthy') return false
    }
    return this.status !== 'unhealthy'
  }
}

/** The cause of a run that threw none. */
function nothing(name: string): CheckFailedError {
  return new CheckFailedError(name, 'It failed without an error')
}
