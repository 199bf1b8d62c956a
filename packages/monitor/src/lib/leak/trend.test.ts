import { expect, test } from 'vitest'
import { type Point, significanceOf, slopeOf } from './trend.ts'

const toPoints = (...values: readonly number[]): readonly Point[] => values.map((value, hours) => ({ hours, value }))

test('slopeOf() finds the slope of a line, whatever single outliers say', () => {
  expect(slopeOf(toPoints(0, 3, 6, 9, 12))).toBe(3)
  expect(slopeOf(toPoints(0, 3, 6, 1_000, 12, 15, 18))).toBe(3)
  expect(slopeOf(toPoints(9, 6, 3, 0))).toBe(-3)
})

test('slopeOf() counts real times, not points', () => {
  const points = [0, 1, 5, 6].map((hours) => ({ hours, value: hours * 2 }))
  expect(slopeOf(points)).toBe(2)
})

test('significanceOf() tells significance as in the literature', () => {
  // Score 45 of ten rising values; its variance is 10 * 9 * 25 / 18 = 125.
  expect(significanceOf(toPoints(1, 2, 3, 4, 5, 6, 7, 8, 9, 10))).toBeCloseTo(44 / Math.sqrt(125), 10)
  expect(significanceOf(toPoints(10, 9, 8, 7, 6, 5, 4, 3, 2, 1))).toBeCloseTo(-44 / Math.sqrt(125), 10)
})

test('significanceOf() corrects for ties', () => {
  // 23, 24, 29, 6, 29, 24, 24, 29, 23: the example in R. O. Gilbert (1987), section 16.4, without its gaps.
  const z = significanceOf(toPoints(23, 24, 29, 6, 29, 24, 24, 29, 23))
  const variance = (9 * 8 * 23 - 2 * 1 * 9 - 3 * 2 * 11 - 3 * 2 * 11) / 18
  const score = [
    1, 1, -1, 1, 1, 1, 1, 0, 1, -1, 1, 0, 0, 1, -1, -1, 0, -1, -1, 0, -1, 1, 1, 1, 1, 1, -1, -1, 0, -1, 0, 1, -1, 1, -1,
    -1,
  ]
  const sum = score.reduce((total, sign) => total + sign, 0)
  expect(z).toBeCloseTo((sum - Math.sign(sum)) / Math.sqrt(variance), 10)
})

test('slopeOf() and significanceOf() find none where nothing changes', () => {
  expect([slopeOf(toPoints(5, 5, 5, 5)), significanceOf(toPoints(5, 5, 5, 5))]).toEqual([0, 0])
})
