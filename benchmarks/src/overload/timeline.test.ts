import { expect, test } from 'vitest'
import { createTimeline, toSteadiness } from './timeline.ts'

test('createTimeline() counts answers and refusals in the stretch in which they came', () => {
  const timeline = createTimeline(3, 1_000)
  for (const atMs of [0, 999.9, 1_000, 2_500]) timeline.add(atMs, 'ok')
  timeline.add(1_500, 'refused')
  expect([timeline.ok, timeline.refused]).toEqual([
    [2, 1, 1],
    [0, 1, 0],
  ])
})

test('createTimeline() leaves out what came after the last stretch, and what is neither', () => {
  const timeline = createTimeline(2, 500)
  timeline.add(1_000, 'ok')
  for (const outcome of ['late', 'failed', 'unsent'] as const) timeline.add(100, outcome)
  expect([timeline.ok, timeline.refused]).toEqual([
    [0, 0],
    [0, 0],
  ])
})

test('toSteadiness() tells answers per second, whatever a stretch is', () => {
  expect(toSteadiness([[100, 100]], 1_000)).toEqual({ perSecond: 100, variationRatio: 0 })
  expect(toSteadiness([[100, 100]], 200).perSecond).toBe(500)
})

test('toSteadiness() tells the deviation between stretches, as a share of the mean', () => {
  // Deviations of 10, 0 and 10 from 100: the root of 200 / 2.
  expect(toSteadiness([[90, 100, 110]], 1_000).variationRatio).toBeCloseTo(0.1)
  expect(toSteadiness([[692, 0, 20, 740]], 1_000).variationRatio).toBeGreaterThan(1)
})

test('toSteadiness() does not count what two slices differ by', () => {
  const { perSecond, variationRatio } = toSteadiness(
    [
      [200, 200, 200],
      [100, 100, 100],
    ],
    1_000,
  )
  expect([perSecond, variationRatio]).toEqual([150, 0])
})

test('toSteadiness() is 0 where nothing was answered', () => {
  expect(toSteadiness([[0, 0]], 1_000)).toEqual({ perSecond: 0, variationRatio: 0 })
})

test.each([[[]], [[[5]]], [[[5, 5], [5]]]])('toSteadiness() refuses %j, which has nothing to compare', (slices) => {
  expect(() => toSteadiness(slices, 1_000)).toThrow('at least two stretches')
})
