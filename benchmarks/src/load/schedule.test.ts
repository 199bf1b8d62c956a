import { expect, test } from 'vitest'
import { createSchedule } from './schedule.ts'

const options = { ratePerSecond: 1_000, durationMs: 10_000, seed: 7 }

test('createSchedule() spaces constant arrivals evenly, to the end', () => {
  const starts = createSchedule({ ...options, arrivals: 'constant' })
  expect([starts.length, starts[0], starts[1], starts.at(-1)]).toEqual([10_000, 0, 1, 9_999])
})

test('createSchedule() gives Poisson arrivals their rate and their irregularity', () => {
  const starts = createSchedule({ ...options, arrivals: 'poisson' })
  const gaps = Array.from(starts.slice(1), (start, i) => start - (starts[i] as number))
  const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length
  const variance = gaps.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / gaps.length
  expect(mean).toBeCloseTo(1, 1)
  // Of an exponential distribution, deviation and mean are the same.
  expect(Math.sqrt(variance) / mean).toBeCloseTo(1, 1)
  expect(gaps.every((gap) => gap >= 0)).toBe(true)
})

test('createSchedule() plans the same for the same seed, and something else for another', () => {
  const plan = (seed: number): Float64Array => createSchedule({ ...options, arrivals: 'poisson', seed })
  expect(plan(7)).toEqual(plan(7))
  expect(plan(8)).not.toEqual(plan(7))
})

test('createSchedule() plans no more than maxRequests', () => {
  expect(createSchedule({ ...options, arrivals: 'constant', maxRequests: 10 })).toHaveLength(10)
})

test('createSchedule() refuses a rate or a duration of nothing', () => {
  expect(() => createSchedule({ ...options, arrivals: 'constant', ratePerSecond: 0 })).toThrow('ratePerSecond')
  expect(() => createSchedule({ ...options, arrivals: 'constant', durationMs: Number.NaN })).toThrow('durationMs')
})
