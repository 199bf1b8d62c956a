import {
  callable,
  createEmitter,
  type Emitter,
  type HttpHook,
  type HttpServerHook,
  type Measured,
  type Measurement,
  nonEmptyString,
  type Observable,
} from '@breakwater/core'
import { MONITOR_CHANNEL, type MonitorEvent } from './events.ts'
import type { Gate } from './gate.ts'
import { LeakDetector } from './leak/leak-detector.ts'
import type { Level } from './level/level.ts'
import { BUILT_IN_SIGNALS, type BuiltInSignal, checkOf, checkThresholds, type Thresholds } from './level/options.ts'
import { Signals } from './level/signals.ts'
import { measureSnapshot } from './measurements.ts'
import { type MonitorOptions, type ResolvedMonitorOptions, resolveMonitorOptions } from './options.ts'
import { ForcedGc } from './relief/forced-gc.ts'
import { HeapSnapshots, type SnapshotDisk, systemDisk } from './relief/heap-snapshots.ts'
import { Attempts } from './sample/attempts.ts'
import { Connections } from './sample/connections.ts'
import { type Host, systemHost } from './sample/host.ts'
import { ResponseTimes } from './sample/response-times.ts'
import { type Sample, Sampler } from './sample/sampler.ts'
import { Scaler } from './scale/scaler.ts'
import { Shedder } from './shed/shedder.ts'
import type { MonitorSnapshot } from './snapshot.ts'

/** Knows how loaded this process is: {@link createMonitor}. */
export interface Monitor extends Measured, Observable<MonitorEvent> {
  /** `monitor`. */
  readonly kind: string
  /** The worst level of all signals, as of the last sample. */
  readonly level: Level
  /** Whether the level is `critical`, or requests were refused just now. Costs nothing to ask. */
  readonly underPressure: boolean
  /** How many processes are wanted, smoothed: it rises within a minute and falls after five. */
  readonly wantedReplicas: number
  /** Sees requests, and refuses some when there are too many. Put it after observers. Mount it once: each request must come by once. */
  readonly hook: HttpHook
  /** Counts connections: `attach(server, [monitor.serverHook])`. Any number of servers. */
  readonly serverHook: HttpServerHook
  /** All that is known. Takes a sample if the last one is older than it should be, as when the event loop was blocked. */
  snapshot(): MonitorSnapshot
  /**
   * Adds a signal of your own: tasks that wait, open sessions, the use of a pool.
   *
   * @param name Its name, of its own. It becomes a label.
   * @param read Finds out the number. Called at each sample: be quick. What throws or is no number is told once, and has no level.
   * @param thresholds From where on it is too high.
   * @throws {TypeError | RangeError} If the name is taken, or a threshold is wrong.
   */
  add(name: string, read: () => number, thresholds: Thresholds): this
  /**
   * Sets other thresholds of a signal while it is watched. They hold from the next sample on: the level stays as it is until there are
   * enough samples in a row that were held against them.
   *
   * @param name Its name: one that every monitor has, or one of your own.
   * @param thresholds From where on it is too high.
   * @throws {TypeError} If there is no such signal, such as one that was switched off.
   * @throws {TypeError | RangeError} If a threshold is wrong: those before hold on.
   */
  setThresholds(name: string, thresholds: Thresholds): this
  /** Takes no more samples. What is known stays; the hook goes on to refuse what is too much. */
  close(): Promise<void>
  /** The same as {@link close}. */
  [Symbol.asyncDispose](): Promise<void>
}

/**
 * Creates what watches this process. One per process, or per thread: heap and event loop are those of the thread that it is made in.
 *
 * It takes a sample each second, and each other second while the process does nothing, on a timer that does not keep the process alive.
 *
 * @param options Thresholds, and what is done when they are crossed.
 * @throws {TypeError | RangeError} If an option is wrong.
 *
 * @example
 * ```ts
 * const monitor = createMonitor()
 * const listener = toListener({ hooks: [metrics.hook, monitor.hook] }, handle)
 * health.add('pressure', () => !monitor.underPressure, { critical: false })
 * ```
 */
export function createMonitor(options: MonitorOptions = {}): Monitor {
  return new ProcessMonitor(resolveMonitorOptions(options), systemHost, systemDisk)
}

/** Of an event loop that is busy for less, nothing is expected to change soon. Our choice, as how many times less often it is looked at. */
const IDLE_RATIO = 0.01
const IDLE_TIMES = 2

/** The monitor itself. Tests give it another process to watch. */
export class ProcessMonitor implements Monitor {
  readonly kind = 'monitor'
  readonly name: string
  readonly hook: HttpHook
  readonly serverHook: HttpServerHook
  readonly #options: ResolvedMonitorOptions
  readonly #host: Host
  readonly #events: Emitter<MonitorEvent>
  readonly #attempts: Attempts
  readonly #sampler: Sampler
  readonly #signals: Signals
  readonly #connections = new Connections()
  readonly #gate: Gate
  readonly #leaks: LeakDetector | undefined
  readonly #gc: ForcedGc | undefined
  readonly #snapshots: HeapSnapshots | undefined
  readonly #scaler: Scaler
  readonly #stopGc: () => void
  #stopTimer: () => void = () => {}
  #pauseMs = 0
  #isClosed = false
  #latest: Sample
  #responses: { readonly meanMs: number | undefined; readonly requests: number } = { meanMs: undefined, requests: 0 }

  /**
   * @param options What was given.
   * @param host The process.
   * @param disk Where heap snapshots go.
   */
  constructor(options: ResolvedMonitorOptions, host: Host, disk: SnapshotDisk) {
    const { name, clock, rules, shed, leaks, forceGc, heapSnapshot, scale } = options
    const events = createEmitter<MonitorEvent>(MONITOR_CHANNEL, name)
    const emit = (event: MonitorEvent): void => tell(events, event)
    this.name = name
    this.#options = options
    this.#host = host
    this.#events = events
    this.#attempts = new Attempts(clock, (source, error) => emit({ type: 'read:failed', source, error }))
    this.#sampler = new Sampler(host, clock, this.#attempts)
    this.#signals = new Signals(rules, emit)
    this.#gate = shed === undefined ? new ResponseTimes(clock) : new Shedder(shed, { emit }, clock)
    this.#leaks = leaks && new LeakDetector(leaks, clock.now(), emit)
    this.#gc = forceGc && new ForcedGc(forceGc, clock, () => host.heap().usedBytes, emit)
    this.#snapshots = heapSnapshot && new HeapSnapshots(heapSnapshot, clock, emit, disk)
    this.#scaler = new Scaler(scale)
    this.hook = this.#gate.hook
    this.serverHook = this.#connections.hook
    this.#addBuiltIn()
    this.#stopGc = host.watchGc((kind, ms) => this.#onGc(kind, ms))
    this.#latest = this.#sampler.take(undefined)
    this.#schedule()
  }

  get subscribe(): Observable<MonitorEvent>['subscribe'] {
    return this.#events.subscribe
  }

  get level(): Level {
    return this.#signals.level
  }

  get underPressure(): boolean {
    return this.level === 'critical' || this.#gate.isShedding
  }

  get wantedReplicas(): number {
    return this.#scaler.report().wantedReplicas
  }

  snapshot(): MonitorSnapshot {
    const { clock, sampleEveryMs } = this.#options
    const ageMs = clock.now() - this.#latest.takenAtMs
    if (!this.#isClosed && ageMs >= sampleEveryMs) this.#sample(Math.max(0, ageMs - this.#pauseMs))
    const { at, memory, cpu, eventLoop, gcTimeRatio } = this.#latest
    return {
      name: this.name,
      at,
      uptimeMs: process.uptime() * 1_000,
      level: this.level,
      underPressure: this.underPressure,
      signals: this.#signals.report(),
      memory,
      cpu: cpu && { ...cpu, loadAverage: this.#host.loadAverage() },
      pressure: this.#sampler.readPressure(),
      eventLoop,
      gc: { kinds: this.#sampler.gc.kinds, timeRatio: gcTimeRatio },
      handles: this.#host.handles(),
      connections: { ...this.#connections.read(), ...this.#connections.traffic() },
      requests: {
        answered: this.#responses.requests,
        responseTimeMs: this.#responses.meanMs,
        demandRatio: this.#gate.demandRatio,
        isShedding: this.#gate.isShedding,
      },
      leak: this.#leaks?.report(),
      scaling: this.#scaler.report(),
    }
  }

  add(name: string, read: () => number, thresholds: Thresholds): this {
    nonEmptyString('name', name)
    callable('read', read)
    const isBuiltIn = (BUILT_IN_SIGNALS as readonly string[]).includes(name)
    if (isBuiltIn || this.#signals.has(name)) throw new TypeError(`Cannot add the signal "${name}" twice`)
    this.#signals.add(name, checkThresholds('thresholds', thresholds), () =>
      this.#attempts.run(name, () => checkReading(name, read())),
    )
    return this
  }

  setThresholds(name: string, thresholds: Thresholds): this {
    if (!this.#signals.has(name)) {
      const names = this.#signals.names.join(', ')
      throw new TypeError(`Cannot set the thresholds of "${name}" as there is no such signal: there are ${names}`)
    }
    this.#signals.setThresholds(name, checkThresholds('thresholds', thresholds, checkOf(name)))
    return this
  }

  measure(): readonly Measurement[] {
    return [...measureSnapshot(this.snapshot(), this.#gc?.count ?? 0), ...this.#gate.measure()]
  }

  close(): Promise<void> {
    this.#isClosed = true
    this.#stopTimer()
    this.#stopGc()
    this.#gate.close()
    return Promise.resolve()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #addBuiltIn(): void {
    const { thresholds, maxConnections } = this.#options
    const readers: Readonly<Record<BuiltInSignal, (() => number | undefined) | undefined>> = {
      memoryRatio: () => this.#latest.memory?.usedRatio,
      cpuRatio: () => this.#latest.cpu?.usedRatio,
      eventLoopUtilizationRatio: () => this.#latest.eventLoop.utilizationRatio,
      eventLoopDelayMs: () => this.#latest.eventLoop.delayMs,
      responseTimeMs: () => this.#responses.meanMs ?? 0,
      connectionsRatio:
        maxConnections === undefined ? undefined : () => this.#connections.read().active / maxConnections,
    }
    for (const name of BUILT_IN_SIGNALS) {
      const read = readers[name]
      const limits = thresholds[name]
      if (read !== undefined && limits !== false) this.#signals.add(name, limits, read)
    }
  }

  #schedule(): void {
    const { clock, sampleEveryMs } = this.#options
    const { utilizationRatio = 1 } = this.#latest.eventLoop
    const isIdle = this.level === 'ok' && utilizationRatio < IDLE_RATIO
    this.#pauseMs = sampleEveryMs * (isIdle ? IDLE_TIMES : 1)
    const dueMs = clock.now() + this.#pauseMs
    this.#stopTimer = clock.after(this.#pauseMs, () => this.#sample(Math.max(0, clock.now() - dueMs)))
  }

  #sample(delayMs: number): void {
    this.#stopTimer()
    try {
      this.#latest = this.#sampler.take(delayMs)
    } finally {
      // Before all else, so that nothing that a listener throws or a reader does can end it.
      this.#schedule()
    }
    this.#gate.refresh()
    this.#responses = this.#gate.takeResponseTimes()
    this.#scale()
    this.#signals.update()
    this.#relieve()
  }

  #scale(): void {
    const load = Math.max(this.#gate.demandRatio, this.#latest.cpu?.usedRatio ?? 0)
    const replicas = this.#attempts.run('replicas', this.#options.scale.replicas)
    this.#scaler.add(this.#latest.takenAtMs, load, replicas)
  }

  #relieve(): void {
    const { memory } = this.#latest
    if (memory === undefined || this.#signals.levelOf('memoryRatio' satisfies BuiltInSignal) !== 'critical') return
    this.#gc?.offer()
    void this.#snapshots?.offer(memory)
  }

  #onGc(code: number, ms: number): void {
    if (this.#sampler.gc.add(code, ms) !== 'major' || this.#leaks === undefined) return
    const retainedBytes = this.#host.retainedBytes()
    const limits = this.#latest.memory?.limits ?? []
    const room = limits.map(({ source, limitBytes, usedBytes }) =>
      source === 'heap' ? limitBytes - retainedBytes : limitBytes - usedBytes,
    )
    this.#leaks.add(this.#options.clock.now(), retainedBytes, Math.min(...room))
  }
}

function tell(events: Emitter<MonitorEvent>, event: MonitorEvent): void {
  switch (event.type) {
    case 'read:failed':
    case 'priority:failed':
    case 'heap-snapshot:failed':
      return events.emitFailure(event)
    default:
      return events.emit(event)
  }
}

function checkReading(name: string, value: unknown): number {
  if (typeof value === 'number' && Number.isFinite(value)) return value
  const got = typeof value === 'number' ? value : typeof value
  throw new TypeError(`Expected the signal "${name}" to be a finite number, got ${got}`)
}
