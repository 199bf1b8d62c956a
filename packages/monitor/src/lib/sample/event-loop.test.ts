import { expect, test } from 'vitest'
import { createFakeHost } from '../../../test/support/host.ts'
import { EventLoopReader } from './event-loop.ts'

test('read() tells the share in which the loop was not idle since the last call', () => {
  const host = createFakeHost()
  host.state.loop = { idle: 5_000, active: 5_000 }
  const reader = new EventLoopReader(host)
  host.state.loop = { idle: 5_250, active: 5_750 }
  expect(reader.read(3)).toEqual({ utilizationRatio: 0.75, delayMs: 3 })
  host.state.loop = { idle: 6_250, active: 5_750 }
  expect(reader.read(0)).toEqual({ utilizationRatio: 0, delayMs: 0 })
})

test('read() knows no share of no time, and keeps the delay where nobody waited', () => {
  const reader = new EventLoopReader(createFakeHost())
  expect(reader.read(undefined)).toEqual({ utilizationRatio: undefined, delayMs: undefined })
  reader.read(8)
  expect(reader.read(undefined).delayMs).toBe(8)
})
