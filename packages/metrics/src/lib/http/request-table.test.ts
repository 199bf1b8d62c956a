import fc from 'fast-check'
import { expect, test } from 'vitest'
import { DURATION_BOUNDS, SIZE_BOUNDS } from '../series/bounds.ts'
import { SeriesCap } from '../series/cap.ts'
import { type NamesStyle, requestNames } from './names.ts'
import { RequestTable } from './request-table.ts'

const SOAK = Number(process.env.SOAK ?? 1)

function createTable(max = 1_000, style: NamesStyle = 'prometheus'): { table: RequestTable; told: string[] } {
  const told: string[] = []
  const cap = new SeriesCap('requests', max, ({ family }) => told.push(family))
  const names = requestNames(style)
  return { table: new RequestTable({ names, durationBounds: DURATION_BOUNDS, sizeBounds: SIZE_BOUNDS, cap }), told }
}

function countsOf(table: RequestTable, family = 0): Record<string, number> {
  return Object.fromEntries(
    [...(table.families()[family]?.rows() ?? [])].map(({ labels, value }) => [
      labels.text,
      typeof value === 'number' ? value : value.count,
    ]),
  )
}

const METHODS = ['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'HEAD', 'OPTIONS', 'CONNECT', 'TRACE']

test('rowOf() tells apart exactly what has other labels, as a naive counter does', () => {
  const route = fc.oneof(
    fc.constantFrom(
      undefined,
      '\ud800',
      '\udc00',
      '/',
      '',
      '/a',
      '/b',
      '/api/tasks/:id',
      '/api/users/:id',
      '/api/tasks',
      'unmatched',
    ),
    fc.string({ maxLength: 12 }),
  )
  const method = fc.oneof(fc.constantFrom(...METHODS), fc.constantFrom('get', 'PROPFIND', '', 'GEX', 'TOAST'))
  const request = fc.tuple(route, method, fc.integer({ min: 100, max: 999 }))
  fc.assert(
    fc.property(fc.array(request, { maxLength: 300 }), (requests) => {
      const { table } = createTable(100_000)
      const naive = new Map<string, number>()
      for (const [route, method, status] of requests) {
        table.recordDuration(table.rowOf(route, method, status), 0.01)
        const key = JSON.stringify([
          METHODS.includes(method) ? method : '_OTHER',
          // As UTF-8 has it.
          Buffer.from(route ?? 'unmatched').toString(),
          String(status),
        ])
        naive.set(key, (naive.get(key) ?? 0) + 1)
      }
      const counted = new Map<string, number>()
      for (const { labels, value } of table.families()[0]?.rows() ?? []) {
        const key = JSON.stringify(Object.values(labels.labels))
        counted.set(key, (counted.get(key) ?? 0) + (value as { count: number }).count)
      }
      expect([...(table.families()[0]?.rows() ?? [])]).toHaveLength(counted.size)
      const statuses = new Set(requests.map(([, , status]) => status)).size
      if (statuses <= 128) expect(counted).toEqual(naive)
      expect([...counted.values()].reduce((sum, count) => sum + count, 0)).toBe(requests.length)
    }),
    { numRuns: 200 * SOAK },
  )
})

test('rowOf() finds every one of a thousand routes again', () => {
  const { table } = createTable(100_000)
  const routes = Array.from({ length: 1_000 }, (_, index) => `/api/v${index % 7}/thing${index}/:id`)
  const rows = routes.map((route) => table.rowOf(route, 'GET', 200))
  expect(new Set(rows).size).toBe(1_000)
  expect(routes.map((route) => table.rowOf(`${route}`, 'GET', 200))).toEqual(rows)
})

test('rowOf() counts methods that are not known as one', () => {
  const { table } = createTable()
  for (const method of ['get', 'PROPFIND', 'X', '']) table.recordDuration(table.rowOf('/a', method, 200), 0)
  expect(countsOf(table)).toEqual({ 'method="_OTHER",route="/a",status_code="200"': 4 })
})

test('rowOf() counts what is no status code as a fault of this side', () => {
  const { table } = createTable()
  for (const status of [0, 99, 1_000, 200.5, Number.NaN]) table.recordDuration(table.rowOf('/a', 'GET', status), 0)
  expect(countsOf(table)).toEqual({ 'method="GET",route="/a",status_code="500"': 5 })
})

test('rowOf() counts what is beyond the cap in one series, and tells once', () => {
  const { table, told } = createTable(2)
  for (const route of ['/a', '/b', '/c', '/d', '/c', '/a']) table.recordDuration(table.rowOf(route, 'GET', 200), 0)
  expect(countsOf(table)).toEqual({
    'method="GET",route="/a",status_code="200"': 2,
    'method="GET",route="/b",status_code="200"': 1,
    'method="overflow",route="overflow",status_code="overflow"': 3,
  })
  expect(told).toEqual(['requests'])
})

test('rowOf() tells 128 status codes apart, and counts all others in one series', () => {
  const { table, told } = createTable()
  for (let status = 300; status < 500; status++) table.recordDuration(table.rowOf('/a', 'GET', status), 0)
  const counts = countsOf(table)
  expect(Object.keys(counts)).toHaveLength(129)
  expect(counts['method="overflow",route="overflow",status_code="overflow"']).toBe(72)
  expect(told).toEqual(['requests'])
})

test('rowOf() takes no more memory for a million URLs that match no route', { timeout: 60_000 * SOAK }, () => {
  const { table } = createTable()
  for (let index = 0; index < 1_000_000; index++) table.recordDuration(table.rowOf(undefined, 'GET', 404), 0.001)
  expect(countsOf(table)).toEqual({ 'method="GET",route="unmatched",status_code="404"': 1_000_000 })
})

test('families() leaves out sizes that nobody knows', () => {
  const { table } = createTable()
  table.recordDuration(table.rowOf('/a', 'GET', 200), 0.01)
  const row = table.rowOf('/b', 'POST', 201)
  table.recordDuration(row, 0.01)
  table.recordSizes(row, 10, undefined)
  expect(countsOf(table, 2)).toEqual({ 'method="POST",route="/b",status_code="201"': 1 })
  expect(countsOf(table, 3)).toEqual({})
})

test('families() calls things as OpenTelemetry does where that is wanted', () => {
  const { table } = createTable(10, 'opentelemetry')
  for (const [route, status] of [
    ['/a', 200],
    [undefined, 404],
    ['/a', 500],
    ['/a', 499],
  ] as const)
    table.recordDuration(table.rowOf(route, 'GET', status), 0)
  expect(Object.keys(countsOf(table))).toEqual([
    'http_request_method="GET",http_route="/a",http_response_status_code="200"',
    'http_request_method="GET",http_response_status_code="404"',
    'http_request_method="GET",http_route="/a",http_response_status_code="500",error_type="500"',
    'http_request_method="GET",http_route="/a",error_type="aborted"',
  ])
})
