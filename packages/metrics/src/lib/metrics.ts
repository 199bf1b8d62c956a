import {
  callable,
  createEmitter,
  type HttpEndpoint,
  type HttpHook,
  type HttpServerHook,
  type Measured,
  nonEmptyString,
  type Observable,
  positiveInteger,
} from '@breakwater/core'
import { type Bottlenecks, createBottlenecks } from './bottlenecks/bottlenecks.ts'
import type { BottleneckQuery, BottleneckReport } from './bottlenecks/report.ts'
import { METRICS_CHANNEL, type MetricsEvent } from './events.ts'
import type { JsonFamily } from './exposition/json.ts'
import { Exemplars } from './http/exemplars.ts'
import { createRequestHook } from './http/hook.ts'
import { requestNames } from './http/names.ts'
import { OwnAnswers } from './http/own-answers.ts'
import { RequestTable } from './http/request-table.ts'
import { ResponseSizes } from './http/response-sizes.ts'
import { createRequestServerHook } from './http/server-hook.ts'
import { Upgrades } from './http/upgrades.ts'
import { createMeasuredCollector } from './measured/measured-collector.ts'
import { createOwnCounts } from './measurements.ts'
import { type MetricsOptions, resolveOptions } from './options.ts'
import { createProcessMetrics, type ProcessMetrics } from './process/process-metrics.ts'
import { createScrapes, type Scrapes, SOURCE } from './scrapes.ts'
import { SeriesCap } from './series/cap.ts'
import type { Collector, Family } from './series/family.ts'
import {
  type Counter,
  createCounter,
  createGauge,
  createHistogramInstrument,
  type Gauge,
  type HistogramInstrument,
  type HistogramInstrumentOptions,
  type Instrument,
  type InstrumentOptions,
} from './series/instruments.ts'
import type { WebSocketServerPort } from './websocket/port.ts'
import { createWebSocketMetrics } from './websocket/websocket-metrics.ts'

/** Everything that this process tells Prometheus. */
export interface Metrics extends Measured, Observable<MetricsEvent>, AsyncDisposable {
  /** Counts requests, each once, when it is over. Put it before what refuses requests. */
  readonly hook: HttpHook
  /** Counts upgrades, what is not HTTP, and the bytes of responses. By `serverHooks`, or `attach` of `@breakwater/core`. */
  readonly serverHook: HttpServerHook
  /** What Prometheus scrapes, such as at `/metrics`. */
  readonly endpoint: HttpEndpoint
  /**
   * Shows the numbers of an object, such as a cache or a breaker, at each scrape.
   *
   * @param measured The object.
   * @returns A function that shows them no more.
   * @throws {TypeError} If it is no such object, or one of its kind and name is watched already.
   */
  watch(measured: Measured): () => void
  /**
   * Counts the connections, messages and bytes of a WebSocket server.
   *
   * @param server The server, such as `ws`'s `WebSocketServer`.
   * @returns A function that counts no more.
   * @throws {TypeError} If it is no such server.
   */
  watchWebSockets(server: WebSocketServerPort): () => void
  /**
   * Creates a counter of your own.
   *
   * @param options What it is.
   * @throws {TypeError} If Prometheus would refuse its name or one of its labels, or there is something of that name.
   */
  counter<label extends string = never>(options: InstrumentOptions<label>): Counter<label>
  /**
   * Creates a gauge of your own.
   *
   * @param options What it is.
   * @throws {TypeError} If Prometheus would refuse its name or one of its labels, or there is something of that name.
   */
  gauge<label extends string = never>(options: InstrumentOptions<label>): Gauge<label>
  /**
   * Creates a histogram of your own.
   *
   * @param options What it is.
   * @throws {TypeError} If Prometheus would refuse its name or one of its labels, or there is something of that name.
   * @throws {RangeError} If Prometheus would refuse its bounds.
   */
  histogram<label extends string = never>(options: HistogramInstrumentOptions<label>): HistogramInstrument<label>
  /**
   * Counts something that took time, for {@link bottlenecks}. Nothing is thrown.
   *
   * @param kind Which view it belongs to, such as `query` or `dependency`. Of queries the name is the text, values are taken out.
   * @param name What it is, from a bounded set.
   * @param ms How long it took, in milliseconds.
   * @param isFailure Whether it failed.
   */
  observe(kind: string, name: string, ms: number, isFailure?: boolean): void
  /**
   * The slowest routes, queries and dependencies of the last minutes, and how that changed.
   *
   * @param query Which part, in which order.
   * @throws {TypeError} If the order is none.
   * @throws {RangeError} If the limit is no positive integer.
   */
  bottlenecks(query?: BottleneckQuery): BottleneckReport
  /** Everything in Prometheus' text format. Never fails: what cannot be collected is missing. */
  text(): Promise<string>
  /**
   * The same as plain data, for endpoints of your own. Without what only your registry has.
   *
   * @param options How much of it.
   * @returns Rejects with a `RangeError` if `maxSeries` is no positive integer, and else never: what cannot be collected is missing.
   */
  json(options?: JsonOptions): Promise<readonly JsonFamily[]>
  /** Takes everything out of your registry, and looks at process, operations, WebSockets and what Node answers by itself no more. Requests are still counted. */
  close(): Promise<void>
}

/** Options of {@link Metrics.json}. */
export interface JsonOptions {
  /**
   * How many series at most, in all families together. Those that come after are left out.
   *
   * @defaultValue `10_000`, our choice: some 2 MB as JSON
   */
  readonly maxSeries?: number | undefined
}

/**
 * Creates the metrics of a process. Once per process.
 *
 * Counting a request allocates nothing but a note of it, and makes no text: that is done when somebody asks. A metric
 * never throws into a request, and a collector that fails costs its own lines.
 *
 * @param options Where they go, and how they are called.
 * @throws {TypeError} If an option is not what it should be, or your registry has a metric of one of our names: nothing is registered then.
 * @throws {RangeError} If a number is out of its range.
 *
 * @example
 * ```ts
 * const metrics = createMetrics()
 * metrics.watch(cache)
 * await app.register(
 *   toPlugin({ hooks: [metrics.hook], serverHooks: [metrics.serverHook], endpoints: { '/metrics': metrics.endpoint } }),
 * )
 * ```
 */
export function createMetrics(options: MetricsOptions = {}): Metrics {
  const resolved = resolveOptions(options)
  const { name, maxSeriesPerFamily, clock } = resolved
  const events = createEmitter<MetricsEvent>(METRICS_CHANNEL, name)
  const caps = new Map<string, SeriesCap>()
  const names = requestNames(resolved.names)
  const counts = createOwnCounts({
    caps,
    families: () => [names.duration.name, ...instruments.keys()],
    collectors: () => collectors().map((collector) => collector.name),
  })

  function capOf(family: string): SeriesCap {
    const tell = (cap: SeriesCap): void =>
      events.emit({ type: 'series:capped', family: cap.family, maxSeries: cap.max })
    const cap = caps.get(family) ?? new SeriesCap(family, maxSeriesPerFamily, tell)
    caps.set(family, cap)
    return cap
  }

  function fail(collector: string, error: unknown): void {
    counts.failed(collector)
    events.emitFailure({ type: 'collect:failed', collector, error })
  }

  const kept = new Exemplars()
  const table = new RequestTable({
    names,
    durationBounds: resolved.durationBounds,
    sizeBounds: resolved.sizeBounds,
    cap: capOf(names.duration.name),
    exemplars: resolved.exemplars === undefined ? undefined : kept,
  })
  const sizes = new ResponseSizes()
  const upgrades = new Upgrades(({ method, route, status, ms }) => {
    table.recordDuration(table.rowOf(route, method, status), ms > 0 ? ms / 1_000 : 0)
  }, clock)
  const ownAnswers = new OwnAnswers((method, status) => {
    table.recordDuration(table.rowOf(undefined, method, status), 0)
  })
  const websockets = createWebSocketMetrics()
  const bottlenecks: Bottlenecks = createBottlenecks(resolved.bottlenecks, {
    onFull: (kind, maxNames) => events.emit({ type: 'bottlenecks:full', kind, maxNames }),
    onFault: fail,
  })
  const processMetrics: ProcessMetrics | undefined = resolved.process
    ? createProcessMetrics({ onFault: fail, clock })
    : undefined

  const self: Measured = { kind: 'metrics', name, measure: counts.measure }
  const instruments = new Map<string, Family>()
  const requests: Collector = { name: 'requests', collect: () => table.families() }
  const own: Collector = { name: 'instruments', collect: () => [...instruments.values()] }
  const watched = new Map<string, Collector>([['', createMeasuredCollector(self, capOf)]])
  const fixed = [requests, own, websockets, ...(processMetrics === undefined ? [] : [processMetrics])]
  const collectors = (): readonly Collector[] => [...fixed, ...watched.values()]
  // Of families that are there from the beginning.
  const taken = new Set(
    fixed.flatMap((collector) => (collector.collect() as readonly Family[]).flatMap((family) => namesOf(family))),
  )
  const closers = [() => bottlenecks.close(), () => ownAnswers.close(), () => processMetrics?.close()]

  function closeAll(): void {
    for (const close of closers.splice(0)) close()
  }

  function createAll(): Scrapes {
    try {
      return createScrapes({
        ...resolved,
        collectors,
        optional: processMetrics,
        onFailure: fail,
      })
    } catch (error) {
      closeAll()
      throw error
    }
  }
  const scrapes = createAll()
  closers.push(scrapes.close)

  function add<instrument>({ instrument, family }: Instrument<instrument>): instrument {
    const names = namesOf(family)
    const found = names.find((one) => taken.has(one) || scrapes.has(one))
    if (found !== undefined) throw new TypeError(`Cannot create "${family.name}" as there is a metric "${found}"`)
    for (const one of names) taken.add(one)
    instruments.set(family.name, family)
    return instrument
  }

  let closing: Promise<void> | undefined
  const close = (): Promise<void> => (closing ??= Promise.resolve(closeAll()))

  const metrics: Metrics & { readonly [SOURCE]: Scrapes['source'] } = {
    ...self,
    [SOURCE]: scrapes.source,
    subscribe: events.subscribe,
    hook: createRequestHook({
      table,
      sizes,
      upgrades,
      exemplars: resolved.exemplars && { kept, activeSpan: resolved.exemplars },
      onEnded: bottlenecks.recordRoute,
      clock,
    }),
    serverHook: createRequestServerHook({ table, sizes, upgrades, ownAnswers }),
    endpoint: scrapes.endpoint,
    watch(measured) {
      callable('measured.measure', measured?.measure)
      const key = `${nonEmptyString('measured.kind', measured.kind)} "${nonEmptyString('measured.name', measured.name)}"`
      if (watched.has(key) || (measured.kind === self.kind && measured.name === name))
        throw new TypeError(
          `Cannot watch the ${key} as one of that kind and name is watched already: give it another name`,
        )
      const collector = createMeasuredCollector(measured, capOf)
      watched.set(key, collector)
      return () => {
        if (watched.get(key) === collector) watched.delete(key)
      }
    },
    watchWebSockets(server) {
      const stop = websockets.watch(server)
      closers.push(stop)
      return stop
    },
    counter: (of) => add(createCounter(of, capOf)),
    gauge: (of) => add(createGauge(of, capOf)),
    histogram: (of) => add(createHistogramInstrument(of, capOf)),
    observe: bottlenecks.observe,
    bottlenecks: (query) => bottlenecks.report(query),
    text: () => scrapes.text(),
    json: async ({ maxSeries = 10_000 } = {}) => scrapes.json(positiveInteger('maxSeries', maxSeries)),
    close,
    [Symbol.asyncDispose]: close,
  }
  return metrics
}

/** All that a family's lines are called, in either format. */
function namesOf({ name, type }: Family): readonly string[] {
  if (type === 'histogram') return [name, `${name}_bucket`, `${name}_sum`, `${name}_count`]
  return type === 'counter' ? [name, name.replace(/_total$/, '')] : [name]
}
