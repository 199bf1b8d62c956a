import type { Measurement } from '@breakwater/core'
import { expect, test } from 'vitest'
import { SeriesCap } from '../series/cap.ts'
import type { Family } from '../series/family.ts'
import { createMeasuredCollector } from './measured-collector.ts'

function collect(measurements: readonly unknown[], cap = new SeriesCap('x', 10, () => {})): readonly Family[] {
  const measure = (): readonly Measurement[] => measurements as readonly Measurement[]
  return createMeasuredCollector({ kind: 'cache', name: 'tasks', measure }, () => cap).collect() as readonly Family[]
}

const HITS = { name: 'cache_hits_total', help: 'Hits.', kind: 'counter', labels: { layer: 'l1' }, value: 3 }

test('collect() puts measurements of one name together, and says which object they are of', () => {
  const families = collect([HITS, { ...HITS, labels: { layer: 'l2' }, value: 4 }])
  expect(
    families.map(({ name, type, rows }) => [name, type, [...rows()].map((row) => [row.labels.text, row.value])]),
  ).toEqual([
    [
      'cache_hits_total',
      'counter',
      [
        ['cache="tasks",layer="l1"', 3],
        ['cache="tasks",layer="l2"', 4],
      ],
    ],
  ])
})

test.each([
  ['a name', { ...HITS, name: 'cache-hits' }, 'Expected `name` to be letters'],
  ['a counter without its end', { ...HITS, name: 'cache_hits' }, 'to end in "_total"'],
  [
    'a kind',
    { ...HITS, name: 'x', kind: 'summary' },
    'Expected "x" to be a counter, a gauge or a histogram, got summary',
  ],
  ['a label', { ...HITS, labels: { 'a-b': '' } }, 'Expected `labels` to be letters'],
  ['the label of the object itself', { ...HITS, labels: { cache: 'x' } }, 'not to have "cache"'],
  [
    'a value',
    { ...HITS, labels: {}, value: '3' },
    'Expected the value of "cache_hits_total" to be a number, got string',
  ],
  ['a series twice', HITS, 'Expected each series once, got "cache_hits_total{cache="tasks",layer="l1"}" twice'],
  ['another kind', { ...HITS, kind: 'gauge' }, 'Expected "cache_hits_total" to be a counter throughout, got a gauge'],
  [
    'a broken histogram',
    { name: 'load_seconds', help: '', kind: 'histogram', value: { bounds: [1, 1], counts: [1, 1], count: 1, sum: 1 } },
    'Expected the value of "load_seconds" to be a snapshot of a histogram',
  ],
])('collect() refuses %s', (_, measurement, message) => {
  expect(() => collect([HITS, measurement])).toThrow(message)
})

test('collect() leaves out what is beyond the cap, and counts it', () => {
  const cap = new SeriesCap('x', 2, () => {})
  const [family] = collect(
    Array.from({ length: 5 }, (_, index) => ({ ...HITS, labels: { layer: String(index) } })),
    cap,
  )
  expect([...(family?.rows() ?? [])]).toHaveLength(2)
  expect(cap.dropped).toBe(3)
})

test('createMeasuredCollector() refuses a kind that can be no label', () => {
  expect(() =>
    createMeasuredCollector({ kind: 'a-b', name: 'x', measure: () => [] }, () => new SeriesCap('x', 1, () => {})),
  ).toThrow('Expected `measured.kind` to be letters')
})
