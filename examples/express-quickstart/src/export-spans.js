const { context, trace } = require('@opentelemetry/api')
const { AsyncLocalStorageContextManager } = require('@opentelemetry/context-async-hooks')
const { BatchSpanProcessor, TracerProvider } = require('@opentelemetry/sdk-trace')

/**
 * Makes spans of this process, and sends them to a collector if there is one: `OTEL_EXPORTER_OTLP_ENDPOINT`. Without, log lines have
 * the ids of their trace all the same.
 */
function exportSpans(endpoint) {
  const spanProcessors = []
  if (endpoint !== undefined) {
    const { OTLPTraceExporter } = require('@opentelemetry/exporter-trace-otlp-http') // takes its time to load
    const exporter = new OTLPTraceExporter({ url: `${endpoint}/v1/traces`, timeoutMillis: 2_000 })
    spanProcessors.push(new BatchSpanProcessor({ exporter }))
  }
  const provider = new TracerProvider({ spanProcessors })
  trace.setGlobalTracerProvider(provider)
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
  return { close: () => provider.shutdown() }
}

module.exports = { exportSpans }
