import { createManualClock } from '@breakwater/core/testing'
import { expect, test } from 'vitest'
import { createTokenBucket } from './token-bucket.ts'

test('createTokenBucket() says yes so many times a second, whatever is asked', () => {
  const clock = createManualClock()
  const take = createTokenBucket(20, clock)
  const ask = (times: number): number => Array.from({ length: times }, take).filter(Boolean).length
  expect(ask(1_000)).toBe(20)
  clock.advance(49)
  expect(ask(10)).toBe(0)
  clock.advance(1)
  expect(ask(10)).toBe(1)
  let taken = 0
  for (let ms = 0; ms < 10_000; ms++) {
    clock.advance(1)
    taken += ask(1)
  }
  expect(taken).toBe(200)
  clock.advance(60_000)
  expect(ask(1_000)).toBe(20)
})

test('createTokenBucket() of nothing never says yes', () => {
  const clock = createManualClock()
  const take = createTokenBucket(0, clock)
  clock.advance(1_000)
  expect(take()).toBe(false)
})
