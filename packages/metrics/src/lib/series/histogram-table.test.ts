import fc from 'fast-check'
import { expect, test } from 'vitest'
import { DURATION_BOUNDS } from './bounds.ts'
import { HistogramTable } from './histogram-table.ts'

/** As Prometheus defines it: for each bound, how many values are at or below it. */
function naive(bounds: readonly number[], values: readonly number[]): unknown {
  return {
    bounds,
    counts: bounds.map((bound) => values.filter((value) => value <= bound).length),
    count: values.length,
    sum: values.reduce((sum, value) => sum + value, 0),
  }
}

test('record() counts as Prometheus does, whatever the bounds and values', () => {
  const number = fc.oneof(
    fc.constantFrom(0, -0, 0.001, 0.005, 1, -1, 1e-300, 1e300),
    fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e6, max: 1e6 }),
  )
  const bounds = fc.uniqueArray(number, { minLength: 1, maxLength: 30, comparator: (a, b) => a === b })
  fc.assert(
    fc.property(bounds, fc.array(number, { maxLength: 60 }), (unsorted, values) => {
      const sorted = unsorted.map((bound) => bound + 0).sort((a, b) => a - b)
      const table = new HistogramTable(sorted)
      const row = table.add()
      const all = [...values, ...sorted]
      for (const value of all) table.record(row, value)
      expect(table.snapshot(row)).toEqual(naive(sorted, all))
    }),
  )
})

test('record() counts a value at a bound into its bucket, and one just above into the next', () => {
  for (const [index, bound] of DURATION_BOUNDS.entries()) {
    const table = new HistogramTable(DURATION_BOUNDS)
    const row = table.add()
    expect(table.record(row, bound)).toBe(index)
    expect(table.record(row, bound * (1 + 2 ** -52))).toBe(index + 1)
  }
})

test('record() counts what is no number as 0, so that it spoils no sum', () => {
  const table = new HistogramTable([1])
  const row = table.add()
  for (const value of [Number.NaN, Infinity, -Infinity]) table.record(row, value)
  expect(table.snapshot(row)).toEqual({ bounds: [1], counts: [3], count: 3, sum: 0 })
})

test('add() keeps what was counted when there are more rows than there was room for', () => {
  const table = new HistogramTable([1, 2])
  for (let index = 0; index < 100; index++) table.record(table.add(), index)
  expect(Array.from({ length: 100 }, (_, row) => table.snapshot(row).sum)).toEqual(
    Array.from({ length: 100 }, (_, row) => row),
  )
  expect(table.rows).toBe(100)
})
