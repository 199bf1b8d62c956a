import { expect, test } from 'vitest'
import type { Family } from '../series/family.ts'
import { createLabelSet, NO_LABELS } from '../series/label-set.ts'
import { toJson } from './json.ts'

const snapshot = { bounds: [1], counts: [1], count: 2, sum: 3 }
const FAMILIES: readonly Family[] = [
  {
    name: 'a',
    help: 'A.',
    type: 'gauge',
    rows: () => [
      { labels: NO_LABELS, value: Number.NaN },
      { labels: createLabelSet({ b: 'c' }), value: 1 },
    ],
  },
  { name: 'd', help: 'D.', type: 'histogram', rows: () => [{ labels: NO_LABELS, value: snapshot }] },
]

test('toJson() makes plain data', () => {
  expect(JSON.parse(JSON.stringify(toJson(FAMILIES, 10)))).toEqual([
    {
      name: 'a',
      help: 'A.',
      type: 'gauge',
      series: [
        { labels: {}, value: null },
        { labels: { b: 'c' }, value: 1 },
      ],
    },
    { name: 'd', help: 'D.', type: 'histogram', series: [{ labels: {}, value: snapshot }] },
  ])
})

test('toJson() stops at its limit', () => {
  expect(toJson(FAMILIES, 1).map(({ series }) => series.length)).toEqual([1, 0])
})
