import { createManualClock } from '@breakwater/core/testing'
import { expect, test } from 'vitest'
import { TokenBucket } from './token-bucket.ts'

test('TokenBucket gives what it has at once, then as much as comes in', () => {
  const clock = createManualClock()
  const bucket = new TokenBucket(1_000, 500, clock)
  bucket.take(499)
  expect(bucket.waitMs).toBe(0)
  bucket.take(1)
  expect(bucket.waitMs).toBe(1)
  clock.advance(1)
  expect(bucket.waitMs).toBe(0)
})

test('TokenBucket lets more be taken than it has, and has it paid back', () => {
  const clock = createManualClock()
  const bucket = new TokenBucket(1_000, 500, clock)
  bucket.take(2_500)
  expect(bucket.waitMs).toBe(2_001)
  clock.advance(2_000)
  expect(bucket.waitMs).toBe(1)
  clock.advance(1)
  expect(bucket.waitMs).toBe(0)
})

test('TokenBucket never holds more than a burst', () => {
  const clock = createManualClock()
  const bucket = new TokenBucket(1_000, 500, clock)
  clock.advance(1_000_000)
  bucket.take(500)
  expect(bucket.waitMs).toBe(1)
})

test('TokenBucket gives no more than its rate on average, whatever the sizes', () => {
  const clock = createManualClock()
  const bucket = new TokenBucket(1_000, 500, clock)
  let taken = 0
  for (let turn = 0; turn < 1_000; turn++) {
    const size = 1 + ((turn * 7_919) % 2_000)
    clock.advance(bucket.waitMs)
    bucket.take(size)
    taken += size
  }
  const seconds = (clock.now() - 1_000_000) / 1_000
  expect(taken / seconds).toBeGreaterThan(990)
  expect(taken / seconds).toBeLessThan(1_010)
})
