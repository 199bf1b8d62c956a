import { setMaxListeners } from 'node:events'
import { createEmitter, type Emitter, type Measured, type Measurement, type Observable } from '@breakwater/core'
import { Drains } from './drain/drains.ts'
import { runDrains } from './drain/run-drains.ts'
import type { Drainable } from './drain/to-drain.ts'
import { isShutdownStartedError, ShutdownStartedError } from './errors.ts'
import { SHUTDOWN_CHANNEL, type ShutdownEvent, type ShutdownUntold } from './events.ts'
import { type ResolvedShutdownOptions, resolveShutdownOptions, type ShutdownOptions } from './options.ts'
import { countCrash, forgetCrashes } from './process/crash-file.ts'
import { hearCrashes } from './process/crashes.ts'
import { type DeadlineWatch, watchDeadline } from './process/deadline-watch.ts'
import { exitCodeOf, hearSignals } from './process/signals.ts'
import { createSystemd, type Systemd } from './process/systemd.ts'
import type { DrainReport, HookReport, ShutdownOutcome, ShutdownReason, ShutdownReport } from './report.ts'
import { type HookOptions, type ShutdownHook, toHook } from './teardown/hook.ts'
import { Hooks } from './teardown/hooks.ts'
import { runHooks } from './teardown/run-hooks.ts'

/** How a process stops: {@link createShutdown}. */
export interface Shutdown extends Measured, Observable<ShutdownEvent> {
  /** `shutdown`. */
  readonly kind: string
  /** Whether the process was told to stop. From then on it is not ready for what is new, though it still serves it. */
  readonly started: boolean
  /** Aborts when draining begins, with the reason: streams without an end, such as server-sent events, end on it. */
  readonly signal: AbortSignal
  /**
   * Drains a server before anything is closed. Call it before the server listens: connections made earlier are not seen.
   *
   * @param server A server of Node's, of any protocol; a WebSocket server; or the `cluster` of a primary process.
   * @param name Its name in the report. Without one it is called after what it is: `http`, then `http-2`.
   * @throws {TypeError} If it is nothing of the kind, served already, or its name is taken.
   * @throws {ShutdownStartedError} If the process is stopping already.
   */
  serve(server: Drainable, name?: string): this
  /**
   * Closes something when all servers are drained. Hooks that do not depend on each other run at once. A name in `dependsOn` that
   * nobody has added by the end of this turn becomes an uncaught error.
   *
   * @param name Its name, of its own.
   * @param hook Closes it.
   * @param options What it depends on, and how long it may take.
   * @throws {TypeError} If the name is taken, or it would depend on itself.
   * @throws {ShutdownStartedError} If the process is stopping already.
   */
  add(name: string, hook: ShutdownHook, options?: HookOptions): this
  /** The process is up: tells systemd, if it was started by it (`Type=notify`, `NotifyAccess=all`), and its watchdog from now on. */
  ready(): void
  /**
   * Stops the process. Calling it again gives the same promise.
   *
   * @param options Whether another process takes its place.
   * @returns What happened; with `exit`, only listeners hear of it.
   */
  begin(options?: BeginOptions): Promise<ShutdownReport>
  /**
   * Stops the process without a delay, as it cannot go on, with exit code 1. Say why yourself.
   *
   * @param error Why. That something could not be added as the process is stopping is no reason.
   * @returns What happened.
   */
  fail(error: unknown): Promise<ShutdownReport>
}

/** Options of {@link Shutdown.begin}. */
export interface BeginOptions {
  /**
   * Whether another process takes its place at once: WebSockets are told 1012 in place of 1001.
   *
   * @defaultValue `false`
   */
  readonly isRestart?: boolean | undefined
}

/** `EX_SOFTWARE` of BSD's sysexits: something was cut. */
const FORCED = 70
/** Said by whoever has nothing better to say. */
const FAILED = 1
/** What the hooks have of the deadline, at least. */
const HOOKS_SHARE = 1 / 4
/** The main thread's own timer comes first, if its loop runs. */
const WATCH_LATER_MS = 60

/**
 * Creates what stops this process. Call it first: from then on a signal runs what was added so far.
 *
 * @param options Times, signals, and what becomes of errors that nobody caught.
 * @throws {TypeError | RangeError} If an option is wrong.
 *
 * @example
 * ```ts
 * const shutdown = createShutdown()
 * shutdown.serve(server).add('cache', () => cache.close(), { dependsOn: ['redis'] }).add('redis', () => redis.quit())
 * ```
 */
export function createShutdown(options: ShutdownOptions = {}): Shutdown {
  return new ProcessShutdown(resolveShutdownOptions(options))
}

class ProcessShutdown implements Shutdown {
  readonly kind = 'shutdown'
  readonly name: string
  readonly #options: ResolvedShutdownOptions
  readonly #events: Emitter<ShutdownEvent>
  readonly #drains: Drains
  readonly #hooks = new Hooks()
  readonly #controller = new AbortController()
  readonly #delay = new AbortController()
  readonly #systemd: Systemd
  readonly #stopHearing: readonly (() => void)[]
  #running: Promise<ShutdownReport> | undefined = undefined
  #reason: ShutdownReason | undefined = undefined
  #startedMs = 0
  #hasCrashed = false
  #hasFailed = false

  constructor(options: ResolvedShutdownOptions) {
    const { name, clock, signals, restartSignals } = options
    this.name = name
    this.#options = options
    this.#drains = new Drains(options)
    this.#events = createEmitter(SHUTDOWN_CHANNEL, name)
    // Each stream is a listener.
    setMaxListeners(0, this.#controller.signal)
    this.#systemd = createSystemd(clock, process.env, (error) =>
      this.#events.emitFailure({ type: 'systemd:failed', error }),
    )
    this.#stopHearing = [
      hearSignals({
        signals: [...signals, ...restartSignals],
        clock,
        onFirst: (signal) => void this.#begin({ kind: 'signal', signal, isRestart: restartSignals.includes(signal) }),
        onSecond: (signal) => this.#endNow(exitCodeOf(signal)),
      }),
      options.handleCrashes ? hearCrashes((error) => this.#onCrash(error)) : () => {},
    ]
  }

  get started(): boolean {
    return this.#running !== undefined
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  get subscribe(): Observable<ShutdownEvent>['subscribe'] {
    return this.#events.subscribe
  }

  serve(server: Drainable, name?: string): this {
    if (this.started) throw new ShutdownStartedError(name === undefined ? 'a server' : `the server "${name}"`)
    this.#drains.add(server, name)
    return this
  }

  add(name: string, hook: ShutdownHook, options: HookOptions = {}): this {
    const added = toHook(name, hook, options)
    if (this.started) throw new ShutdownStartedError(`the hook "${name}"`)
    this.#hooks.add(added)
    return this
  }

  ready(): void {
    if (!this.started) this.#systemd.ready()
  }

  begin({ isRestart = false }: BeginOptions = {}): Promise<ShutdownReport> {
    return this.#begin({ kind: 'request', isRestart })
  }

  fail(error: unknown): Promise<ShutdownReport> {
    if (this.#running !== undefined && isShutdownStartedError(error)) return this.#running
    this.#hasFailed = true
    this.#delay.abort()
    return this.#begin({ kind: 'failure', error })
  }

  measure(): readonly Measurement[] {
    return [
      {
        name: 'shutdown_started',
        help: 'Whether the process was told to stop.',
        kind: 'gauge',
        value: this.started ? 1 : 0,
      },
      {
        name: 'shutdown_answered_total',
        help: 'Requests that were answered since draining began.',
        kind: 'counter',
        value: this.#drains.all.reduce((sum, { answered }) => sum + answered, 0),
      },
    ]
  }

  #begin(reason: ShutdownReason): Promise<ShutdownReport> {
    if (this.#running === undefined) {
      this.#reason = reason
      this.#startedMs = this.#options.clock.now()
      // Known before anything is told.
      this.#running = Promise.resolve(reason).then((why) => this.#run(why))
    }
    return this.#running
  }

  async #run(reason: ShutdownReason): Promise<ShutdownReport> {
    const { clock, exit } = this.#options
    // Nobody sends anything to who has no server, and who cannot go on should not.
    const isUrgent = reason.kind === 'crash' || reason.kind === 'failure' || this.#drains.all.length === 0
    const drainDelayMs = isUrgent ? 0 : this.#options.drainDelayMs
    let watch = this.#watch(drainDelayMs)
    // Everything else here may be in the background, and the process must not end of itself.
    const end = new AbortController()
    clock.sleep(2 * (drainDelayMs + this.#options.deadlineMs), end).catch(() => {})
    this.#systemd.stopping(drainDelayMs + this.#deadlineMs + WATCH_LATER_MS)
    this.#events.emit({ type: 'shutdown:started', reason, drainDelayMs })
    for (const drain of this.#drains.all) this.#try(() => drain.onStart?.(reason), 'drain:failed')
    if (drainDelayMs > 0) await clock.sleep(drainDelayMs, this.#delay).catch(() => {})
    if (this.#delay.signal.aborted) {
      watch?.stop()
      watch = this.#watch(0)
    }

    const deadlineMs = this.#deadlineMs
    const dueMs = clock.now() + deadlineMs
    this.#events.emit({ type: 'shutdown:draining' })
    // First, in peace: whoever is told that a connection ends connects anew.
    await Promise.all(this.#drains.all.map((drain) => drain.stopListening?.()))
    const drainedByMs = this.#hooks.all.length > 0 ? dueMs - deadlineMs * HOOKS_SHARE : dueMs
    const drained = runDrains(this.#drains.all, reason, Math.max(0, drainedByMs - clock.now()), clock)
    // By now a response that ends because of it is the last one of its connection.
    this.#controller.abort(reason)
    const servers = await drained
    const sum = (count: (report: DrainReport) => number): number => servers.reduce((all, one) => all + count(one), 0)
    this.#events.emit({
      type: 'shutdown:drained',
      answered: sum(({ answered }) => answered),
      cutRequests: sum(({ cutRequests }) => cutRequests),
    })
    const onFailure = ({ name, outcome, error }: HookReport): void =>
      this.#events.emitFailure({ type: 'hook:failed', hook: name, outcome, error })
    const hooks = await runHooks(this.#hooks, { clock, reason, dueMs, onFailure })
    const report = this.#toReport(servers, hooks)
    this.#finish(report)
    // What a listener threw comes up first.
    await new Promise(setImmediate)
    for (const stop of this.#stopHearing) stop()
    watch?.stop()
    end.abort()
    const exitCode = this.#hasCrashed ? FAILED : report.exitCode
    if (exit) process.exit(exitCode)
    process.exitCode = exitCode
    return report
  }

  /** For what is under way and the hooks. */
  get #deadlineMs(): number {
    return this.#hasCrashed ? this.#options.crashDeadlineMs : this.#options.deadlineMs
  }

  #watch(delayMs: number): DeadlineWatch | undefined {
    if (!this.#options.exit) return undefined
    const limitMs = delayMs + this.#deadlineMs
    const line = `Ended after ${limitMs} ms, as the event loop did not get to it`
    return watchDeadline(limitMs + WATCH_LATER_MS, FORCED, line)
  }

  #toReport(servers: readonly DrainReport[], hooks: readonly HookReport[]): ShutdownReport {
    const outcome = this.#toOutcome(servers, hooks)
    const exitCode = outcome === 'clean' ? 0 : outcome === 'forced' ? FORCED : FAILED
    const durationMs = this.#options.clock.now() - this.#startedMs
    return { reason: this.#reason as ShutdownReason, outcome, exitCode, durationMs, servers, hooks }
  }

  #toOutcome(servers: readonly DrainReport[], hooks: readonly HookReport[]): ShutdownOutcome {
    if (this.#hasCrashed) return 'crashed'
    if (this.#hasFailed) return 'failed'
    const isCut = servers.some(({ cutConnections }) => cutConnections > 0)
    if (isCut || hooks.some(({ outcome }) => outcome === 'late' || outcome === 'skipped')) return 'forced'
    return hooks.some(({ outcome }) => outcome === 'failed') ? 'failed' : 'clean'
  }

  #finish(report: ShutdownReport): void {
    const { crashFile } = this.#options
    if (crashFile !== undefined && report.outcome === 'clean')
      this.#try(() => forgetCrashes(crashFile), 'crash-file:failed')
    this.#systemd.stop()
    this.#events.emit({ type: 'shutdown:finished', report })
  }

  /** Nobody wants to wait any longer. */
  #endNow(exitCode: number): void {
    this.#finish({ ...this.#toReport([], []), outcome: 'forced', exitCode })
    process.exit(exitCode)
  }

  #onCrash(error: unknown): void {
    const { crashFile, clock } = this.#options
    if (crashFile !== undefined && !this.#hasCrashed)
      this.#try(() => countCrash(crashFile, error, clock.epoch()), 'crash-file:failed')
    this.#hasCrashed = true
    this.#events.emit({ type: 'process:crashed', error })
    this.#delay.abort()
    void this.#begin({ kind: 'crash', error })
  }

  #try(run: () => void, type: ShutdownUntold['type']): void {
    try {
      run()
    } catch (error) {
      this.#events.emitFailure({ type, error })
    }
  }
}
