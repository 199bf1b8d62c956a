import { context, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { BatchSpanProcessor, type SpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace'

/**
 * Makes spans of this process, and sends them to a collector if there is one: `OTEL_EXPORTER_OTLP_ENDPOINT`. Without, log lines have
 * the ids of their trace all the same.
 */
export async function exportSpans(endpoint: string | undefined): Promise<{ close(): Promise<void> }> {
  const spanProcessors: SpanProcessor[] = []
  if (endpoint !== undefined) {
    const { OTLPTraceExporter } = await import('@opentelemetry/exporter-trace-otlp-http') // takes its time to load
    const exporter = new OTLPTraceExporter({ url: `${endpoint}/v1/traces`, timeoutMillis: 2_000 })
    spanProcessors.push(new BatchSpanProcessor({ exporter }))
  }
  const provider = new TracerProvider({ spanProcessors })
  trace.setGlobalTracerProvider(provider)
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
  return { close: () => provider.shutdown() }
}
