import assert from 'node:assert/strict'
import { context, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace'

const exporter = new InMemorySpanExporter()
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
trace.setGlobalTracerProvider(new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] }))
const rows = { find: async (id: string): Promise<{ id: string }> => ({ id }) }

// #region
import { createCache } from '@breakwater/cache'
import { createMemoryStore } from '@breakwater/cache/memory'
import { toPlugin } from '@breakwater/fastify'
import { createCircuitBreaker } from '@breakwater/resilience'
import { createTracing } from '@breakwater/tracing'
import { fastify } from 'fastify'

const tracing = createTracing()
const breaker = createCircuitBreaker({ name: 'database' })
const cache = createCache({ name: 'tasks', memory: createMemoryStore({ maxEntries: 10_000 }) })

const app = fastify()
await app.register(toPlugin({ hooks: [tracing.hook], serverHooks: [tracing.serverHook] }))
app.get<{ Params: { id: string } }>('/tasks/:id', ({ params: { id } }) =>
  cache.getOrSet(id, () => breaker.execute(() => rows.find(id))),
)
// #endregion

await app.inject('/tasks/7')
await app.close()
await cache.close()
await tracing.close()
const spans = exporter.getFinishedSpans()
assert.deepEqual(
  spans.map(({ name }) => name),
  ['breaker database', 'cache load tasks', 'GET /tasks/:id'],
)
const [policy, load, request] = spans
assert.equal(policy?.parentSpanContext?.spanId, load?.spanContext().spanId)
assert.equal(load?.parentSpanContext?.spanId, request?.spanContext().spanId)
