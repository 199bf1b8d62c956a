import assert from 'node:assert/strict'
import { AsyncLocalStorage } from 'node:async_hooks'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { connect } from 'node:net'
import { context, ROOT_CONTEXT, trace } from '@opentelemetry/api'

const CALLER = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331' }

export async function smoke({ '@breakwater/tracing': { createTracing, TRACING_CHANNEL } }) {
  assert.equal(TRACING_CHANNEL, 'breakwater:tracing')
  assert.throws(() => createTracing({ parent: 'yes' }), /`parent`.* "yes"/)
  const tracing = createTracing()
  assert.deepEqual([tracing.isActive, tracing.inject({ a: 'b' })], [false, { a: 'b' }])
  assert.equal(
    tracing.trace('job', (span) => span.isRecording()),
    false,
  )

  const ended = register()
  assert.equal(tracing.isActive, true)
  await nests(tracing, ended)
  await keepsRequestsApart(tracing, ended)
  await tracing.close()
  trace.disable()
  context.disable()
}

async function nests(tracing, ended) {
  const db = tracing.traceQueries({ query: async () => tracing.inject() })
  const { traceparent } = await tracing.trace('job', () => db.query("SELECT 'secret' FROM tasks"))
  const [query, job] = ended.splice(0)
  assert.deepEqual([query.name, job.name, query.parent], ['SELECT tasks', 'job', job.spanId])
  assert.equal(query.attributes['db.query.text'], 'SELECT ? FROM tasks')
  assert.equal(traceparent, `00-${job.traceId}-${query.spanId}-01`)
}

/** Kept alive and pipelined, as what leaks does it there. */
async function keepsRequestsApart(tracing, ended) {
  const server = createServer((request, response) => serve(tracing.hook, request, response)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const socket = connect(server.address().port, '127.0.0.1').setEncoding('utf8')
  let text = ''
  socket.on('data', (piece) => {
    text += piece
  })
  const seen = () => [...text.matchAll(/seen:(\d+):(\w{16})\./g)].map(([, n, id]) => [n, id])
  const send = (n) => {
    const traceparent = n % 2 ? `traceparent: 00-${CALLER.traceId}-${CALLER.spanId}-01\r\n` : ''
    socket.write(`POST /${n} HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n${traceparent}\r\nhi`)
  }
  for (let n = 0; n < 8; n++) send(n)
  await until(() => seen().length === 8)
  for (let n = 8; n < 12; n++) {
    send(n)
    await until(() => seen().length === n + 1)
  }
  socket.destroy()
  await until(() => ended.length === 12)
  for (const { attributes, spanId, traceId, parent } of ended) {
    const n = attributes['url.path'].slice(1)
    assert.deepEqual(
      seen().find(([path]) => path === n),
      [n, spanId],
    )
    assert.equal(parent, n % 2 ? CALLER.spanId : undefined)
    assert.equal(traceId === CALLER.traceId, n % 2 === 1)
  }
  assert.equal(new Set(ended.map(({ traceId }) => traceId)).size, 7)
  assert.equal(trace.getActiveSpan(), undefined)
  server.close()
  await once(server, 'close')
}

/** What an adapter does, in a few lines. */
function serve(hook, request, response) {
  const exchange = {
    method: request.method,
    path: request.url,
    route: undefined,
    status: 200,
    startedAtMs: performance.now(),
    slots: [],
    header: (name) => request.headers[name],
  }
  hook.onStart(exchange, 0)
  response.on('close', () => hook.onEnd({ ...exchange, outcome: 'finished' }, 0))
  hook.around(
    exchange,
    () => {
      setTimeout(async () => {
        await null
        response.end(`seen:${request.url.slice(1)}:${trace.getActiveSpan().spanContext().spanId}.`)
      }, Math.random() * 5)
      request.resume()
    },
    0,
  )
}

async function until(isDone) {
  const lateMs = performance.now() + 20_000
  while (!isDone()) {
    assert.ok(performance.now() < lateMs, 'it takes too long')
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
}

/** The least that is an SDK: those of OpenTelemetry do not run on every Node that this package does. */
function register() {
  const ended = []
  let ids = 0
  const id = (length) => (++ids).toString(16).padStart(length, '0')
  const startSpan = (name, { attributes = {} } = {}, parent = context.active()) => {
    const above = trace.getSpanContext(parent)
    const own = { traceId: above?.traceId ?? id(32), spanId: id(16), traceFlags: 1 }
    const span = { name, attributes: { ...attributes }, parent: above?.spanId, ...own }
    const self = {
      spanContext: () => own,
      isRecording: () => true,
      setAttribute: (key, value) => {
        span.attributes[key] = value
        return self
      },
      setAttributes: (more) => {
        Object.assign(span.attributes, more)
        return self
      },
      setStatus: () => self,
      updateName: () => self,
      recordException() {},
      end: () => void ended.push(span),
    }
    return self
  }
  trace.setGlobalTracerProvider({ getTracer: () => ({ startSpan }) })
  const storage = new AsyncLocalStorage()
  context.setGlobalContextManager({
    active: () => storage.getStore() ?? ROOT_CONTEXT,
    with: (active, run, self, ...args) => storage.run(active, () => run.apply(self, args)),
    bind:
      (active, run) =>
      (...args) =>
        storage.run(active, () => run(...args)),
    enable() {},
    disable() {},
  })
  return ended
}
