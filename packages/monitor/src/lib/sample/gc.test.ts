import { constants } from 'node:perf_hooks'
import { expect, test } from 'vitest'
import { GcCounts } from './gc.ts'

test('add() counts by the kinds that Node has', () => {
  const gc = new GcCounts()
  const kinds = [
    constants.NODE_PERFORMANCE_GC_MINOR,
    constants.NODE_PERFORMANCE_GC_MAJOR,
    constants.NODE_PERFORMANCE_GC_INCREMENTAL,
    constants.NODE_PERFORMANCE_GC_WEAKCB,
    1_024,
  ].map((code, index) => gc.add(code, 500 * (index + 1)))
  expect(kinds).toEqual(['minor', 'major', 'incremental', 'weak-callbacks', undefined])
  gc.add(constants.NODE_PERFORMANCE_GC_MINOR, 250)
  expect(gc.kinds).toEqual({
    minor: { count: 2, seconds: 0.75 },
    major: { count: 1, seconds: 1 },
    incremental: { count: 1, seconds: 1.5 },
    'weak-callbacks': { count: 1, seconds: 2 },
  })
})

test('read() tells the share of the time since the last call', () => {
  const gc = new GcCounts()
  gc.add(1, 100)
  expect(gc.read(10)).toBeUndefined()
  gc.add(1, 250)
  expect(gc.read(11)).toBeCloseTo(0.25, 10)
  expect(gc.read(12)).toBe(0)
})

test('kinds is a copy', () => {
  const gc = new GcCounts()
  const before = gc.kinds
  gc.add(1, 100)
  expect(before.minor.count).toBe(0)
})
