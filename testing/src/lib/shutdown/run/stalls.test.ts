import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { watchStalls } from './stalls.ts'

let nowMs = 0

beforeEach(() => {
  nowMs = 1_000
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
})
afterEach(() => void vi.useRealTimers())

test('stop() says for how long the event loop stood still at most', () => {
  const stalls = watchStalls(() => nowMs)
  pass(100)
  standStill(40)
  pass(100)
  standStill(15)
  expect(stalls.stop()).toBe(40)
})

test('stop() counts what it stands still for now', () => {
  const stalls = watchStalls(() => nowMs)
  nowMs += 70
  expect(stalls.stop()).toBe(60)
})

test('isLate() is true while it stood still, and for the moment after that', () => {
  const stalls = watchStalls(() => nowMs)
  pass(100)
  expect(stalls.isLate()).toBe(false)
  nowMs += 70
  expect(stalls.isLate()).toBe(true)
  vi.advanceTimersByTime(10)
  expect(stalls.isLate()).toBe(true)
  pass(40)
  expect(stalls.isLate()).toBe(true)
  pass(20)
  expect(stalls.isLate()).toBe(false)
})

test('isLate() passes over what is late on any machine', () => {
  const stalls = watchStalls(() => nowMs)
  standStill(30)
  expect(stalls.isLate()).toBe(false)
})

/** Timers are on time. */
function pass(ms: number): void {
  for (let passed = 0; passed < ms; passed += 10) {
    nowMs += 10
    vi.advanceTimersByTime(10)
  }
}

/** The next timer is that late. */
function standStill(ms: number): void {
  nowMs += ms
  pass(10)
}
