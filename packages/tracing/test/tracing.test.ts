import { tracingChannel } from 'node:diagnostics_channel'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { createOperation, type HttpExchange, type HttpHook } from '@breakwater/core'
import { createManualClock } from '@breakwater/core/testing'
import { toListener } from '@breakwater/express'
import { createLogger } from '@breakwater/logger'
import {
  type Context,
  type ContextManager,
  context,
  propagation,
  ROOT_CONTEXT,
  type Span,
  type Tracer,
  type TracerProvider,
  trace,
} from '@opentelemetry/api'
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http'
import {
  AlwaysOnSampler,
  InMemorySpanExporter,
  NodeTracerProvider,
  ParentBasedSampler,
  SamplingDecision,
  SimpleSpanProcessor,
  type SpanExporter,
} from '@opentelemetry/sdk-trace-node'
import fc from 'fast-check'
import { expect, onTestFinished, test, vi } from 'vitest'
import { createTracing, type Tracing, type TracingEvent, type TracingOptions } from '../src/index.ts'
import { install, tracingFor, uninstall } from './support/sdk.ts'
import { get, onNode, SERVERS } from './support/serve.ts'

const TRACE_ID = '0af7651916cd43dd8448eb211c80319c'
const SPAN_ID = 'b7ad6b7169203331'
const LOAD = 'breakwater:cache:load'

function numbers(tracing: {
  measure(): readonly { name: string; value: unknown; labels?: object | undefined }[]
}): Record<string, unknown> {
  return Object.fromEntries(
    tracing.measure().map(({ name, value, labels = {} }) => [[name, ...Object.values(labels)].join(' '), value]),
  )
}

test('without an SDK nothing is made, heard or changed', async () => {
  uninstall()
  const exchangeSlots: unknown[][] = []
  const watch: HttpHook = {
    onEnd: (exchange) => exchangeSlots.push(exchange.slots.filter((note) => note !== undefined)),
  }
  const tracing = tracingFor()
  const load = createOperation<object>(LOAD, 'tasks')
  const server = await onNode(tracing, () => load.trace({}, async () => tracing.inject()), [watch])
  expect((await get(server, '/tasks/1', { traceparent: `00-${TRACE_ID}-${SPAN_ID}-01` })).body).toBe('{}')
  expect(tracing.trace('job', (span) => span.setAttribute('a', 1).isRecording())).toBe(false)
  expect([tracing.isActive, tracing.activeSpan(), tracingChannel(LOAD).hasSubscribers]).toEqual([
    false,
    undefined,
    false,
  ])
  await vi.waitFor(() => expect(exchangeSlots).toEqual([[]]))
  expect(numbers(tracing)).toMatchObject({
    tracing_active: 0,
    'tracing_spans_total request': 0,
    tracing_faults_total: 0,
  })
})

/** An exchange that counts who looks for a place in it. */
function fakeExchange(headers: Record<string, string> = {}): HttpExchange & { looks: number } {
  const slots: unknown[] = []
  return {
    looks: 0,
    method: 'GET',
    path: '/',
    route: undefined,
    status: 200,
    outcome: 'finished',
    startedAtMs: performance.now(),
    get slots() {
      this.looks++
      return slots
    },
    header: (name) => headers[name],
    setHeader() {},
  }
}

function pass({ hook }: Tracing, exchange: HttpExchange, inside = (): void => {}): void {
  hook.onStart?.(exchange, 0)
  hook.around?.(exchange, inside, 0)
  hook.onHead?.(exchange, 0)
  hook.onEnd?.(exchange, 0)
}

test('nothing is kept on an exchange without an SDK, also once one has gone', () => {
  uninstall()
  const tracing = tracingFor()
  const [before, during, after] = [fakeExchange(), fakeExchange(), fakeExchange()]
  pass(tracing, before)
  install()
  pass(tracing, during)
  uninstall()
  pass(tracing, after)
  expect([before.looks, during.looks > 0, after.looks]).toEqual([0, true, 0])
})

test('the span of a request that waited before hooks saw it began when it came in', () => {
  const sdk = install()
  const clock = createManualClock()
  const tracing = tracingFor({ clock })
  pass(tracing, { ...fakeExchange(), startedAtMs: clock.now() - 500 })
  pass(tracing, { ...fakeExchange(), startedAtMs: clock.now(), path: '/at-once' })
  const seconds = sdk.spans.map(({ duration: [whole, nanos] }) => whole + nanos / 1e9)
  expect(seconds[0]).toBeGreaterThanOrEqual(0.5)
  expect(seconds[1]).toBeLessThan(seconds[0] as number)
})

test('activeSpan() is that of a request that just ended, until others go on', async () => {
  const sdk = install()
  const tracing = tracingFor()
  pass(tracing, fakeExchange())
  const own = sdk.find('GET').spanContext().spanId
  expect(tracing.activeSpan()).toMatchObject({ spanId: own, traceFlags: 1 })
  tracing.trace('other', (span) => expect(tracing.activeSpan()?.spanId).toBe(span.spanContext().spanId))
  await null
  expect(tracing.activeSpan()).toBeUndefined()
})

test('an SDK that comes later is found, and one that goes is let go, told each time', async () => {
  uninstall()
  const tracing = tracingFor()
  const events: TracingEvent[] = []
  tracing.subscribe((event) => events.push(event))
  const server = await onNode(tracing, () => null)
  await get(server, '/tasks/1')
  const sdk = install()
  await get(server, '/tasks/2')
  await vi.waitFor(() => expect(sdk.spans).toHaveLength(1))
  expect(tracingChannel(LOAD).hasSubscribers).toBe(true)
  uninstall()
  await get(server, '/tasks/3')
  expect(tracingChannel(LOAD).hasSubscribers).toBe(false)
  const again = install()
  await get(server, '/tasks/4')
  await vi.waitFor(() => expect(again.spans).toHaveLength(1))
  expect(events.map(({ type }) => type)).toEqual(['tracer:found', 'tracer:lost', 'tracer:found'])
})

test('a tracer provider of your own is taken instead of the global one', async () => {
  const sdk = install()
  const exporter = new InMemorySpanExporter()
  const tracerProvider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] })
  const tracing = tracingFor({ tracerProvider })
  tracing.trace('job', () => {})
  expect([sdk.spans.length, exporter.getFinishedSpans().length]).toEqual([0, 1])
})

test('an SDK without a context manager is told of: requests still have spans', async () => {
  const sdk = install({ hasContext: false })
  const events: TracingEvent[] = []
  uninstallLater()
  trace.disable()
  const tracing = tracingFor()
  tracing.subscribe((event) => events.push(event))
  trace.setGlobalTracerProvider(sdk.provider)
  const server = await onNode(tracing, () => tracing.activeSpan() ?? null)
  expect((await get(server, '/tasks/1')).body).toBe('null')
  await vi.waitFor(() => expect(sdk.spans).toHaveLength(1))
  expect(events.map(({ type }) => type)).toEqual(['tracer:found', 'context:missing'])
})

function uninstallLater(): void {
  onTestFinished(uninstall)
}

test('close() makes and hears nothing any more, and what is under way still ends', async () => {
  const sdk = install()
  const tracing = createTracing()
  const held = Promise.withResolvers<void>()
  const server = await onNode(tracing, () => held.promise)
  const answer = get(server, '/tasks/1')
  await vi.waitFor(() => expect(numbers(tracing).tracing_spans_open).toBe(1))
  await tracing.close()
  await tracing[Symbol.asyncDispose]()
  held.resolve()
  await answer
  await vi.waitFor(() => expect(sdk.spans).toHaveLength(1))
  await get(server, '/tasks/2')
  tracing.trace('job', () => {})
  expect(sdk.spans).toHaveLength(1)
  expect([tracing.isActive, tracingChannel(LOAD).hasSubscribers]).toEqual([false, false])
})

test('a parent that is not sampled has nothing recorded, and one that is does', async () => {
  const sdk = install({ sampler: new ParentBasedSampler({ root: new AlwaysOnSampler() }) })
  const tracing = tracingFor()
  const server = await onNode(tracing, () => tracing.activeSpan())
  const off = await get(server, '/tasks/1', { traceparent: `00-${TRACE_ID}-${SPAN_ID}-00` })
  expect(JSON.parse(off.body)).toMatchObject({ traceId: TRACE_ID, traceFlags: 0 })
  const on = await get(server, '/tasks/2', { traceparent: `00-${TRACE_ID}-${SPAN_ID}-01` })
  expect(JSON.parse(on.body)).toMatchObject({ traceId: TRACE_ID, traceFlags: 1 })
  await vi.waitFor(() => expect(sdk.spans).toHaveLength(1))
  expect(numbers(tracing)).toMatchObject({ 'tracing_spans_total request': 1, tracing_requests_unsampled_total: 1 })
})

test('a request that is not sampled says nothing, unless the sampler wants it all the same', async () => {
  const asked: unknown[] = []
  const sdk = install({
    sampler: {
      shouldSample(_context, _traceId, _name, _kind, attributes) {
        asked.push(attributes['url.path'])
        return { decision: SamplingDecision.RECORD_AND_SAMPLED }
      },
    },
  })
  const server = await onNode(tracingFor(), () => null)
  await get(server, '/tasks/1', { traceparent: `00-${TRACE_ID}-${SPAN_ID}-00` })
  await get(server, '/tasks/2')
  await vi.waitFor(() => expect(sdk.spans).toHaveLength(2))
  expect(asked).toEqual([undefined, '/tasks/2'])
  expect(sdk.spans.map(({ attributes }) => attributes['url.path'])).toEqual(['/tasks/1', '/tasks/2'])
})

test('where an HTTP instrumentation made a span, there is no second one, and that one gets the route', async () => {
  const instrumentation = new HttpInstrumentation()
  createRequire(import.meta.url)('node:http')
  const sdk = install()
  instrumentation.setTracerProvider(sdk.provider)
  onTestFinished(() => instrumentation.disable())
  const tracing = tracingFor()
  const ids: unknown[] = []
  const server = await onNode(tracing, () => {
    ids.push(tracing.activeSpan()?.spanId)
    return tracing.trace('inner', () => 1)
  }, [{ onEnd: (exchange) => ids.push(tracing.activeSpan(exchange)?.spanId) }])
  const request = `GET /tasks/1 HTTP/1.1\r\nhost: x\r\nconnection: close\r\ntraceparent: 00-${TRACE_ID}-${SPAN_ID}-01\r\n\r\n`
  connect(server.port, '127.0.0.1', function (this: Socket) {
    this.write(request)
  }).resume()
  await vi.waitFor(() => expect(sdk.spans).toHaveLength(2))
  const span = sdk.find('GET /tasks/:id')
  expect(span.attributes).toMatchObject({ 'http.route': '/tasks/:id' })
  expect(span.instrumentationScope.name).toBe('@opentelemetry/instrumentation-http')
  expect(sdk.find('inner').parentSpanContext?.spanId).toBe(span.spanContext().spanId)
  await vi.waitFor(() => expect(ids).toEqual([span.spanContext().spanId, span.spanContext().spanId]))
})

// Each member, once it is made to throw, must cost its span and nothing else.
const explode = (): never => {
  throw new Error('the tracer is broken')
}

/** A provider of which something throws. */
function broken(part: string): TracerProvider {
  const real = new NodeTracerProvider()
  if (part === 'getTracer') return { getTracer: explode }
  const span = (made: Span): Span =>
    new Proxy(made, {
      get: (target, name) => (name === part ? explode : bound(target, name)),
    })
  return {
    getTracer(...args) {
      const tracer: Tracer = real.getTracer(...args)
      if (part === 'startSpan') return { ...tracer, startSpan: explode } as unknown as Tracer
      return { startSpan: (...given: Parameters<Tracer['startSpan']>) => span(tracer.startSpan(...given)) } as Tracer
    },
  }
}

function bound(target: object, name: string | symbol): unknown {
  const value: unknown = Reflect.get(target, name)
  return typeof value === 'function' ? value.bind(target) : value
}

test.each([
  'getTracer',
  'startSpan',
  'isRecording',
  'spanContext',
  'setAttribute',
  'setAttributes',
  'setStatus',
  'updateName',
  'recordException',
  'end',
])('%s() that throws breaks no request, operation, query or function', async (part) => {
  install({ processors: [] })
  const clock = createManualClock()
  const tracing = tracingFor({ tracerProvider: broken(part), attributes: () => ({ a: 1 }), clock })
  const events: TracingEvent[] = []
  tracing.subscribe((event) => events.push(event))
  const db = tracing.traceQueries({ query: async (text: string) => text })
  const load = createOperation<object>(LOAD, 'tasks')
  let runs = 0
  const server = await onNode(tracing, () =>
    load.trace({}, async () => {
      tracing.inject()
      tracing.activeSpan()
      return [++runs, await db.query('SELECT 1')]
    }),
  )
  expect(await get(server, '/tasks/1')).toEqual({ status: 200, body: '[1,"SELECT 1"]' })
  expect(await get(server, '/tasks/2')).toEqual({ status: 200, body: '[2,"SELECT 1"]' })
  expect(tracing.trace('job', () => 7)).toBe(7)
  await expect(tracing.trace('job', () => Promise.reject(new Error('mine')))).rejects.toThrow('mine')
  expect(numbers(tracing).tracing_spans_open).toBe(0)
  if (part !== 'spanContext') expect(numbers(tracing).tracing_faults_total).toBeGreaterThan(0)
  // Told once a minute.
  const told = events.filter(({ type }) => type === 'span:failed').length
  expect(told).toBeLessThanOrEqual(3)
})

test('a fault is told once a minute, with how many there were', () => {
  const clock = createManualClock()
  const tracing = tracingFor({ tracerProvider: broken('startSpan'), clock })
  const events: TracingEvent[] = []
  tracing.subscribe((event) => events.push(event))
  for (let n = 0; n < 5; n++) tracing.trace('job', () => {})
  clock.advance(60_000)
  tracing.trace('job', () => {})
  expect(events).toMatchObject([
    { type: 'span:failed', part: 'start', count: 1, error: expect.any(Error) },
    { type: 'span:failed', part: 'start', count: 5 },
  ])
})

test('functions among the options, propagators and context managers that throw break nothing', async () => {
  install()
  propagation.disable()
  propagation.setGlobalPropagator({ fields: () => ['x'], inject: explode, extract: explode })
  const calls: string[] = []
  const options: TracingOptions = {
    ignore: ({ path }) => (path === '/tasks/ignored' ? explode() : false),
    attributes: explode,
    operations: { [LOAD]: { name: explode } },
  }
  const tracing = tracingFor(options)
  const load = createOperation<object>(LOAD, 'tasks')
  const server = await onNode(tracing, () => load.trace({}, async () => tracing.inject({ a: 'b' })))
  expect((await get(server, '/tasks/ignored')).body).toBe('{"a":"b"}')
  context.disable()
  context.setGlobalContextManager({
    active: () => ROOT_CONTEXT,
    // Runs it twice, too.
    with: ((_context: Context, run: () => unknown): never => {
      calls.push('with')
      run()
      run()
      return explode()
    }) as ContextManager['with'],
    bind: explode,
    enable() {
      return this
    },
    disable() {
      return this
    },
  })
  let runs = 0
  expect(tracing.trace('job', () => ++runs)).toBe(1)
  expect((await get(server, '/tasks/1')).body).toBe('{"a":"b"}')
  expect(calls.length).toBeGreaterThan(0)
})

test('a context manager that runs nothing has everything run all the same', async () => {
  install()
  context.disable()
  context.setGlobalContextManager({
    active: () => ROOT_CONTEXT,
    with: explode,
    bind: explode,
    enable() {
      return this
    },
    disable() {
      return this
    },
  })
  const tracing = tracingFor()
  let runs = 0
  expect(tracing.trace('job', () => ++runs)).toBe(1)
  const server = await onNode(tracing, () => ++runs)
  expect((await get(server, '/tasks/1')).body).toBe('2')
})

test('an exporter that throws or hangs breaks no request', async () => {
  const exporter: SpanExporter = { export: explode, shutdown: () => new Promise(() => {}) }
  install({ processors: [new SimpleSpanProcessor(exporter)] })
  const tracing = tracingFor()
  const server = await onNode(tracing, () => 1)
  for (let n = 0; n < 3; n++) expect((await get(server, '/tasks/1')).body).toBe('1')
})

test.each([true, false])('malformed trace context is ignored, with a propagator: %s', async (propagates) => {
  const sdk = install({ propagates })
  const tracing = tracingFor()
  const server = await onNode(tracing, () => tracing.inject())
  for (const traceparent of ['x', '00-0-0-0', `00-${'0'.repeat(32)}-${SPAN_ID}-01`, `ff-${TRACE_ID}-${SPAN_ID}-01`])
    await get(server, '/tasks/1', { traceparent, tracestate: ',,=,', baggage: '=;%' })
  await vi.waitFor(() => expect(sdk.spans).toHaveLength(4))
  for (const span of sdk.spans) expect(span.parentSpanContext).toBeUndefined()
  expect(numbers(tracing).tracing_malformed_parents_total).toBe(4)
})

test('whatever headers bring, a request has one span, and what goes out is well formed', async () => {
  for (const propagates of [true, false]) {
    const sdk = install({ propagates })
    const tracing = tracingFor()
    let out: Record<string, string> = {}
    const pieces = [
      TRACE_ID,
      SPAN_ID,
      '00',
      '01',
      'ff',
      '-',
      '=',
      ',',
      ';',
      ' ',
      '%',
      '\u00ff',
      'a@b',
      'é',
      '"',
      '0'.repeat(600),
    ]
    const text = fc.array(fc.constantFrom(...pieces), { maxLength: 12 }).map((parts) => parts.join(''))
    let count = 0
    fc.assert(
      fc.property(text, text, text, text, (traceparent, tracestate, baggage, host) => {
        const headers: Record<string, string> = { traceparent, tracestate, baggage, host, 'user-agent': host }
        pass(tracing, fakeExchange(headers), () => (out = tracing.inject()))
        count++
        expect(out.traceparent).toMatch(/^00-[\da-f]{32}-[\da-f]{16}-0[01]$/)
        expect(out.tracestate ?? '').not.toMatch(/[^\x20-\x7e]/)
        expect((out.tracestate ?? '').length).toBeLessThanOrEqual(512)
      }),
      { numRuns: 300 },
    )
    // Those that brought a caller who is not sampled have a span that nobody keeps.
    expect(sdk.spans.length + Number(numbers(tracing).tracing_requests_unsampled_total)).toBe(count)
    expect(numbers(tracing).tracing_faults_total).toBe(0)
    uninstall()
    await tracing.close()
  }
})

test.each(SERVERS)('lines of a logger have the ids of the span, also the last one, on %s', async (_, serve) => {
  const sdk = install()
  const lines: Record<string, unknown>[] = []
  const tracing = tracingFor()
  const logger = createLogger({
    destination: { write: (line: string) => void lines.push(JSON.parse(line)) },
    context: { activeSpan: tracing.activeSpan },
    crashes: false,
  })
  onTestFinished(() => logger.close())
  // Here the hook of tracing comes last, as said in the reference.
  const server = await serve({ ...tracing, hook: logger.hook } as never, async () => {
    await sleep(1)
    logger.info('inside')
    tracing.trace('inner', () => logger.info('inner'))
  }, [tracing.hook])
  await get(server, '/tasks/1')
  await vi.waitFor(() => expect(lines.filter(({ event }) => event === 'request')).toHaveLength(1))
  const { traceId, spanId } = sdk.find('GET /tasks/:id').spanContext()
  const inner = sdk.find('inner').spanContext().spanId
  expect(
    lines.filter(({ event }) => event !== 'tracer:found').map((line) => [line.msg, line.traceId, line.spanId]),
  ).toEqual([
    ['inside', traceId, spanId],
    ['inner', traceId, inner],
    ['request finished', traceId, spanId],
  ])
  await new Promise(setImmediate)
  expect(tracing.activeSpan()).toBeUndefined()
})

test('activeSpan() knows the span of an exchange, also after it ended', async () => {
  const sdk = install()
  const tracing = tracingFor()
  const found: unknown[] = []
  const exemplars: HttpHook = { onEnd: (exchange) => found.push(tracing.activeSpan(exchange)?.spanId) }
  const server = createServer(toListener({ hooks: [exemplars, tracing.hook] }, (_, response) => response.end()))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  const { port } = server.address() as AddressInfo
  await get({ origin: `http://127.0.0.1:${port}`, port }, '/')
  await vi.waitFor(() => expect(found).toEqual([sdk.spans[0]?.spanContext().spanId]))
})

test.each([
  [{ name: '' }, '`name`'],
  [{ parent: 'yes' }, '`parent`'],
  [{ ignore: 7 }, '`ignore`'],
  [{ attributes: {} }, '`attributes`'],
  [{ origin: 'api.example.com' }, '`origin`'],
  [{ origin: 'ftp://x' }, '`origin`'],
  [{ tracerProvider: {} }, '`tracerProvider.getTracer`'],
  [{ operations: 7 }, '`operations`'],
  [{ operations: { a: true } }, '`operations["a"]`'],
  [{ operations: { a: { name: 'x' } } }, '`operations["a"].name`'],
  [{ operations: { '': {} } }, '`operations`'],
])('createTracing() refuses %j', (options, message) => {
  expect(() => createTracing(options as never)).toThrow(TypeError)
  expect(() => createTracing(options as never)).toThrow(message)
})

test('origins have their port', async () => {
  const sdk = install()
  for (const [origin, port] of [
    ['http://a.example', 80],
    ['https://a.example', 443],
    ['http://a.example:8080', 8_080],
  ] as const) {
    const tracing = tracingFor({ origin })
    const server = await onNode(tracing, () => null)
    await get(server, `/tasks/${port}`)
    await vi.waitFor(() =>
      expect(sdk.spans.at(-1)?.attributes).toMatchObject({ 'url.path': `/tasks/${port}`, 'server.port': port }),
    )
    await tracing.close()
  }
})
