import {
  AggregationTemporality,
  type DataPoint,
  type Histogram,
  MeterProvider,
  MetricReader,
} from '@opentelemetry/sdk-metrics'
import { watchHttp } from '../http-instrumentation.ts'

/** One that reads only when it is asked, as Prometheus' exporter does. */
class Reader extends MetricReader {
  override async onForceFlush(): Promise<void> {}
  override async onShutdown(): Promise<void> {}
  override selectAggregationTemporality(): AggregationTemporality {
    return AggregationTemporality.CUMULATIVE
  }
}

/** OpenTelemetry's own instrumentation, watching all servers of this process. */
export interface WatchingOtel {
  /** How many requests it has counted. */
  work(): Promise<number>
  /** Has it watch them no more. */
  stop(): Promise<void>
}

/**
 * Has OpenTelemetry's own instrumentation watch all servers of this process.
 *
 * @param hasSdk Whether there is an SDK that takes metrics. There is none that takes spans.
 */
export function watchWithOtel(hasSdk: boolean): WatchingOtel {
  const { instrumentation, stop } = watchHttp()
  const reader = hasSdk ? new Reader() : undefined
  const provider = reader && new MeterProvider({ readers: [reader] })
  if (provider !== undefined) instrumentation.setMeterProvider(provider)
  return {
    work: async () => (reader === undefined ? 0 : countIn(reader)),
    async stop() {
      stop()
      await provider?.shutdown()
    },
  }
}

async function countIn(reader: MetricReader): Promise<number> {
  const { resourceMetrics } = await reader.collect()
  const points = resourceMetrics.scopeMetrics
    .flatMap(({ metrics }) => metrics)
    .filter(({ descriptor }) => /^http\.server\.(?:request\.)?duration$/.test(descriptor.name))
    .flatMap(({ dataPoints }) => dataPoints as DataPoint<Histogram>[])
  return points.reduce((sum, { value }) => sum + value.count, 0)
}
