import { createRandom } from '@breakwater/testing/simulation'
import { expect, test } from 'vitest'
import { differenceOf, ratioOf, toSpread } from './statistics.ts'

test('toSpread() gives the middle, the middle half and the ends, in whatever order', () => {
  expect(toSpread([5, 1, 4, 2, 3])).toMatchObject({ median: 3, low: 2, high: 4, min: 1, max: 5 })
})

test('toSpread() says where the true middle is, the better the more rounds there are', () => {
  const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i + 1)
  expect(toSpread(upTo(3))).toMatchObject({ from: 1, to: 3 })
  // The binomial distribution leaves 3.5 % and 1.2 % outside.
  expect(toSpread(upTo(100))).toMatchObject({ from: 40, to: 61 })
  expect(toSpread(upTo(20))).toMatchObject({ from: 5, to: 16 })
})

test('toSpread() is right about the true middle at least 19 times of 20', () => {
  const random = createRandom(3)
  const runs = Array.from({ length: 2_000 }, () => toSpread(Array.from({ length: 35 }, random)))
  const right = runs.filter(({ from, to }) => from <= 0.5 && to >= 0.5).length
  expect(right / runs.length).toBeGreaterThan(0.94)
  expect(right / runs.length).toBeLessThan(0.99)
})

test('toSpread() lies between two values where there is no one in the middle', () => {
  expect(toSpread([1, 2, 3, 4]).median).toBe(2.5)
  expect(toSpread([1, 2, 3, 4]).low).toBe(1.75)
})

test('toSpread() does not take holes for results', () => {
  expect(() => toSpread([])).toThrow('at least one round')
  expect(() => toSpread([1, Number.NaN])).toThrow('finite')
})

test('ratioOf() divides within each round, so that a slow round changes nothing', () => {
  const rounds = [
    { floor: 10, ours: 12 },
    { floor: 1_000, ours: 1_200 },
    { floor: 20, ours: 24 },
  ]
  expect(ratioOf(rounds, 'ours', 'floor')).toMatchObject({ median: 1.2, min: 1.2, max: 1.2 })
})

test('ratioOf() is not led by one round in which something else happened', () => {
  const rounds = [1, 1, 9, 1, 1].map((factor) => ({ floor: 10, ours: 15 * factor }))
  expect(ratioOf(rounds, 'ours', 'floor').median).toBe(1.5)
})

test('ratioOf() refuses a round in which one is missing', () => {
  expect(() => ratioOf([{ floor: 1 }], 'ours', 'floor')).toThrow('"ours"')
})

test('differenceOf() subtracts within each round', () => {
  const rounds = [
    { floor: 10, ours: 13 },
    { floor: 100, ours: 103 },
  ]
  expect(differenceOf(rounds, 'ours', 'floor').median).toBe(3)
})
