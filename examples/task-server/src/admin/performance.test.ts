import { createMetrics } from '@breakwater/metrics'
import { expect, onTestFinished, test } from 'vitest'
import { toNumbers } from './numbers.ts'
import { toPerformance } from './performance.ts'

function labelled(method: string, route: string, status: string, count: number) {
  const value = { bounds: [], counts: [], count, sum: 1 }
  return { labels: { method, route, status_code: status }, value }
}

test('toPerformance() says how each route fared lately, and counts all requests since the start', () => {
  const metrics = createMetrics({ process: false })
  onTestFinished(() => metrics.close())
  for (let ms = 1; ms <= 100; ms++) metrics.observe('route', 'GET /a', ms, ms > 90)
  const series = [labelled('GET', '/a', '200', 7), labelled('GET', '/a', '503', 2), labelled('PUT', '/b', '200', 1)]
  const families = [{ name: 'http_request_duration_seconds', help: '', type: 'histogram' as const, series }]
  const { windowMs, routes, sinceStart } = toPerformance(metrics.bottlenecks({ kind: 'route' }), families)
  expect(windowMs).toBe(300_000)
  expect(routes).toMatchObject([
    { route: 'GET /a', requests: 100, errors: 10, errorRatio: 0.1, meanMs: 50.5, maxMs: 100, trend: 'new' },
  ])
  const { p50Ms = 0, p95Ms = 0, p99Ms = 0 } = routes[0] ?? {}
  expect([p50Ms > 40 && p50Ms < 60, p95Ms > 85 && p95Ms <= 100, p99Ms >= p95Ms]).toEqual([true, true, true])
  expect(sinceStart).toEqual({
    requests: 10,
    statuses: { 200: 8, 503: 2 },
    routes: { 'GET /a': { 200: 7, 503: 2 }, 'PUT /b': { 200: 1 } },
  })
})

test('toPerformance() has nothing where there was nothing', () => {
  expect(toPerformance({ windowMs: 1, kinds: [] }, [])).toEqual({
    windowMs: 1,
    routes: [],
    sinceStart: { requests: 0, statuses: {}, routes: {} },
  })
})

test('toNumbers() names numbers by their labels, and tells the mean of distributions', () => {
  const of = { help: '', kind: 'counter' } as const
  const value = { bounds: [], counts: [], count: 4, sum: 2 }
  expect(
    toNumbers([
      { ...of, name: 'misses', value: 3 },
      { ...of, name: 'hits', labels: { layer: 'memory' }, value: 1 },
      { ...of, name: 'hits', labels: { layer: 'shared' }, value: 2 },
      { ...of, name: 'seconds', kind: 'histogram', value },
      { ...of, name: 'never', kind: 'histogram', value: { ...value, count: 0 } },
    ]),
  ).toEqual({
    misses: 3,
    hits: { memory: 1, shared: 2 },
    seconds: { count: 4, mean: 0.5 },
    never: { count: 0, mean: 0 },
  })
})
