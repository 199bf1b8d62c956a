import { expect, test } from 'vitest'
import { Cohort } from './cohort.ts'

function open(size: number): Cohort {
  const cohort = new Cohort(1, 2)
  cohort.open(1_000, size)
  return cohort
}

/** Begins and ends requests that took so long, where 10 ms were expected. */
function measure(cohort: Cohort, ...tooks: readonly number[]): void {
  for (const tookMs of tooks) {
    cohort.start(1_000, 1)
    cohort.measure(tookMs, 10)
  }
}

test('open() gives it another id than all before, which no other cohort has', () => {
  const [odd, even] = [new Cohort(1, 2), new Cohort(2, 2)]
  const ids = Array.from({ length: 10 }, () => {
    odd.open(0, 1)
    even.open(0, 1)
    return [odd.id, even.id]
  }).flat()
  expect(new Set(ids).size).toBe(ids.length)
})

test('isFull says when so many have begun, isComplete when they have ended, too', () => {
  const cohort = open(2)
  cohort.start(1_000, 1)
  expect([cohort.isFull, cohort.isComplete]).toEqual([false, false])
  cohort.start(1_000, 2)
  cohort.measure(5, 10)
  expect([cohort.isFull, cohort.isComplete]).toEqual([true, false])
  cohort.skip()
  expect([cohort.isFull, cohort.isComplete]).toEqual([true, true])
})

test('isComplete waits for the rest where all that began have ended', () => {
  const cohort = open(3)
  measure(cohort, 10, 10)
  expect(cohort.isComplete).toBe(false)
})

test('fill() makes do with those that began', () => {
  const cohort = open(50)
  cohort.start(1_000, 1)
  cohort.start(1_000, 1)
  cohort.measure(10, 10)
  cohort.fill()
  expect([cohort.isFull, cohort.isComplete]).toEqual([true, false])
  cohort.measure(10, 10)
  expect(cohort.isComplete).toBe(true)
})

test('start() notes when the first and the latest began, and how many were under way', () => {
  const cohort = open(5)
  cohort.start(1_200, 4)
  cohort.start(1_250, 8)
  expect([cohort.opensMs, cohort.lastMs, cohort.started, cohort.meanUnder]).toEqual([1_200, 1_250, 2, 6])
})

test('meanMs and times are of those that were measured, against what each was to take', () => {
  const cohort = open(3)
  for (let index = 0; index < 3; index++) cohort.start(1_000, 1)
  cohort.measure(30, 10)
  cohort.skip()
  cohort.measure(300, 100)
  expect([cohort.measured, cohort.meanMs, cohort.times]).toEqual([2, 165, 3])
})

test('noise is less the more were measured', () => {
  const [few, many] = [open(4), open(400)]
  measure(few, ...Array.from({ length: 4 }, () => 10))
  measure(many, ...Array.from({ length: 400 }, () => 10))
  expect(many.noise).toBeCloseTo(few.noise / 10)
})

test('conclude() learns from the first cohort how much times vary', () => {
  const [steady, varied] = [open(4), open(4)]
  measure(steady, 10, 10, 10, 10)
  measure(varied, 1, 39, 1, 39)
  steady.conclude()
  varied.conclude()
  expect(steady.spread).toBe(0)
  expect(varied.spread).toBeCloseTo(0.95 ** 2)
})

test('conclude() does not take a mix of routes for times that vary', () => {
  const cohort = open(4)
  for (const ms of [10, 1_000, 10, 1_000]) {
    cohort.start(1_000, 1)
    cohort.measure(2 * ms, ms)
  }
  cohort.conclude()
  expect(cohort.spread).toBeCloseTo(0)
})

test('conclude() keeps in mind how much the ones before varied', () => {
  const cohort = open(4)
  measure(cohort, 1, 39, 1, 39)
  cohort.conclude()
  cohort.open(2_000, 4)
  measure(cohort, 10, 10, 10, 10)
  cohort.conclude()
  expect(cohort.spread).toBeGreaterThan(0)
  expect(cohort.spread).toBeLessThan(0.95 ** 2)
})

test('conclude() says nothing of less than two', () => {
  const cohort = open(1)
  const { spread } = cohort
  measure(cohort, 500)
  cohort.conclude()
  expect(cohort.spread).toBe(spread)
})

test('open() forgets what was measured', () => {
  const cohort = open(2)
  measure(cohort, 1_000, 1_000)
  cohort.open(2_000, 2)
  expect([cohort.started, cohort.measured, cohort.isFull, cohort.lastMs]).toEqual([0, 0, false, 2_000])
  measure(cohort, 10, 10)
  expect([cohort.meanMs, cohort.times, cohort.meanUnder]).toEqual([10, 1, 1])
})

test('giveUp() takes all that have not ended as so slow', () => {
  const cohort = open(4)
  for (let index = 0; index < 4; index++) cohort.start(1_000, 1)
  cohort.measure(10, 10)
  cohort.giveUp(90, 10)
  expect([cohort.isComplete, cohort.measured, cohort.times]).toEqual([true, 4, 7])
  cohort.giveUp(90, 10)
  expect(cohort.measured).toBe(4)
})
