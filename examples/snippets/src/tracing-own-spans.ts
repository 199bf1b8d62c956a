import assert from 'node:assert/strict'
import { context, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace'

const exporter = new InMemorySpanExporter()
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
trace.setGlobalTracerProvider(new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] }))
let sent: Record<string, string> = {}
const fetch = async (_url: string, init: { headers: Record<string, string> }): Promise<{ status: number }> => {
  sent = init.headers
  return { status: 200 }
}
const due = ['a', 'b']

// #region
import { createOperation } from '@breakwater/core'
import { createTracing } from '@breakwater/tracing'

const tracing = createTracing({
  operations: { 'shop:mail': { attributes: ({ source }) => ({ 'mail.queue': source }) } },
})

// A call of another service, which then knows whose it is.
function stockOf(id: string): Promise<number> {
  return tracing.trace(
    'GET stock',
    async (span) => {
      const { status } = await fetch(`https://stock.example/${id}`, { headers: tracing.inject() })
      span.setAttribute('http.response.status_code', status)
      return status
    },
    { kind: 'client', attributes: { 'server.address': 'stock.example' } },
  )
}

// What a package of yours does, which knows nothing of tracing.
const mail = createOperation<{ readonly to: string }>('shop:mail', 'reminders')
const sendMail = (to: string): Promise<void> => mail.trace({ to }, async () => {})

// A job is no request: it begins a trace of its own.
await tracing.trace(
  'send reminders',
  async () => {
    for (const id of due) if ((await stockOf(id)) === 200) await sendMail(id)
  },
  { isRoot: true },
)
// #endregion

await tracing.close()
const spans = exporter.getFinishedSpans()
assert.deepEqual(
  spans.map(({ name }) => name),
  ['GET stock', 'shop mail reminders', 'GET stock', 'shop mail reminders', 'send reminders'],
)
assert.deepEqual(spans[1]?.attributes, { 'mail.queue': 'reminders' })
assert.equal(sent.traceparent?.split('-')[2], spans[2]?.spanContext().spanId)
assert.equal(new Set(spans.map((span) => span.spanContext().traceId)).size, 1)
