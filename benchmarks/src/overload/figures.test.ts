import { expect, test } from 'vitest'
import {
  capacity,
  FIGURES,
  figureOf,
  goodput,
  lag,
  MEASURES,
  ofOracle,
  RATES,
  refused,
  type Seen,
  slowdown,
  toFigures,
  toTables,
  UNLOADED_P99,
  variation,
} from './figures.ts'
import { sampleSlice } from './fixtures/sample-slice.ts'

const sample: Seen = {
  slice: sampleSlice({ steady: [380, 420], refused: [1, 2, 3], refusedInAll: 50, requests: 1_000 }),
  oracle: sampleSlice({ steady: [500, 500] }),
  baseline: { capacityPerSecond: 800, unloadedP99Ms: 4 },
  stretchMs: 500,
  deadlineMs: 1_000,
}

test.each([
  [capacity, 800],
  [goodput, 100],
  [ofOracle, 80],
  [variation, 7.07],
  [slowdown, 2.5],
  [refused, 5],
  [lag, 3],
])('$title is what was seen', (measure, expected) => {
  expect(measure.count(sample)).toBeCloseTo(expected, 2)
})

test('what is late, failed or unsent is a share of what was due after the ramp', () => {
  const measure = MEASURES.find(({ title }) => title.startsWith('Late'))
  const outcomes = { ok: 50, refused: 20, failed: 5, late: 15, unsent: 10 }
  expect(measure?.count({ ...sample, slice: sampleSlice({ outcomes }) })).toBe(30)
})

test('goodput of the first seconds is a share of the capacity, too', () => {
  const measure = MEASURES.find(({ title }) => title.startsWith('Goodput while'))
  expect(measure?.count({ ...sample, slice: sampleSlice({ ramp: [100, 300] }) })).toBe(50)
})

test('a latency is the deadline where nothing was answered in time', () => {
  const outcomes = { ok: 0, refused: 0, failed: 0, late: 10, unsent: 0 }
  expect(slowdown.count({ ...sample, slice: sampleSlice({ outcomes }) })).toBe(250)
})

test('ofOracle is finite where the gate let nothing through', () => {
  expect(ofOracle.count({ ...sample, oracle: sampleSlice({ steady: [0, 0] }) })).toBe(80_000)
})

test('toFigures() gives every figure, each from its own rate', () => {
  const seen = new Map(
    RATES.map((rate) => [rate, { ...sample, slice: sampleSlice({ steady: [400 * rate, 400 * rate] }) }]),
  )
  const figures = toFigures(seen)
  expect(Object.keys(figures).toSorted()).toEqual(FIGURES.toSorted())
  expect(figures[UNLOADED_P99]).toBe(4)
  expect(RATES.map((rate) => figures[figureOf(goodput, rate)])).toEqual(RATES.map((rate) => 100 * rate))
})

test('toFigures() compares goodput at each rate with the capacity just before', () => {
  const seen = new Map(
    RATES.map((rate) => [rate, { ...sample, baseline: { capacityPerSecond: 800 / rate, unloadedP99Ms: 4 } }]),
  )
  const figures = toFigures(seen)
  for (const rate of RATES) {
    expect(figures[figureOf(capacity, rate)]).toBe(800 / rate)
    expect(figures[figureOf(goodput, rate)]).toBeCloseTo(100 * rate)
  }
})

test('toTables() shows every figure once', () => {
  const shown = toTables('none').flatMap(({ columns }) => columns.map(({ figure }) => figure))
  expect(shown.toSorted()).toEqual(FIGURES.toSorted())
})
