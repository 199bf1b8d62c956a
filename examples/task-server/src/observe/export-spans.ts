import { context, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace'
import { VERSION } from '../about.ts'

/** How long one batch may take: what waits at a stop must not take all of its time. */
const TIMEOUT_MS = 2_000

/** Where spans go. */
export interface SpanExport {
  /** Sends what still waits, and ends it. Never rejects: what cannot be sent is lost. */
  close(): Promise<void>
}

/**
 * Sends all spans of this process to a collector, by OTLP over HTTP.
 *
 * @param url Where the collector takes traces.
 */
export function exportSpans(url: string): SpanExport {
  const exporter = new OTLPTraceExporter({ url, timeoutMillis: TIMEOUT_MS })
  const provider = new TracerProvider({
    resource: resourceFromAttributes({ 'service.name': 'task-server', 'service.version': VERSION }),
    spanProcessors: [new BatchSpanProcessor({ exporter })],
  })
  trace.setGlobalTracerProvider(provider)
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
  return {
    async close() {
      await provider.shutdown().catch(() => undefined)
      trace.disable()
      context.disable()
    },
  }
}
