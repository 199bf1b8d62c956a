import assert from 'node:assert/strict'
import { context, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace'

const exporter = new InMemorySpanExporter()
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
trace.setGlobalTracerProvider(new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] }))
const lines: Record<string, unknown>[] = []
const destination = { write: (line: string): void => void lines.push(JSON.parse(line)) }

// #region
import { toPlugin } from '@breakwater/fastify'
import { createLogger } from '@breakwater/logger'
import { createTracing } from '@breakwater/tracing'
import { fastify } from 'fastify'

const tracing = createTracing()
const logger = createLogger({ destination, hear: false, context: { activeSpan: tracing.activeSpan } })

const app = fastify()
// Who says last what a request was comes before tracing, and still knows its span.
await app.register(toPlugin({ hooks: [logger.hook, tracing.hook] }))
app.get('/tasks/:id', () => {
  logger.info('inside') // has traceId and spanId
  return { id: 7 }
})
// #endregion

await app.inject('/tasks/7')
await app.close()
await logger.close()
await tracing.close()
const { traceId, spanId } = exporter.getFinishedSpans()[0]?.spanContext() ?? {}
assert.deepEqual(
  lines.map((line) => [line.msg, line.traceId, line.spanId]),
  [
    ['inside', traceId, spanId],
    ['request finished', traceId, spanId],
  ],
)
