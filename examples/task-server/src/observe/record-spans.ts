import { context, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { resourceFromAttributes } from '@opentelemetry/resources'
import {
  AlwaysOffSampler,
  BatchSpanProcessor,
  createAlwaysRecordSampler,
  type SpanProcessor,
  TracerProvider,
  type TracerProviderOptions,
} from '@opentelemetry/sdk-trace'
import { VERSION } from '../about.ts'

/** How long one batch may take: what waits at a stop must not take all of its time. */
const TIMEOUT_MS = 2_000

/** The SDK that takes spans. */
export interface SpanRecording {
  /** Sends what still waits, and ends it. Never rejects: what cannot be sent is lost. */
  close(): Promise<void>
}

/**
 * Takes all spans of this process, and sends them to a collector if there is one, by OTLP over HTTP.
 *
 * @param processor Sees them all, whoever else does.
 * @param url Where the collector takes traces.
 */
export async function recordSpans(processor: SpanProcessor, url: string | undefined): Promise<SpanRecording> {
  const provider = new TracerProvider({
    resource: resourceFromAttributes({ 'service.name': 'task-server', 'service.version': VERSION }),
    ...(url === undefined ? forOurselves(processor) : { spanProcessors: [await exportTo(url), processor] }),
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

async function exportTo(url: string): Promise<SpanProcessor> {
  // It takes its time to load.
  const { OTLPTraceExporter } = await import('@opentelemetry/exporter-trace-otlp-http')
  return new BatchSpanProcessor({ exporter: new OTLPTraceExporter({ url, timeoutMillis: TIMEOUT_MS }) })
}

/** Nobody can look them up elsewhere, which is what `sampled` would say to others. */
function forOurselves(processor: SpanProcessor): TracerProviderOptions {
  return { spanProcessors: [processor], sampler: createAlwaysRecordSampler(new AlwaysOffSampler()) }
}
