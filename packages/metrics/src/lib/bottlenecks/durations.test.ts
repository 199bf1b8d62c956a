import { expect, test } from 'vitest'
import { CELLS, cellOf, quantileOf } from './durations.ts'

test('cellOf() never goes back, and stays within its cells', () => {
  let last = 0
  for (let ms = 0; ms < 1e6; ms = ms * 1.01 + 0.001) {
    const cell = cellOf(ms)
    expect(cell).toBeGreaterThanOrEqual(last)
    last = cell
  }
  expect(last).toBe(CELLS - 1)
  expect(cellOf(Number.MAX_VALUE)).toBe(CELLS - 1)
})

test('quantileOf() is off by at most a quarter, from a fifth of a millisecond to minutes', () => {
  for (let ms = 0.2; ms < 200_000; ms *= 1.03) {
    const counts = new Uint32Array(CELLS)
    counts[cellOf(ms)] = 1
    const found = quantileOf(0.95, counts, 1, Infinity)
    expect(found / ms).toBeGreaterThan(0.79)
    expect(found / ms).toBeLessThanOrEqual(1.26)
  }
})

test('quantileOf() is within some percent where durations spread', () => {
  const counts = new Uint32Array(CELLS)
  for (let ms = 1; ms <= 1_000; ms++) counts[cellOf(ms)] = (counts[cellOf(ms)] as number) + 1
  for (const q of [0.1, 0.5, 0.9, 0.95, 0.99])
    expect(Math.abs(quantileOf(q, counts, 1_000, 1_000) / (q * 1_000) - 1)).toBeLessThan(0.03)
  expect(quantileOf(1, counts, 1_000, 1_000)).toBe(1_000)
})

test('quantileOf() is never over the longest, and 0 of nothing', () => {
  const counts = new Uint32Array(CELLS)
  expect(quantileOf(0.95, counts, 0, 0)).toBe(0)
  counts[cellOf(100)] = 5
  expect(quantileOf(0.95, counts, 5, 100)).toBe(100)
})
