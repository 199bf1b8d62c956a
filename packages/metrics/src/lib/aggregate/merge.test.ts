import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ruleOf } from './gauge-rule.ts'
import { createMerge } from './merge.ts'
import type { PartFamily, PartRow } from './part.ts'

function family(type: string, name: string, rows: readonly PartRow[], aggregator?: string): PartFamily {
  return { name, help: 'Help.', type, aggregator, rows }
}

function rowsOf(parts: readonly PartFamily[], rules = {}): unknown {
  const merge = createMerge(rules)
  for (const part of parts) merge.add([part])
  return merge.part().flatMap(({ rows }) => rows)
}

const histogram = (bounds: number[], counts: number[], count: number, sum: number) => ({ bounds, counts, count, sum })

test('add() adds up counters, series by series', () => {
  const parts = [
    family('counter', 'x_total', [
      ['', 'a="1"', 1],
      ['', 'a="2"', 2],
    ]),
    family('counter', 'x_total', [['', 'a="2"', 3]]),
  ]
  expect(rowsOf(parts)).toEqual([
    ['', 'a="1"', 1],
    ['', 'a="2"', 5],
  ])
})

test('add() adds up histograms bucket by bucket', () => {
  const parts = [histogram([1, 2], [1, 3], 4, 9), histogram([1, 2], [0, 2], 2, 3)]
  expect(rowsOf(parts.map((value) => family('histogram', 'x', [['', '', value]])))).toEqual([
    ['', '', histogram([1, 2], [1, 5], 6, 12)],
  ])
})

test('add() keeps the bounds that all histograms have, whose counts are exact', () => {
  const values = fc.array(fc.integer({ min: 0, max: 10 }), { maxLength: 20 })
  const bounds = fc.uniqueArray(fc.integer({ min: 1, max: 9 })).map((all) => all.sort((a, b) => a - b))
  const of = (all: readonly number[], at: readonly number[]) =>
    histogram(
      [...at],
      at.map((bound) => all.filter((value) => value <= bound).length),
      all.length,
      all.reduce((a, b) => a + b, 0),
    )
  fc.assert(
    fc.property(values, bounds, values, bounds, (first, firstBounds, second, secondBounds) => {
      const parts = [of(first, firstBounds), of(second, secondBounds)].map((value) =>
        family('histogram', 'x', [['', '', value]]),
      )
      const common = firstBounds.filter((bound) => secondBounds.includes(bound))
      expect(rowsOf(parts)).toEqual([['', '', of([...first, ...second], common)]])
    }),
  )
})

test.each([
  ['process_resident_memory_bytes', 'sum'],
  ['http_requests_in_flight', 'sum'],
  ['cache_hit_ratio', 'max'],
  ['nodejs_eventloop_lag_seconds', 'max'],
  ['health_status', 'max'],
  ['process_start_time_seconds', 'min'],
  ['process_max_fds', 'min'],
] as const)('ruleOf() answers %s with %s', (name, rule) => {
  expect(ruleOf(name)).toBe(rule)
})

test('add() takes gauges by their rule', () => {
  const parts = [1, 3, 2].flatMap((value) => [
    family('gauge', 'things', [['', '', value]]),
    family('gauge', 'lag_seconds', [['', '', value]]),
    family('gauge', 'other', [['', '', value]]),
  ])
  expect(rowsOf(parts, { other: 'min' })).toEqual([
    ['', '', 6],
    ['', '', 3],
    ['', '', 1],
  ])
})

test('add() takes metrics of the user by what they say', () => {
  const merge = createMerge()
  for (const value of [1, 3])
    for (const aggregator of ['sum', 'max', 'min', 'first', 'average', 'omit', 'unheard-of'])
      merge.add([family('gauge', `x_${aggregator}`, [[`x_${aggregator}`, 'l="a\\"b"', value]], aggregator)])
  expect(merge.families()).toEqual([])
  expect(merge.foreign().map(({ name, values }) => [name, values])).toEqual(
    Object.entries({ sum: 4, max: 3, min: 1, first: 1, average: 2, 'unheard-of': 4 }).map(([aggregator, value]) => [
      `x_${aggregator}`,
      [{ metricName: `x_${aggregator}`, labels: { l: 'a"b' }, value }],
    ]),
  )
})

test('add() takes of what is past only what never falls', () => {
  const merge = createMerge()
  const past = [
    family('counter', 'a_total', [['', '', 1]]),
    family('gauge', 'b', [['', '', 1]]),
    family('counter', 'c_total', [['c_total', '', 1]], 'max'),
    family('gauge', 'd', [['d', '', 1]], 'sum'),
  ]
  merge.add(past, true)
  expect(merge.part()).toEqual([family('counter', 'a_total', [['', '', 1]])])
})

test('add() leaves out a family that is something else in another process', () => {
  expect(rowsOf([family('gauge', 'x', [['', '', 1]]), family('counter', 'x', [['', '', 2]])])).toEqual([['', '', 1]])
})
