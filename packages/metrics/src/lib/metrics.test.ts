import type { HttpExchange, Measured, Measurement } from '@breakwater/core'
import { createManualClock } from '@breakwater/core/testing'
import { Registry } from 'prom-client'
import { expect, onTestFinished, test } from 'vitest'
import type { MetricsEvent } from './events.ts'
import { createMetrics, type Metrics } from './metrics.ts'
import type { MetricsOptions } from './options.ts'

function create(options: MetricsOptions = {}): Metrics & { told: MetricsEvent[] } {
  const metrics = createMetrics({ process: false, ...options })
  onTestFinished(() => metrics.close())
  const told: MetricsEvent[] = []
  metrics.subscribe((event) => told.push(event))
  return Object.assign(metrics, { told })
}

const measured = (name: string, measure: () => readonly Measurement[]): Measured => ({ kind: 'cache', name, measure })
const hits = (value: number): Measurement => ({ name: 'cache_hits_total', help: 'Hits.', kind: 'counter', value })

test('watch() merges what several objects measure under one name', async () => {
  const metrics = create()
  metrics.watch(measured('tasks', () => [hits(3)]))
  metrics.watch(measured('users', () => [hits(4)]))
  const text = await metrics.text()
  expect(text.match(/# TYPE cache_hits_total/g)).toHaveLength(1)
  expect(text).toContain('cache_hits_total{cache="tasks"} 3\ncache_hits_total{cache="users"} 4\n')
})

test('watch() refuses two objects of one kind and name, until the first is let go', () => {
  const metrics = create()
  const stop = metrics.watch(measured('tasks', () => []))
  expect(() => metrics.watch(measured('tasks', () => []))).toThrow(
    'Cannot watch the cache "tasks" as one of that kind and name is watched already',
  )
  stop()
  expect(() => metrics.watch(measured('tasks', () => []))).not.toThrow()
})

test('watch() refuses what cannot be measured', () => {
  expect(() => create().watch({ kind: 'cache', name: 'x' } as never)).toThrow(
    'Expected `measured.measure` to be a function',
  )
})

test('text() has all other lines when one object fails, and tells and counts that', async () => {
  const metrics = create()
  metrics.watch(
    measured('bad', () => {
      throw new Error('broken')
    }),
  )
  metrics.watch(measured('tasks', () => [hits(3)]))
  expect(await metrics.text()).toContain('cache_hits_total{cache="tasks"} 3\n')
  expect(metrics.told).toMatchObject([{ type: 'collect:failed', collector: 'cache:bad', error: { message: 'broken' } }])
  expect(await metrics.text()).toContain('metrics_collect_failures_total{metrics="metrics",collector="cache:bad"} 1\n')
})

test('json() has the same as plain data, up to a limit', async () => {
  const metrics = create()
  metrics.watch(measured('tasks', () => [hits(3)]))
  metrics.counter({ name: 'mine_total', help: 'Mine.' }).add(2)
  const families = JSON.parse(JSON.stringify(await metrics.json()))
  expect(families).toContainEqual({
    name: 'cache_hits_total',
    help: 'Hits.',
    type: 'counter',
    series: [{ labels: { cache: 'tasks' }, value: 3 }],
  })
  expect(families).toContainEqual(expect.objectContaining({ name: 'mine_total', series: [{ labels: {}, value: 2 }] }))
  const few = await metrics.json({ maxSeries: 1 })
  expect(few.flatMap(({ series }) => series)).toHaveLength(1)
  await expect(metrics.json({ maxSeries: 0 })).rejects.toThrow('Expected `maxSeries` to be a positive integer, got 0')
})

test('json() has all other families when one object fails', async () => {
  const metrics = create()
  metrics.watch(
    measured('bad', () => {
      throw new Error('broken')
    }),
  )
  metrics.watch(measured('tasks', () => [hits(3)]))
  expect((await metrics.json()).map(({ name }) => name)).toContain('cache_hits_total')
})

test('text() has zeros of what may fail or be dropped, before it does', async () => {
  const metrics = create()
  metrics.watch(measured('tasks', () => [hits(3)]))
  metrics.counter({ name: 'jobs_total', help: 'x', labels: ['queue'] })
  const lines = (await metrics.text()).split('\n').filter((line) => line.startsWith('metrics_'))
  const failures = (collector: string): string =>
    `metrics_collect_failures_total{metrics="metrics",collector="${collector}"} 0`
  expect(lines).toEqual([
    ...['requests', 'instruments', 'websocket', 'metrics:metrics', 'cache:tasks'].map(failures),
    'metrics_series_dropped_total{metrics="metrics",family="http_request_duration_seconds"} 0',
    'metrics_series_dropped_total{metrics="metrics",family="jobs_total"} 0',
  ])
})

test('counter() refuses a name that is taken, in whatever format', () => {
  const metrics = create()
  metrics.counter({ name: 'jobs_total', help: 'x' })
  expect(() => metrics.counter({ name: 'jobs_total', help: 'x' })).toThrow(
    'Cannot create "jobs_total" as there is a metric "jobs_total"',
  )
  expect(() => metrics.gauge({ name: 'jobs', help: 'x' })).toThrow('Cannot create "jobs"')
  expect(() => metrics.histogram({ name: 'http_request_duration_seconds', help: 'x' })).toThrow('Cannot create')
})

test('counter() tells once when its family has too many series', async () => {
  const metrics = create({ maxSeriesPerFamily: 2 })
  const counter = metrics.counter({ name: 'jobs_total', help: 'x', labels: ['queue'] })
  for (let queue = 0; queue < 5; queue++) counter.with({ queue: String(queue) }).add()
  expect(metrics.told).toEqual([{ type: 'series:capped', family: 'jobs_total', maxSeries: 2 }])
  expect(await metrics.text()).toContain('metrics_series_dropped_total{metrics="metrics",family="jobs_total"} 3\n')
})

test('text() gives every series the labels of all', async () => {
  const metrics = create({ labels: { service: 'tasks' } })
  metrics
    .counter({ name: 'jobs_total', help: 'x', labels: ['queue'] })
    .with({ queue: 'a' })
    .add()
  const lines = (await metrics.text()).split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  expect(lines.filter((line) => !line.includes('service="tasks"'))).toEqual([])
})

test('createMetrics() lives in a registry of yours, and leaves it', async () => {
  const registry = new Registry()
  const metrics = create({ registry })
  metrics.counter({ name: 'jobs_total', help: 'x' }).add(2)
  expect(await metrics.text()).toContain('jobs_total 2\n')
  expect(await registry.metrics()).toContain('jobs_total 2\n')
  await metrics.close()
  expect(registry.getMetricsAsArray()).toEqual([])
})

test('createMetrics() registers nothing if one name is taken', () => {
  const registry = new Registry()
  create({ registry })
  const before = registry.getMetricsAsArray().length
  expect(() => createMetrics({ registry, process: false })).toThrow(/Cannot register "http_request_duration_seconds"/)
  expect(registry.getMetricsAsArray()).toHaveLength(before)
})

test.each<[MetricsOptions, string]>([
  [{ names: 'other' as never }, 'Expected `names` to be one of "prometheus", "opentelemetry", got "other"'],
  [{ durationBounds: [1, 1] }, 'Expected `durationBounds[1]` to be over 1'],
  [{ sizeBounds: [] }, 'Expected `sizeBounds` to be 1 to 255 numbers'],
  [{ maxSeriesPerFamily: 0 }, 'Expected `maxSeriesPerFamily` to be a positive integer'],
  [{ labels: { 'a-b': '' } }, 'Expected `labels` to be letters'],
  [{ registry: {} as never }, "Expected `registry` to be one of prom-client's, with `registerMetric()`"],
  [{ registry: new Registry() as never, labels: { a: 'b' } }, 'Expected `labels` or `registry`, got both'],
  [{ exemplars: 7 as never }, 'Expected `exemplars` to be a function'],
  [{ collectTimeoutMs: 0 }, 'Expected `collectTimeoutMs` to be a number of milliseconds over 0'],
])('createMetrics() refuses %j', (options, message) => {
  expect(() => createMetrics(options)).toThrow(message)
})

test('close() can be called twice, and requests are still counted', async () => {
  const metrics = create()
  await metrics.close()
  await metrics.close()
  expect(await metrics.text()).toContain('http_requests_in_flight 0')
})

test('bottlenecks() takes a request up to its head, or to its end if it had none', () => {
  const clock = createManualClock()
  const metrics = create({ clock })
  const request = (route: string, hasHead: boolean): void => {
    const base = {
      method: 'GET',
      path: route,
      route,
      status: 200,
      outcome: 'finished',
      slots: [] as unknown[],
    } as const
    const exchange: HttpExchange = { ...base, startedAtMs: clock.now(), header: () => undefined, setHeader: () => {} }
    metrics.hook.onStart?.(exchange, 0)
    clock.advance(20)
    if (hasHead) metrics.hook.onHead?.(exchange, 0)
    clock.advance(100)
    metrics.hook.onEnd?.(exchange, 0)
  }
  for (const hasHead of [true, false, true, false]) request(hasHead ? '/answered' : '/left', hasHead)
  const { kinds } = metrics.bottlenecks({ kind: 'route' })
  expect(kinds[0]?.top.map(({ name, totalMs }) => [name, totalMs])).toEqual([
    ['GET /left', 240],
    ['GET /answered', 40],
  ])
})

test('bottlenecks() names what was observed', () => {
  const metrics = create()
  metrics.observe('query', 'SELECT 1', 30)
  expect(metrics.bottlenecks({ kind: 'query' }).kinds[0]?.top[0]).toMatchObject({ calls: 1, totalMs: 30 })
})
