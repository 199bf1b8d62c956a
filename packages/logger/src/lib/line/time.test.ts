import { createManualClock } from '@breakwater/core/testing'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createStamper } from './time.ts'

test('a stamp is what toISOString() says, however the clock is set', () => {
  const clock = createManualClock({ epochMs: 0 })
  const stamp = createStamper('time', clock)
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 4e12 }), { minLength: 1 }), (times) => {
      for (const time of times.flatMap((first) => [first, first + 1, first + 999, first + 1_000])) {
        clock.setEpoch(time)
        expect(stamp()).toBe(`,"time":"${new Date(time).toISOString()}"`)
      }
    }),
  )
})

test('parts of a millisecond are cut', () => {
  const clock = createManualClock({ epochMs: 1_999.9 })
  expect(createStamper('ts', clock)()).toBe(',"ts":"1970-01-01T00:00:01.999Z"')
})
