import { createManualClock } from '@breakwater/core/testing'
import { expect, test } from 'vitest'
import { createBursts } from './bursts.ts'

test('see() tells a burst once in a window, and what it did not tell with the next', () => {
  const clock = createManualClock()
  const bursts = createBursts(1_000, clock)
  const see = () => bursts.see('auth', 'a', 3)
  expect([see(), see(), see(), see(), see()]).toEqual([
    undefined,
    undefined,
    { count: 3, untold: 0 },
    undefined,
    undefined,
  ])
  clock.advance(999)
  expect(see()).toBeUndefined()
  clock.advance(1)
  expect([see(), see(), see()]).toEqual([undefined, undefined, { count: 3, untold: 3 }])
})

test('see() counts each kind and client by itself', () => {
  const bursts = createBursts(1_000, createManualClock())
  for (const client of ['a', 'b', undefined]) expect(bursts.see('auth', client, 2)).toBeUndefined()
  expect(bursts.see('input', 'a', 2)).toBeUndefined()
  expect(bursts.see('auth', 'a', 2)).toEqual({ count: 2, untold: 0 })
})

test('see() forgets who was quiet longest when there are too many', () => {
  const bursts = createBursts(1_000, createManualClock())
  bursts.see('auth', 'first', 2)
  bursts.see('auth', 'second', 2)
  for (let n = 0; n < 998; n++) bursts.see('auth', `other ${n}`, 2)
  bursts.see('auth', 'second', 3)
  bursts.see('auth', 'one more', 2)
  expect(bursts.see('auth', 'first', 2)).toBeUndefined()
  expect(bursts.see('auth', 'second', 2)).toBeUndefined()
})
