import { setMaxListeners } from 'node:events'
import {
  createEmitter,
  type Emitter,
  type HttpEndpoint,
  type HttpExchange,
  type Measured,
  type Measurement,
  type Observable,
} from '@breakwater/core'
import { Check } from './check/check.ts'
import { Checks, type Group, knownStatusOf, statusOf } from './check/checks.ts'
import { type CheckOptions, type HealthCheck, toCheck } from './check/options.ts'
import {
  createEndpoint,
  createSummary,
  createTree,
  type EndpointHost,
  type EndpointOptions,
} from './endpoint/endpoint.ts'
import { createStartup } from './endpoint/startup.ts'
import { HEALTH_CHANNEL, type HealthEvent } from './events.ts'
import { type ReportWriter, type WriteOptions, writeReport } from './file/write-report.ts'
import { type LivenessOptions, resolveLivenessOptions } from './liveness/options.ts'
import { type LivenessServer, serveLiveness } from './liveness/serve-liveness.ts'
import { measureHealth } from './measurements.ts'
import { type HealthOptions, type ResolvedHealthOptions, resolveHealthOptions } from './options.ts'
import { freshStatusOf, refreshGroup } from './refresh.ts'
import type { HealthReport, HealthStatus } from './report.ts'

/** How a service is, from many checks: {@link createHealth}. */
export interface Health extends Measured, Observable<HealthEvent> {
  /** `health`. */
  readonly kind: string
  /** Whether the process is alive: the group `live`. It touches no dependency; without a check in it, it is healthy. */
  readonly liveness: HttpEndpoint
  /** Whether the process should get requests: the group `ready`. */
  readonly readiness: HttpEndpoint
  /**
   * Whether the process has started: once each critical check of the group `startup` was well once, or of `ready` if there is none.
   * Then it is healthy for good.
   */
  readonly startup: HttpEndpoint
  /** Status, time, uptime, memory, version, and the status of each component. */
  readonly summary: HttpEndpoint
  /** All that is known, for those who may see details; for others the status alone. */
  readonly detailed: HttpEndpoint
  /** What depends on what. Causes and data for those who may see details. */
  readonly dependencies: HttpEndpoint
  /**
   * Adds a check. It is run when somebody asks.
   *
   * @param name Its name, of its own. It becomes a label.
   * @param check Finds out how something is.
   * @param options How much it matters, how long it may take, and what it depends on.
   * @throws {TypeError | RangeError} If the name is taken, it would depend on itself, or an option is wrong. A name in `dependsOn` that
   * nobody has added by the end of this turn becomes an uncaught error.
   */
  add(name: string, check: HealthCheck, options?: CheckOptions): this
  /**
   * Runs what is due, and waits for it, no longer than the limit of the slowest check.
   *
   * @param group Which checks; without one, all.
   * @returns What is known then. Never rejects.
   */
  check(group?: string): Promise<HealthReport>
  /**
   * What is known by now. Runs nothing. What was never run is unhealthy.
   *
   * @param group Which checks; without one, all.
   */
  report(group?: string): HealthReport
  /**
   * Makes an endpoint of your own.
   *
   * @param options Which group, with details or without, and how it is written down.
   * @throws {TypeError} If there is no such format.
   */
  endpoint(options?: EndpointOptions): HttpEndpoint
  /**
   * Serves liveness from a thread of its own, at every path. It answers at once even while something blocks the main loop, and fails
   * only if that lasts for `stallMs`. Ended by `close`.
   *
   * @param options Where, and what counts as stalled.
   * @returns The server, once it listens. Rejects with a `LivenessError` if it cannot.
   */
  serveLiveness(options?: LivenessOptions): Promise<LivenessServer>
  /**
   * Writes the report to a file, on each change and every so often, for probes without HTTP. It runs the checks by itself.
   *
   * @param path Where to. It is replaced as a whole.
   * @param options How often.
   * @returns A function that ends it.
   * @throws {TypeError | RangeError} If the path or an option is wrong.
   */
  writeTo(path: string, options?: WriteOptions): () => Promise<void>
  /** Ends timers, recoveries, threads and files, and aborts what is under way. What is known stays, and no check is run any more. */
  close(): Promise<void>
  /** The same as {@link close}. */
  [Symbol.asyncDispose](): Promise<void>
}

/**
 * Creates what knows how a service is.
 *
 * A check is run when somebody asks and its last result is old, once however many ask. Nothing runs while nobody asks.
 *
 * @param options Limits, and who may see what.
 * @throws {TypeError | RangeError} If an option is wrong.
 *
 * @example
 * ```ts
 * const health = createHealth()
 * health.add('redis', () => redis.ping()).add('pressure', () => !monitor.underPressure, { critical: false })
 * const endpoints = { '/livez': health.liveness, '/readyz': health.readiness }
 * ```
 */
export function createHealth(options: HealthOptions = {}): Health {
  return new ProcessHealth(resolveHealthOptions(options))
}

class ProcessHealth implements Health {
  readonly kind = 'health'
  readonly name: string
  readonly liveness: HttpEndpoint
  readonly readiness: HttpEndpoint
  readonly startup: HttpEndpoint
  readonly summary: HttpEndpoint
  readonly detailed: HttpEndpoint
  readonly dependencies: HttpEndpoint
  readonly #options: ResolvedHealthOptions
  readonly #events: Emitter<HealthEvent>
  readonly #checks = new Checks()
  readonly #host: EndpointHost
  readonly #closing = new AbortController()
  readonly #told = new Map<string, HealthStatus>()
  readonly #writers = new Set<ReportWriter>()
  readonly #servers = new Set<LivenessServer>()

  constructor(options: ResolvedHealthOptions) {
    this.name = options.name
    this.#options = options
    this.#events = createEmitter(HEALTH_CHANNEL, options.name)
    // Each run that is under way is a listener.
    setMaxListeners(0, this.#closing.signal)
    const host: EndpointHost = {
      isUp: (status) => status === 'healthy' || (status === 'degraded' && options.degradedStatus === 200),
      refresh: (group) => this.#refresh(this.#checks.of(group)),
      status: (group) => statusOf(this.#checks.of(group)),
      freshStatus: (group) => freshStatusOf(this.#checks.of(group), this.#checks, options.clock),
      report: (group) => this.report(group),
      maySeeDetails: (exchange) => this.#maySeeDetails(exchange),
    }
    this.#host = host
    this.liveness = createEndpoint(host, { group: 'live' })
    this.readiness = createEndpoint(host, { group: 'ready' })
    this.startup = createStartup(host, this.#checks)
    this.summary = createSummary(host)
    this.detailed = createEndpoint(host, { details: true })
    this.dependencies = createTree(host)
  }

  get subscribe(): Observable<HealthEvent>['subscribe'] {
    return this.#events.subscribe
  }

  add(name: string, check: HealthCheck, options: CheckOptions = {}): this {
    const added = toCheck(name, check, options, this.#options)
    this.#checks.assertFree(name, added.dependsOn)
    const one = new Check(added, {
      clock: this.#options.clock,
      events: this.#events,
      signal: this.#closing.signal,
      random: Math.random,
      onTouch: () => {
        this.#checks.changes++
      },
      onChange: (changed) => this.#onChange(changed),
    })
    this.#checks.add(one)
    const blocker = this.#checks.blockerOf(one)
    if (blocker !== undefined) one.block(blocker)
    return this
  }

  async check(group?: string): Promise<HealthReport> {
    await this.#refresh(this.#checks.of(group))
    return this.report(group)
  }

  report(group?: string): HealthReport {
    const { clock, version } = this.#options
    const { members, name } = this.#checks.of(group)
    return {
      name: this.name,
      group: name,
      status: statusOf(this.#checks.of(group)),
      at: clock.epoch(),
      uptimeMs: process.uptime() * 1_000,
      version,
      checks: members.map((check) => check.report()),
    }
  }

  endpoint(options: EndpointOptions = {}): HttpEndpoint {
    return createEndpoint(this.#host, options)
  }

  async serveLiveness(options: LivenessOptions = {}): Promise<LivenessServer> {
    const resolved = resolveLivenessOptions(options, process.env)
    const server = await serveLiveness(resolved, (error) =>
      this.#events.emitFailure({ type: 'liveness:failed', error }),
    )
    this.#servers.add(server)
    if (this.#closing.signal.aborted) await server.close()
    return server
  }

  writeTo(path: string, options: WriteOptions = {}): () => Promise<void> {
    if (this.#closing.signal.aborted) return async () => {}
    const writer = writeReport(path, options, {
      clock: this.#options.clock,
      check: () => this.check(),
      report: () => this.report(),
      onFailure: (error) => this.#events.emitFailure({ type: 'file:failed', path, error }),
    })
    this.#writers.add(writer)
    return async () => {
      this.#writers.delete(writer)
      await writer.stop()
    }
  }

  measure(): readonly Measurement[] {
    const groups = this.#checks.groups.map((name) => ({ name, status: knownStatusOf(this.#checks.of(name)) }))
    return measureHealth(this.#checks.all, groups)
  }

  async close(): Promise<void> {
    this.#closing.abort(new DOMException('The health is closed', 'AbortError'))
    for (const check of this.#checks.all) check.close()
    await Promise.all([
      ...[...this.#writers].map((writer) => writer.stop()),
      ...[...this.#servers].map((server) => server.close()),
    ])
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #refresh(group: Group): Promise<void> | undefined {
    return refreshGroup(group, this.#options.clock)
  }

  #onChange(changed: Check): void {
    for (const dependent of this.#checks.dependentsOf(changed.added.name)) {
      const blocker = this.#checks.blockerOf(dependent)
      if (blocker === undefined) dependent.unblock()
      else dependent.block(blocker)
    }
    for (const name of changed.added.groups) this.#tellGroup(name)
    for (const writer of this.#writers) writer.changed()
  }

  #tellGroup(group: string): void {
    const to = knownStatusOf(this.#checks.of(group))
    const from = this.#told.get(group)
    if (to === undefined || to === from) return
    this.#told.set(group, to)
    this.#events.emit({ type: 'status:changed', group, from, to })
  }

  #maySeeDetails(exchange: HttpExchange): boolean {
    try {
      // A promise is no yes.
      return this.#options.showsDetails(exchange) === true
    } catch (error) {
      this.#events.emitFailure({ type: 'details:failed', error })
      return false
    }
  }
}
