import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createServer as createTcpServer } from 'node:net'
import { json } from 'node:stream/consumers'

/** A span as OTLP has it. */
interface OtlpSpan {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly name: string
  readonly kind: number
  readonly startTimeUnixNano: string
  readonly endTimeUnixNano: string
  readonly attributes: readonly { readonly key: string; readonly value: Record<string, unknown> }[]
  readonly status: { readonly code?: number }
}
interface OtlpRequest {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: OtlpSpan['attributes'] }
    readonly scopeSpans: readonly { readonly scope: { readonly name: string }; readonly spans: readonly OtlpSpan[] }[]
  }[]
}

// Stands for a collector, such as that of OpenTelemetry, Jaeger or Tempo.
const received: OtlpRequest[] = []
const collector = createServer(async (request, response) => {
  assert.deepEqual([request.method, request.url], ['POST', '/v1/traces'])
  received.push((await json(request)) as OtlpRequest)
  response.writeHead(200, { 'content-type': 'application/json' }).end('{}')
}).listen(0, '127.0.0.1')
await once(collector, 'listening')
const COLLECTOR_URL = `http://127.0.0.1:${(collector.address() as AddressInfo).port}/v1/traces`
const PORT = await freePort()
const rows = { query: async (_text: string, _values: unknown[]): Promise<unknown> => ({ rows: [{ id: 7 }] }) }

// #region
import { createServer } from 'node:http'
import { toListener } from '@breakwater/express'
import { createTracing } from '@breakwater/tracing'
import { context, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import {
  BatchSpanProcessor,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace'

// The SDK is yours: which spans are kept, and where they go. Or `NodeSDK` of @opentelemetry/sdk-node, which does all this.
const exporter = new OTLPTraceExporter({ url: COLLECTOR_URL, timeoutMillis: 5_000 })
const provider = new TracerProvider({
  sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(0.1) }), // a tenth, and what callers have sampled
  spanProcessors: [new BatchSpanProcessor({ exporter })],
})
trace.setGlobalTracerProvider(provider)
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())

const tracing = createTracing()
const database = tracing.traceQueries(rows, { system: 'postgresql' })
const server = createServer(
  toListener({ hooks: [tracing.hook] }, async (request, response) => {
    request.route = { path: '/tasks/:id' }
    response.end(JSON.stringify(await database.query("SELECT * FROM tasks WHERE id = $1 AND owner = 'ann'", [7])))
  }),
).listen(PORT)

async function stop(): Promise<void> {
  server.close()
  await tracing.close()
  await provider.shutdown() // sends what waits
}
// #endregion

await once(server, 'listening')
const caller = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331' }
const headers = { traceparent: `00-${caller.traceId}-${caller.spanId}-01`, connection: 'close' }
await (await fetch(`http://127.0.0.1:${PORT}/tasks/7?token=secret`, { headers })).text()
await stop()
collector.close()
collector.closeAllConnections()

const scopes = received.flatMap(({ resourceSpans }) => resourceSpans.flatMap(({ scopeSpans }) => scopeSpans))
assert.deepEqual(
  scopes.map(({ scope }) => scope.name),
  ['@breakwater/tracing'],
)
const spans = scopes.flatMap(({ spans }) => spans)
const of = ({ attributes }: OtlpSpan): Record<string, unknown> =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]))
assert.deepEqual(spans.map(({ name, kind }) => [name, kind]).sort(), [
  ['GET /tasks/:id', 2], // SERVER
  ['SELECT tasks', 3], // CLIENT
])
const request = spans.find(({ kind }) => kind === 2) as OtlpSpan
const query = spans.find(({ kind }) => kind === 3) as OtlpSpan
assert.deepEqual([request.traceId, request.parentSpanId], [caller.traceId, caller.spanId])
assert.deepEqual([query.traceId, query.parentSpanId], [caller.traceId, request.spanId])
assert.ok(BigInt(request.startTimeUnixNano) <= BigInt(query.startTimeUnixNano))
assert.ok(BigInt(query.endTimeUnixNano) <= BigInt(request.endTimeUnixNano))
const { 'http.route': route, 'http.response.status_code': status, 'url.path': path, 'server.port': port } = of(request)
assert.deepEqual([route, Number(status), path, Number(port)], ['/tasks/:id', 200, '/tasks/7', PORT])
assert.deepEqual(of(query), {
  'db.system.name': 'postgresql',
  'db.operation.name': 'SELECT',
  'db.query.summary': 'SELECT tasks',
  'db.query.text': 'SELECT * FROM tasks WHERE id = $1 AND owner = ?',
})
assert.ok(!JSON.stringify(received).includes('secret'))

async function freePort(): Promise<number> {
  const server = createTcpServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
