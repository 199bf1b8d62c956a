import { createManualClock } from '@breakwater/core/testing'
import { expect, test } from 'vitest'
import { createServerClock } from './server-clock.ts'

test("createServerClock() is this process' clock until there is an answer", () => {
  const clock = createManualClock({ epochMs: 5_000 })
  const server = createServerClock(clock)
  expect(server.now()).toBe(5_000)
  server.hear(null, clock.now())
  server.hear(['x', 'y'], clock.now())
  expect(server.now()).toBe(5_000)
})

test('createServerClock() takes an answer for one of half-way, and goes on by the monotonic clock', () => {
  const clock = createManualClock()
  const server = createServerClock(clock)
  const sentAtMs = clock.now()
  clock.advance(10)
  server.hear(['100', '250000'], sentAtMs)
  expect(server.now()).toBe(100_255)
  clock.advance(1_000)
  expect(server.now()).toBe(101_255)
})

test('createServerClock() passes over slow answers, but not for ever', () => {
  const clock = createManualClock()
  const server = createServerClock(clock)
  const ask = (tripMs: number, aheadMs: number): void => {
    const sentAtMs = clock.now()
    clock.advance(tripMs)
    const serverMs = sentAtMs + aheadMs
    server.hear([Math.floor(serverMs / 1_000), (serverMs % 1_000) * 1_000], sentAtMs)
  }
  ask(2, 1)
  const error = (): number => server.now() - clock.now()
  expect(error()).toBe(0)
  ask(100, 90)
  expect(error()).toBe(0)
  for (let i = 0; i < 50; i++) ask(100, 90)
  expect(error()).toBe(40)
})

test('toLatest() says when something happened, at the latest', () => {
  const clock = createManualClock()
  const server = createServerClock(clock)
  server.hear([100, 0], clock.now())
  clock.advance(50)
  expect(server.toLatest(100_020, 100_050)).toBe(clock.now() - 30)
  expect(server.toLatest(100_060, 100_050)).toBe(Number.POSITIVE_INFINITY)
})

test('toLatest() does not believe a clock that was set since it was last asked', () => {
  const clock = createManualClock()
  const server = createServerClock(clock)
  expect(server.toLatest(100_000, 100_050)).toBe(Number.POSITIVE_INFINITY)
  server.hear([100, 0], clock.now())
  expect(server.toLatest(100_000, 3_700_000)).toBe(Number.POSITIVE_INFINITY)
})

test('toLatest() takes what is from before the clock was set for as young as that', () => {
  const clock = createManualClock()
  const server = createServerClock(clock)
  server.hear([100, 0], clock.now())
  clock.advance(200)
  server.hear([3_700, 200_000], clock.now())
  const setAtMs = clock.now()
  clock.advance(10)
  expect(server.toLatest(100_150, 3_700_210)).toBe(setAtMs)
  expect(server.toLatest(3_700_205, 3_700_210)).toBe(clock.now() - 5)
})
