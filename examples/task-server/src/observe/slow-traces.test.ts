import { createManualClock, type ManualClock } from '@breakwater/core/testing'
import { ROOT_CONTEXT, type Span, SpanStatusCode, type Tracer, trace } from '@opentelemetry/api'
import { TracerProvider } from '@opentelemetry/sdk-trace'
import { expect, test } from 'vitest'
import { createSlowTraces, type SlowTraceOptions, type SlowTraces } from './slow-traces.ts'

const BEGIN_MS = 1_800_000_000_000

interface Subject {
  readonly clock: ManualClock
  readonly slow: SlowTraces
  readonly tracer: Tracer
  /** A request, with spans that are done in it. */
  request(name: string, ms: number, inside?: (request: Span) => void): void
  /** Something that is done in another span. */
  child(parent: Span, name: string, fromMs: number, toMs: number): Span
  namesOf(): readonly string[]
}

function create(options: SlowTraceOptions = {}): Subject {
  const clock = createManualClock({ epochMs: BEGIN_MS })
  const slow = createSlowTraces({ clock, ...options })
  const tracer = new TracerProvider({ spanProcessors: [slow] }).getTracer('test')
  return {
    clock,
    slow,
    tracer,
    request(name, ms, inside) {
      const span = tracer.startSpan(name, { startTime: BEGIN_MS }, ROOT_CONTEXT)
      inside?.(span)
      span.end(BEGIN_MS + ms)
    },
    child(parent, name, fromMs, toMs) {
      const span = tracer.startSpan(name, { startTime: BEGIN_MS + fromMs }, trace.setSpan(ROOT_CONTEXT, parent))
      span.end(BEGIN_MS + toMs)
      return span
    },
    namesOf: () => slow.slowest().map(({ name, durationMs }) => `${name} ${durationMs}`),
  }
}

test('slowest() has a request with all that was done in it', () => {
  const { slow, request, child } = create()
  request('GET /a', 50, (span) => {
    const load = child(span, 'load', 5, 40)
    child(load, 'query', 6, 30)
    span.setStatus({ code: SpanStatusCode.ERROR, message: 'canary' })
    span.setAttribute('http.route', '/a')
    span.setAttribute('user_agent.original', 'x'.repeat(1_000))
  })
  const [found, ...others] = slow.slowest()
  expect(others).toEqual([])
  expect(found).toMatchObject({ name: 'GET /a', startedAt: BEGIN_MS, durationMs: 50, droppedSpans: 0 })
  expect(found?.traceId).toMatch(/^[0-9a-f]{32}$/)
  const [root, load, query] = found?.spans ?? []
  expect(root).toMatchObject({ name: 'GET /a', parentSpanId: undefined, startMs: 0, isError: true })
  expect(root?.attributes['http.route']).toBe('/a')
  expect(JSON.stringify(found)).not.toContain('canary')
  expect(String(root?.attributes['user_agent.original'])).toHaveLength(501)
  expect(load).toMatchObject({ name: 'load', parentSpanId: root?.spanId, startMs: 5, durationMs: 35, isError: false })
  expect(query).toMatchObject({ name: 'query', parentSpanId: load?.spanId, startMs: 6, durationMs: 24 })
})

test('slowest() keeps the slowest of each name alone, the slowest first', () => {
  const { slow, request, namesOf } = create({ perName: 2 })
  for (const ms of [5, 9, 3, 7, 1]) request('GET /a', ms)
  request('GET /b', 6)
  expect(namesOf()).toEqual(['GET /a 9', 'GET /a 7', 'GET /b 6'])
  expect(slow.slowest({ limit: 1 }).map(({ durationMs }) => durationMs)).toEqual([9])
  expect(slow.slowest({ minMs: 7 }).map(({ durationMs }) => durationMs)).toEqual([9, 7])
  expect(slow.slowest({ name: 'GET /b' }).map(({ durationMs }) => durationMs)).toEqual([6])
})

test('slowest() forgets what is old, also where it was the slowest', () => {
  const { clock, request, namesOf } = create({ perName: 1, keepForMs: 1_000 })
  request('GET /a', 90)
  clock.advance(1_001)
  expect(namesOf()).toEqual([])
  request('GET /a', 10)
  expect(namesOf()).toEqual(['GET /a 10'])
})

test('it holds so many names, and gives the places of old ones to others', () => {
  const { clock, slow, request } = create({ maxNames: 2, perName: 1, keepForMs: 1_000 })
  for (let n = 0; n < 100; n++) request(`GET /${n}`, n)
  // The third place is for all others together.
  expect(slow.slowest().map(({ name }) => name)).toEqual(['GET /99', 'GET /1', 'GET /0'])
  clock.advance(1_001)
  request('GET /new', 1)
  request('GET /newer', 2)
  expect(slow.slowest({ name: 'GET /newer' })).toHaveLength(1)
})

test('it holds so many spans of a trace, and none that end after it', () => {
  const { slow, tracer, request, child } = create({ maxSpans: 3 })
  let late: Span | undefined
  request('GET /a', 50, (span) => {
    for (let n = 0; n < 10; n++) child(span, `query ${n}`, n, n + 1)
    late = tracer.startSpan('late', {}, trace.setSpan(ROOT_CONTEXT, span))
  })
  late?.end()
  const [found] = slow.slowest()
  expect(found?.spans.map(({ name }) => name)).toEqual(['GET /a', 'query 0', 'query 1'])
  expect(found?.droppedSpans).toBe(8)
})

test('two requests of one caller have each their own spans', () => {
  const { slow, tracer, child } = create()
  const caller = {
    traceId: '0af7651916cd43dd8448eb211c80319c',
    spanId: 'b7ad6b7169203331',
    traceFlags: 1,
    isRemote: true,
  }
  const from = trace.setSpanContext(ROOT_CONTEXT, caller)
  const [one, two] = [10, 20].map((ms) => tracer.startSpan(`GET /${ms}`, { startTime: BEGIN_MS }, from)) as [Span, Span]
  child(one, 'of one', 1, 2)
  child(two, 'of two', 1, 2)
  one.end(BEGIN_MS + 10)
  two.end(BEGIN_MS + 20)
  const traces = slow.slowest()
  expect(traces.map(({ spans }) => spans.map(({ name }) => name))).toEqual([
    ['GET /20', 'of two'],
    ['GET /10', 'of one'],
  ])
  expect(traces.map(({ traceId, spans }) => [traceId, spans[0]?.parentSpanId])).toEqual([
    [caller.traceId, caller.spanId],
    [caller.traceId, caller.spanId],
  ])
})
