// What @breakwater/metrics offers, written by `pnpm check api --update`. A difference here decides the next version.

declare module '@breakwater/metrics' {
  import type { Clock, HistogramSnapshot, HttpEndpoint, HttpHook, HttpServerHook, Measured, Observable } from '@breakwater/core'

  export interface Aggregate extends AsyncDisposable {
    readonly endpoint: HttpEndpoint
    text(): Promise<string>
    close(): Promise<void>
  }
  export interface AggregateMetricsOptions {
    readonly own?: Metrics | undefined
    readonly timeoutMs?: number | undefined
    readonly gauges?: Readonly<Record<string, GaugeRule>> | undefined
    readonly onFailure?: ((name: string, error: unknown) => void) | undefined
    readonly clock?: Clock | undefined
  }
  export interface Answering {
    close(): Promise<void>
  }
  export interface Bottleneck {
    readonly kind: string
    readonly name: string
    readonly calls: number
    readonly callsPerSecond: number
    readonly failures: number
    readonly failureRatio: number
    readonly totalMs: number
    readonly timeRatio: number
    readonly meanMs: number
    readonly p50Ms: number
    readonly p95Ms: number
    readonly p99Ms: number
    readonly maxMs: number
    readonly trend: BottleneckTrend
    readonly signs: readonly BottleneckSign[]
    readonly history: readonly BottleneckWindow[]
  }
  export interface BottleneckKind {
    readonly kind: string
    readonly names: number
    readonly calls: number
    readonly totalMs: number
    readonly top: readonly Bottleneck[]
  }
  export interface BottleneckOptions {
    readonly windowMs?: number | undefined
    readonly maxNames?: number | undefined
    readonly channels?: readonly OperationChannel[] | undefined
    readonly clock?: Clock | undefined
  }
  export type BottleneckOrder = 'time' | 'p95' | 'failures' | 'trend'
  export interface BottleneckQuery {
    readonly by?: BottleneckOrder | undefined
    readonly limit?: number | undefined
    readonly kind?: string | undefined
  }
  export interface BottleneckReport {
    readonly madeAt: number
    readonly windowMs: number
    readonly historyMs: number
    readonly by: BottleneckOrder
    readonly kinds: readonly BottleneckKind[]
    readonly standingOut: readonly Bottleneck[]
  }
  export type BottleneckSign = 'dominant' | 'slower' | 'failing'
  export interface BottleneckTrend {
    readonly direction: 'new' | 'slower' | 'steady' | 'faster'
    readonly p95MsBefore?: number | undefined
    readonly p95Ratio?: number | undefined
    readonly callsRatio?: number | undefined
    readonly failureRatioBefore?: number | undefined
  }
  export interface BottleneckWindow {
    readonly startedAt: number
    readonly calls: number
    readonly failures: number
    readonly meanMs: number
    readonly p95Ms: number
    readonly maxMs: number
  }
  export interface BottlenecksFull {
    readonly type: 'bottlenecks:full'
    readonly kind: string
    readonly maxNames: number
  }
  export interface CollectFailed {
    readonly type: 'collect:failed'
    readonly collector: string
    readonly error: unknown
  }
  export interface Counter<label extends string = never> extends CounterSeries, Labelled<label, CounterSeries> {
  }
  export interface CounterSeries {
    add(by?: number): void
  }
  export interface Gauge<label extends string = never> extends GaugeSeries, Labelled<label, GaugeSeries> {
  }
  export type GaugeRule = 'sum' | 'max' | 'min'
  export interface GaugeSeries {
    set(value: number): void
    add(by?: number): void
  }
  export interface HistogramInstrument<label extends string = never> extends HistogramSeries, Labelled<label, HistogramSeries> {
  }
  export interface HistogramInstrumentOptions<label extends string = never> extends InstrumentOptions<label> {
    readonly bounds?: readonly number[] | undefined
  }
  export interface HistogramSeries {
    record(value: number): void
  }
  export interface InstrumentOptions<label extends string = never> {
    readonly name: string
    readonly help: string
    readonly labels?: readonly label[] | undefined
  }
  export interface JsonFamily {
    readonly name: string
    readonly help: string
    readonly type: 'counter' | 'gauge' | 'histogram'
    readonly series: readonly JsonSeries[]
  }
  export interface JsonOptions {
    readonly maxSeries?: number | undefined
  }
  export interface JsonSeries {
    readonly labels: Readonly<Record<string, string>>
    readonly value: number | null | HistogramSnapshot
  }
  export interface Labelled<label extends string, series> {
    with(labels: Readonly<Record<label, string>>): series
  }
  export const METRICS_CHANNEL = "breakwater:metrics"
  export interface Metrics extends Measured, Observable<MetricsEvent>, AsyncDisposable {
    readonly hook: HttpHook
    readonly serverHook: HttpServerHook
    readonly endpoint: HttpEndpoint
    watch(measured: Measured): () => void
    watchWebSockets(server: WebSocketServerPort): () => void
    counter<label extends string = never>(options: InstrumentOptions<label>): Counter<label>
    gauge<label extends string = never>(options: InstrumentOptions<label>): Gauge<label>
    histogram<label extends string = never>(options: HistogramInstrumentOptions<label>): HistogramInstrument<label>
    observe(kind: string, name: string, ms: number, isFailure?: boolean): void
    bottlenecks(query?: BottleneckQuery): BottleneckReport
    text(): Promise<string>
    json(options?: JsonOptions): Promise<readonly JsonFamily[]>
    close(): Promise<void>
  }
  export type MetricsEvent = SeriesCapped | CollectFailed | BottlenecksFull
  export interface MetricsOptions {
    readonly name?: string | undefined
    readonly registry?: RegistryPort | undefined
    readonly names?: NamesStyle | undefined
    readonly durationBounds?: readonly number[] | undefined
    readonly sizeBounds?: readonly number[] | undefined
    readonly maxSeriesPerFamily?: number | undefined
    readonly exemplars?: (() => SpanIds | undefined) | undefined
    readonly process?: boolean | undefined
    readonly labels?: Readonly<Record<string, string>> | undefined
    readonly collectTimeoutMs?: number | undefined
    readonly bottlenecks?: BottleneckOptions | undefined
    readonly clock?: Clock | undefined
  }
  export type NamesStyle = 'prometheus' | 'opentelemetry'
  export interface OperationChannel {
    readonly channel: string
    readonly kind: string
    readonly nameOf?: ((message: Readonly<Record<string, unknown>>) => string | undefined) | undefined
  }
  export interface RegistryMetric {
    name: string
    readonly help: string
    readonly type: string
    readonly aggregator: string
    get(): RegistryValues | Promise<RegistryValues>
    getForPromString(): RegistryValues | Promise<RegistryValues>
    reset(): void
  }
  export interface RegistryPort {
    readonly contentType: string
    registerMetric(metric: never): void
    getSingleMetric(name: string): unknown
    getSingleMetricAsString(name: string): string | PromiseLike<string>
    getMetricsAsArray(): readonly unknown[]
    removeSingleMetric(name: string): void
  }
  export interface RegistryValue {
    readonly value: number
    labels: Readonly<Record<string, string | number>>
    readonly metricName?: string | undefined
  }
  export interface RegistryValues {
    readonly name: string
    readonly help: string
    readonly type: string
    readonly aggregator?: string | undefined
    readonly values: RegistryValue[]
  }
  export interface SeriesCapped {
    readonly type: 'series:capped'
    readonly family: string
    readonly maxSeries: number
  }
  export interface SpanIds {
    readonly traceId: string
    readonly spanId: string
    readonly traceFlags?: number | undefined
  }
  export interface ThreadAggregate extends Aggregate {
    add(port: ThreadPort): void
  }
  export interface ThreadPort {
    postMessage(message: unknown): void
    on(event: string, listener: (message: unknown) => void): unknown
    off(event: string, listener: (message: unknown) => void): unknown
  }
  export interface WebSocketPort {
    readonly readyState: number
    send(...args: never[]): void
    emit(...args: never[]): boolean
  }
  export interface WebSocketServerPort {
    readonly clients?: Iterable<WebSocketPort> | undefined
    handleUpgrade?(...args: never[]): void
    emit(...args: never[]): boolean
  }
  export function answerCluster(metrics: Metrics): Answering
  export function answerThread(metrics: Metrics, port?: ThreadPort): Answering
  export function createClusterAggregate({ own, ...options }?: AggregateMetricsOptions): Aggregate
  export function createMetrics(options?: MetricsOptions): Metrics
  export function createThreadAggregate({ own, ...options }?: AggregateMetricsOptions): ThreadAggregate
}
