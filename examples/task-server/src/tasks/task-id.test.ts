import { createManualClock } from '@breakwater/core/testing'
import { expect, test } from 'vitest'
import { createTaskIds } from './task-id.ts'

test('createTaskIds() makes UUIDs of version 7 that begin with their time', () => {
  const clock = createManualClock()
  const id = createTaskIds(clock)()
  expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  expect(Number.parseInt(id.replace('-', '').slice(0, 12), 16)).toBe(clock.epoch())
})

test('createTaskIds() makes each id larger than the one before, also more in a millisecond than the counter holds', () => {
  const next = createTaskIds(createManualClock())
  const ids = Array.from({ length: 10_000 }, next)
  expect(ids).toEqual(ids.toSorted())
  expect(new Set(ids).size).toBe(ids.length)
})

test('createTaskIds() goes on upwards when the clock is set back', () => {
  let epochMs = 1_700_000_000_000
  const next = createTaskIds({ ...createManualClock(), epoch: () => epochMs })
  const before = next()
  epochMs -= 60_000
  expect(next() > before).toBe(true)
  epochMs += 60_001
  expect(next() > before).toBe(true)
})
