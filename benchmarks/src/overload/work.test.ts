import { expect, test } from 'vitest'
import { burn, stepsPerMs } from './work.ts'

function cpuOf(steps: number): number {
  const start = process.cpuUsage()
  burn(steps)
  return process.cpuUsage(start).user
}

test('stepsPerMs() tells how much burn() does, in whole steps', () => {
  const steps = stepsPerMs()
  expect(steps).toBeGreaterThan(0)
  expect(Number.isInteger(steps)).toBe(true)
})

test('burn() does nothing for no steps', () => {
  const start = process.cpuUsage()
  burn(0)
  burn(0.0001)
  // Counting down from 0 would take seconds.
  expect(process.cpuUsage(start).user).toBeLessThan(cpuOf(100 * stepsPerMs()))
})

test('burn() takes the longer the more steps it is given', () => {
  const steps = stepsPerMs()
  expect(cpuOf(50 * steps)).toBeGreaterThan(5 * cpuOf(steps))
})
