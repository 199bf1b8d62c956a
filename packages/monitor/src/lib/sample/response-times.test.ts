import type { HttpExchange } from '@breakwater/core'
import { createManualClock } from '@breakwater/core/testing'
import { expect, test } from 'vitest'
import { ResponseTimes } from './response-times.ts'

test('takeResponseTimes() gives the mean since the last call', () => {
  const clock = createManualClock()
  const times = new ResponseTimes(clock)
  const answer = (tookMs: number): void => times.hook.onHead?.({ startedAtMs: clock.now() - tookMs } as HttpExchange, 0)
  answer(10)
  answer(30)
  expect(times.takeResponseTimes()).toEqual({ meanMs: 20, requests: 2 })
  expect(times.takeResponseTimes()).toEqual({ meanMs: undefined, requests: 0 })
  answer(-3) // a coarse clock may be late
  expect(times.takeResponseTimes()).toEqual({ meanMs: 0, requests: 1 })
})

test('the hook refuses nothing', () => {
  expect(new ResponseTimes(createManualClock()).hook.onStart).toBeUndefined()
})
