import { tracingChannel } from 'node:diagnostics_channel'
import { setTimeout as sleep } from 'node:timers/promises'
import { createCache } from '@breakwater/cache'
import { createMemoryStore } from '@breakwater/cache/memory'
import { createOperation, type OperationMessage } from '@breakwater/core'
import { createCircuitBreaker, createRetry, pipeline } from '@breakwater/resilience'
import { SpanStatusCode, trace } from '@opentelemetry/api'
import { AlwaysOffSampler } from '@opentelemetry/sdk-trace-node'
import { expect, onTestFinished, test, vi } from 'vitest'
import { install, tracingFor } from './support/sdk.ts'
import { get, onNode } from './support/serve.ts'

const active = (): string | undefined => trace.getActiveSpan()?.spanContext().spanId

test('a load and the policy around it are spans of the request, and the loader is inside', async () => {
  const sdk = install()
  const breaker = createCircuitBreaker({ name: 'database' })
  const cache = createCache({ name: 'tasks', memory: createMemoryStore({ maxEntries: 10 }) })
  onTestFinished(() => cache.close())
  let inLoader: string | undefined
  const server = await onNode(tracingFor(), () =>
    cache.getOrSet('7', () =>
      breaker.execute(async () => {
        await sleep(1)
        inLoader = active()
        return { id: 7 }
      }),
    ),
  )
  await get(server, '/tasks/7')
  await get(server, '/tasks/7') // from the cache
  await vi.waitFor(() => expect(sdk.spans).toHaveLength(4))
  const load = sdk.find('cache load tasks')
  const policy = sdk.find('breaker database')
  const [request, hit] = sdk.spans.filter(({ name }) => name === 'GET /tasks/:id')
  expect(load.parentSpanContext?.spanId).toBe(request?.spanContext().spanId)
  expect(policy.parentSpanContext?.spanId).toBe(load.spanContext().spanId)
  expect(inLoader).toBe(policy.spanContext().spanId)
  expect(hit?.spanContext().traceId).not.toBe(request?.spanContext().traceId)
  expect(load.attributes).toEqual({ 'breakwater.cache.name': 'tasks' })
  expect(policy.attributes).toEqual({
    'breakwater.policy.name': 'database',
    'breakwater.policy.kind': 'breaker',
  })
})

test('what fails says so, also where nothing is thrown', async () => {
  const sdk = install()
  const tracing = tracingFor()
  const breaker = createCircuitBreaker({ name: 'payments', failureThreshold: 1 })
  const search = pipeline(createRetry({ name: 'search', maxAttempts: 1 }))
  const no = Object.assign(new Error('no'), { code: 'ECONNREFUSED' })
  const fail = (): never => {
    throw no
  }
  await tracing.trace('job', async () => {
    await expect(breaker.execute(fail)).rejects.toBe(no)
    await expect(breaker.execute(fail)).rejects.toThrow('circuit is open')
    expect(await search.tryExecute(fail)).toMatchObject({ ok: false, error: no })
  })
  const types = sdk.spans
    .slice(0, -1)
    .map(({ attributes, status, events }) => [attributes['error.type'], status.code, events.length])
  expect(types).toEqual([
    ['ECONNREFUSED', SpanStatusCode.ERROR, 1],
    ['ERR_CIRCUIT_OPEN', SpanStatusCode.ERROR, 1],
    ['ECONNREFUSED', SpanStatusCode.ERROR, 1],
  ])
})

test('operations of your own are added, known ones changed or left out', async () => {
  const sdk = install()
  const tracing = tracingFor({
    operations: {
      'shop:search': { attributes: (message) => ({ words: (message as { words?: number }).words ?? 0 }) },
      'breakwater:resilience:execute': false,
    },
  })
  const search = createOperation<{ words: number }>('shop:search', 'goods')
  const result = await tracing.trace('job', () =>
    createRetry({ name: 'r' }).execute(() => search.trace({ words: 2 }, async () => active())),
  )
  expect(sdk.spans.map(({ name }) => name)).toEqual(['shop search goods', 'job'])
  expect(sdk.find('shop search goods').attributes).toEqual({ words: 2 })
  expect(result).toBe(sdk.find('shop search goods').spanContext().spanId)
})

test('an operation that throws on the spot ends as well, and what is no message is ignored', async () => {
  const sdk = install()
  const tracing = tracingFor()
  const load = createOperation<object>('breakwater:cache:load', 'odd')
  await tracing.trace('job', async () => {
    const fail = (): never => {
      throw new TypeError('at once')
    }
    expect(() => load.trace({}, fail)).toThrow('at once')
    for (const message of [undefined, null, 7, {}, { error: 1 }]) {
      tracingChannel('breakwater:cache:load').start.publish(message)
      tracingChannel('breakwater:cache:load').end.publish(message)
      tracingChannel('breakwater:cache:load').asyncEnd.publish(message)
    }
  })
  expect(sdk.find('cache load odd').attributes['error.type']).toBe('TypeError')
  expect(sdk.spans).toHaveLength(2)
  expect(tracing.measure()).toContainEqual(expect.objectContaining({ name: 'tracing_spans_open', value: 0 }))
})

test('who else wraps an operation is inside of its span', async () => {
  const sdk = install()
  const seen: (string | undefined)[] = []
  const other = (message: unknown): void => {
    ;(message as OperationMessage).wrap = (run) => {
      seen.push(active())
      return run()
    }
  }
  tracingChannel('breakwater:cache:load').start.subscribe(other)
  onTestFinished(() => void tracingChannel('breakwater:cache:load').start.unsubscribe(other))
  const tracing = tracingFor()
  const load = createOperation<object>('breakwater:cache:load', 'tasks')
  expect(await tracing.trace('job', () => load.trace({}, async () => 7))).toBe(7)
  expect(seen).toEqual([sdk.find('cache load tasks').spanContext().spanId])
})

test('there are no spans outside of one, and none where the request is not sampled', async () => {
  const off = new AlwaysOffSampler()
  const shouldSample = vi.fn(() => off.shouldSample())
  const sdk = install({ sampler: { shouldSample } })
  const tracing = tracingFor()
  const wraps: unknown[] = []
  const load = createOperation<object>('breakwater:cache:load', 'tasks')
  const server = await onNode(tracing, () =>
    load.trace({}, async () => {
      wraps.push(active())
      return tracing.inject()
    }),
  )
  const { body } = await get(server, '/tasks/7')
  // The decision goes on to whoever is called.
  expect(JSON.parse(body).traceparent).toMatch(/-00$/)
  expect(JSON.parse(body).traceparent).toContain(String(wraps[0]))
  await load.trace({}, async () => {})
  expect(shouldSample).toHaveBeenCalledTimes(1) // for the request
  expect(sdk.spans).toEqual([])
  expect(tracing.measure()).toContainEqual(
    expect.objectContaining({ name: 'tracing_requests_unsampled_total', value: 1 }),
  )
})

test('trace() ends its span with what it returned, and passes everything through', async () => {
  const sdk = install()
  const tracing = tracingFor()
  expect(tracing.trace('sync', (span) => span.setAttribute('a', 1).isRecording())).toBe(true)
  const error = new Error('no')
  expect(() =>
    tracing.trace('throws', () => {
      throw error
    }),
  ).toThrow(error)
  const slow = tracing.trace('async', () => sleep(1).then(() => 7), {
    kind: 'client',
    attributes: { b: 2 },
    links: [{ context: { traceId: '1'.repeat(32), spanId: '2'.repeat(16), traceFlags: 1 } }],
  })
  expect(sdk.spans).toHaveLength(2)
  expect(await slow).toBe(7)
  await expect(tracing.trace('rejects', () => Promise.reject(error))).rejects.toBe(error)
  await tracing.trace('outer', () => tracing.trace('inner', async () => {}, { isRoot: true }))
  expect(sdk.spans.map(({ name, status }) => [name, status.code])).toEqual([
    ['sync', 0],
    ['throws', 2],
    ['async', 0],
    ['rejects', 2],
    ['inner', 0],
    ['outer', 0],
  ])
  expect(sdk.find('async')).toMatchObject({ kind: 2, attributes: { b: 2 } })
  expect(sdk.find('async').links).toHaveLength(1)
  expect(sdk.find('inner').parentSpanContext).toBeUndefined()
  expect(sdk.find('throws').events[0]).toMatchObject({ name: 'exception' })
})

test('recordsExceptions: false keeps what was thrown out of spans, but for its type', async () => {
  const sdk = install()
  const tracing = tracingFor({ recordsExceptions: false })
  await expect(tracing.trace('job', () => Promise.reject(new RangeError('hunter2')))).rejects.toThrow()
  const { attributes, events, status } = sdk.find('job')
  expect([attributes, events, status]).toEqual([{ 'error.type': 'RangeError' }, [], { code: SpanStatusCode.ERROR }])
})
