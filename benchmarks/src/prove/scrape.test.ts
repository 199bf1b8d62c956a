import { expect, test } from 'vitest'
import { hitRatioOf } from './scrape.ts'

test.each([
  ['nothing was read', [[5, 5]], [[5, 5]], 0],
  [
    'all instances go on',
    [
      [10, 10],
      [0, 0],
    ],
    [
      [40, 20],
      [0, 10],
    ],
    0.6,
  ],
  [
    'one was replaced, and has counted less since',
    [
      [100, 100],
      [10, 10],
    ],
    [
      [30, 10],
      [40, 20],
    ],
    0.75,
  ],
])('hitRatioOf() counts from where each instance began: %s', (_, before, after, ratio) => {
  const toCounters = (all: readonly (readonly number[])[]) => all.map(([hits = 0, misses = 0]) => ({ hits, misses }))
  expect(hitRatioOf(toCounters(before), toCounters(after))).toBe(ratio)
})
