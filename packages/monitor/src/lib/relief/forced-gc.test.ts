import { createManualClock } from '@breakwater/core/testing'
import { expect, test } from 'vitest'
import type { MonitorGcForced } from '../events.ts'
import { ForcedGc } from './forced-gc.ts'

test('offer() collects once per interval, and tells what it gave back', () => {
  const clock = createManualClock()
  const events: MonitorGcForced[] = []
  const used = [9e6, 4e6, 5e6, 6e6]
  const gc = new ForcedGc(
    { everyMs: 1_000 },
    clock,
    () => used.shift() ?? 0,
    (event) => events.push(event),
  )
  gc.offer()
  clock.advance(999)
  gc.offer()
  expect(gc.count).toBe(1)
  clock.advance(1)
  gc.offer()
  expect(gc.count).toBe(2)
  expect(events).toEqual([
    { type: 'gc:forced', ms: 0, freedBytes: 5e6 },
    { type: 'gc:forced', ms: 0, freedBytes: 0 },
  ])
})

test('offer() really collects', () => {
  const gc = new ForcedGc(
    { everyMs: 1 },
    createManualClock(),
    () => 0,
    () => {},
  )
  const gone = ((): WeakRef<object> => new WeakRef({}))()
  return new Promise<void>((resolve) => setImmediate(resolve)).then(() => {
    gc.offer()
    expect(gone.deref()).toBeUndefined()
  })
})
