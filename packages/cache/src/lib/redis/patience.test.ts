import { createManualClock } from '@breakwater/core/testing'
import { expect, test } from 'vitest'
import { createPatience } from './patience.ts'
import { toWaits } from './waits.ts'

test('pause() doubles up to a second, half of it left to chance', async () => {
  const clock = createManualClock()
  const patience = createPatience(clock)
  for (const limitMs of [20, 40, 80, 160, 320, 640, 1_000, 1_000]) {
    let isOver = false
    const paused = patience.pause().then(() => {
      isOver = true
    })
    await clock.advanceAsync(limitMs / 2 - 0.001)
    expect(isOver).toBe(false)
    await clock.advanceAsync(limitMs / 2 + 0.001)
    expect(isOver).toBe(true)
    await paused
  }
  patience.reset()
  const paused = patience.pause()
  clock.advance(20)
  await paused
})

test('stop() ends a pause, and all later ones', async () => {
  const clock = createManualClock()
  const patience = createPatience(clock)
  const paused = patience.pause()
  patience.stop()
  await paused
  await patience.pause()
  expect(clock.pending).toBe(0)
})

test('stepMs grows with the failures', async () => {
  const clock = createManualClock()
  const patience = createPatience(clock)
  const steps: number[] = []
  for (let i = 0; i < 9; i++) {
    steps.push(patience.stepMs)
    const paused = patience.pause()
    clock.advance(1_000)
    await paused
  }
  expect(steps).toEqual([500, 500, 1_000, 1_000, 2_000, 2_000, 4_000, 4_000, 4_000])
})

test('toWaits() notices a silent loss within the time it is given, if that is not too short', () => {
  for (const maxStalenessMs of [100, 200, 400, 1_000, 60_000, Number.POSITIVE_INFINITY]) {
    const { blockMs, answerMs } = toWaits(maxStalenessMs)
    expect(blockMs + answerMs).toBeLessThanOrEqual(maxStalenessMs)
    expect(blockMs).toBeLessThanOrEqual(200)
  }
  expect(toWaits(0)).toEqual({ blockMs: 20, answerMs: 50 })
})
