/**
 * Turns what the other packages tell and count into Prometheus metrics, without any of them knowing.
 *
 * @module
 */
export type { Answering } from './lib/aggregate/cluster.ts'
export type { GaugeRule } from './lib/aggregate/gauge-rule.ts'
export type { Aggregate } from './lib/aggregate/options.ts'
export type { ThreadAggregate, ThreadPort } from './lib/aggregate/workers.ts'
export {
  type AggregateMetricsOptions,
  answerCluster,
  answerThread,
  createClusterAggregate,
  createThreadAggregate,
} from './lib/aggregates.ts'
export type { BottleneckOptions, OperationChannel } from './lib/bottlenecks/options.ts'
export type {
  Bottleneck,
  BottleneckKind,
  BottleneckOrder,
  BottleneckQuery,
  BottleneckReport,
  BottleneckSign,
  BottleneckTrend,
  BottleneckWindow,
} from './lib/bottlenecks/report.ts'
export {
  type BottlenecksFull,
  type CollectFailed,
  METRICS_CHANNEL,
  type MetricsEvent,
  type SeriesCapped,
} from './lib/events.ts'
export type { JsonFamily, JsonSeries } from './lib/exposition/json.ts'
export type { SpanIds } from './lib/http/exemplars.ts'
export type { NamesStyle } from './lib/http/names.ts'
export { createMetrics, type JsonOptions, type Metrics } from './lib/metrics.ts'
export type { MetricsOptions } from './lib/options.ts'
export type { RegistryMetric, RegistryPort, RegistryValue, RegistryValues } from './lib/registry/port.ts'
export type {
  Counter,
  CounterSeries,
  Gauge,
  GaugeSeries,
  HistogramInstrument,
  HistogramInstrumentOptions,
  HistogramSeries,
  InstrumentOptions,
  Labelled,
} from './lib/series/instruments.ts'
export type { WebSocketPort, WebSocketServerPort } from './lib/websocket/port.ts'
