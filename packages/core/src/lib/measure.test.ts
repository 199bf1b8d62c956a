import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createHistogram, type Histogram, type HistogramOptions } from './measure.ts'

const DEFAULT_BOUNDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
const LARGEST_ERROR = 1 / 33

function fill(values: Iterable<number>, options?: HistogramOptions): Histogram {
  const histogram = createHistogram(options)
  for (const value of values) histogram.record(value)
  return histogram
}

function countAtOrBelow(values: readonly number[], bound: number): number {
  return values.filter((value) => Number.isFinite(value) && value <= bound).length
}

function nearestRank(values: readonly number[], q: number): number {
  return values.toSorted((a, b) => a - b)[Math.max(1, Math.ceil(q * values.length)) - 1] as number
}

/** The numbers right below and right above one. */
function neighbours(value: number): number[] {
  const float = new Float64Array([value])
  const bits = new BigInt64Array(float.buffer)
  return [-1n, 2n].map((step) => {
    bits[0] = (bits[0] as bigint) + step
    return float[0] as number
  })
}

const positive = fc.double({ min: Number.MIN_VALUE, noNaN: true, noDefaultInfinity: true })
/** Numbers as people write them, and numbers on lines of a binary grid. */
const round = fc
  .tuple(fc.integer({ min: 16, max: 31 }), fc.integer({ min: -60, max: 60 }))
  .map(([fraction, exponent]) => fraction * 2 ** exponent)
const anyBound = fc.oneof(positive, round, fc.constantFrom(...DEFAULT_BOUNDS, Number.MAX_VALUE, Number.MIN_VALUE))
const anyOptions = fc.record({
  bounds: fc.uniqueArray(anyBound, { maxLength: 40 }).map((bounds) => bounds.sort((a, b) => a - b)),
  range: fc
    .tuple(fc.double({ min: 1e-300, max: 1e300, noNaN: true }), fc.double({ min: 1e-300, max: 1e300, noNaN: true }))
    .filter(([a, b]) => a !== b),
})

test('snapshot() counts exactly at every bound, whatever bounds, range and values are', () => {
  fc.assert(
    fc.property(anyOptions, fc.array(fc.oneof(fc.double(), positive, round)), ({ bounds, range }, others) => {
      const values = [...others, ...bounds, ...bounds.flatMap(neighbours)]
      const snapshot = fill(values, { bounds, min: Math.min(...range), max: Math.max(...range) }).snapshot()
      expect(snapshot.bounds).toEqual(bounds)
      expect(snapshot.counts).toEqual(bounds.map((bound) => countAtOrBelow(values, bound)))
      expect(snapshot.count).toBe(countAtOrBelow(values, Infinity))
    }),
    { numRuns: 300 * Number(process.env.SOAK ?? 1) },
  )
})

test('snapshot() counts exactly on every line of the grid', () => {
  const lines = Array.from(
    { length: 36 * 16 },
    (_, index) => (1 + (index % 16) / 16) * 2 ** (Math.floor(index / 16) - 22),
  )
  const values = lines.flatMap((line) => [line, ...neighbours(line)])
  for (let from = 0; from < lines.length; from += 192) {
    const bounds = lines.slice(from, from + 192)
    expect(fill(values, { bounds }).snapshot().counts).toEqual(bounds.map((bound) => countAtOrBelow(values, bound)))
  }
})

test.each([
  ['below min and above max', { bounds: [1e-9, 1e-8, 1e5, 1e6] }],
  ['on min and max', { bounds: [1e-6, 3_600] }],
  ['many within one cell', { bounds: Array.from({ length: 255 }, (_, index) => 1 + index / 1e4) }],
  ['none', { bounds: [] }],
])('snapshot() counts exactly with bounds %s', (_, options) => {
  const values = [0, ...options.bounds, ...options.bounds.flatMap(neighbours), 1, 1e300]
  const expected = options.bounds.map((bound) => countAtOrBelow(values, bound))
  expect(fill(values, options).snapshot().counts).toEqual(expected)
})

test('snapshot() has the default bounds', () => {
  expect(createHistogram().snapshot()).toEqual({
    bounds: DEFAULT_BOUNDS,
    counts: DEFAULT_BOUNDS.map(() => 0),
    count: 0,
    sum: 0,
  })
})

test('snapshot() counts negative values and zero below every bound', () => {
  const values = [-1e300, -1, -Number.MIN_VALUE, -0, 0]
  expect(fill(values, { bounds: [Number.MIN_VALUE, 1] }).snapshot()).toMatchObject({ counts: [5, 5], count: 5 })
})

test('snapshot() stays as it was when more is recorded', () => {
  const histogram = fill([0.5], { bounds: [1] })
  const before = histogram.snapshot()
  histogram.record(0.6)
  expect(before).toEqual({ bounds: [1], counts: [1], count: 1, sum: 0.5 })
})

test('record() adds up', () => {
  const histogram = fill([0.5, 2, -1, 40_000])
  expect([histogram.count, histogram.sum]).toEqual([4, 40_001.5])
})

test.each([Number.NaN, Infinity, -Infinity, undefined, null, '1', 1n, Symbol('one'), { valueOf: () => 1 }])(
  'record() ignores %o',
  (value) => {
    const histogram = fill([0.5])
    histogram.record(value as number)
    expect(histogram.snapshot()).toMatchObject({ count: 1, sum: 0.5 })
    expect(histogram.quantile(1)).toBe(0.5)
  },
)

/** How values may be spread over the range, from a number between 0 and 1 each. */
const spreads: Record<string, (u: number, v: number, min: number, max: number) => number> = {
  uniform: (u, _, min, max) => min + u * (max - min),
  'log-uniform': (u, _, min, max) => Math.exp(Math.log(min) + u * (Math.log(max) - Math.log(min))),
  lognormal: (u, v, min, max) =>
    Math.sqrt(min) * Math.sqrt(max) * Math.exp(Math.sqrt(-2 * Math.log(1 - u)) * Math.cos(2 * Math.PI * v)),
  constant: (_u, _v, min, max) => Math.sqrt(min) * Math.sqrt(max),
  bimodal: (u, v, min, max) => (u < 0.9 ? min * (1 + v) : max / (1 + v)),
  'two values': (u, _, min, max) => (u < 0.5 ? min : max),
}

const ranges = [
  [1e-6, 3_600],
  [1, 2],
  [1, 1.01],
  [1e-300, 1e300],
  [1e200, Number.MAX_VALUE],
  [1e-300, 1e-290],
] as const

for (const [spread, place] of Object.entries(spreads)) {
  test.each(ranges)(`quantile() is within 3.1 %% where values are ${spread} from %d to %d`, (min, max) => {
    const unit = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })
    fc.assert(
      fc.property(
        fc.array(fc.tuple(unit, unit), { minLength: 1, maxLength: 200 }),
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 10 }),
        (points, more) => {
          const values = points.map(([u, v]) => Math.min(Math.max(place(u, v, min, max), min), max))
          const histogram = fill(values, { min, max })
          for (const q of [0, 0.5, 0.9, 0.99, 0.999, 1, ...more]) {
            const exact = nearestRank(values, q)
            expect(Math.abs(histogram.quantile(q) / exact - 1)).toBeLessThanOrEqual(LARGEST_ERROR + 1e-12)
          }
        },
      ),
      { numRuns: 30 * Number(process.env.SOAK ?? 1) },
    )
  })
}

test.each([...ranges.slice(0, 3), undefined])(
  'quantile() is within 3.1 %% from min to max %o, whatever lies outside',
  (range) => {
    const [min, max] = range ?? [1e-6, 3_600]
    const steps = Array.from({ length: 200 }, (_, index) => min * (max / min) ** (index / 199))
    const inside = steps.map((value) => Math.min(Math.max(value, min), max))
    const outside = [-1, 0, min / 1e3, min / 1.05, max * 1.05, max * 1e3]
    const values = [...outside.slice(0, 4), ...inside, ...outside.slice(4)]
    const histogram = fill(values, range && { min, max })
    inside.forEach((exact, index) => {
      const estimate = histogram.quantile((index + 4.5) / values.length)
      expect(Math.abs(estimate / exact - 1)).toBeLessThanOrEqual(LARGEST_ERROR + 1e-12)
    })
  },
)

test('quantile() lies between the bounds around it where values are outside min and max', () => {
  const histogram = fill([1e-9, 2e-8, 5e-8, 1, 2e5, 3e5, 5e6], { bounds: [1e-8, 1e-7, 1e5, 1e6] })
  const [below, beyond] = [histogram.quantile(3 / 7), histogram.quantile(6 / 7)]
  expect(below).toBeGreaterThan(1e-8)
  expect(below).toBeLessThanOrEqual(1e-7)
  expect(beyond).toBeGreaterThan(1e5)
  expect(beyond).toBeLessThanOrEqual(1e6)
})

test('quantile() beyond max and all bounds reaches up to the largest', () => {
  const estimate = fill([1, 8_000, 9_000, 10_000]).quantile(0.75)
  expect(estimate).toBeGreaterThan(5_000)
  expect(estimate).toBeLessThan(10_000)
})

test('quantile() is exact at both ends, wherever they are', () => {
  fc.assert(
    fc.property(fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { minLength: 1 }), (values) => {
      const histogram = fill(values)
      expect(histogram.quantile(0) - Math.min(...values)).toBe(0)
      expect(histogram.quantile(1) - Math.max(...values)).toBe(0)
    }),
  )
})

test('quantile() never leaves what was recorded, and never falls as q rises', () => {
  fc.assert(
    fc.property(fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { minLength: 1 }), (values) => {
      const histogram = fill(values)
      let last = Math.min(...values)
      for (let q = 0; q <= 1; q += 1 / 16) {
        const value = histogram.quantile(q)
        expect(value).toBeGreaterThanOrEqual(last)
        last = value
      }
      expect(last).toBeLessThanOrEqual(Math.max(...values))
    }),
  )
})

test('quantile() is exact at the first and the last rank', () => {
  const histogram = fill([1.01, 1.02, 1.03])
  expect([histogram.quantile(0.33), histogram.quantile(0.67)]).toEqual([1.01, 1.03])
})

test('quantile() is exact where all values are the same', () => {
  expect(fill([0.0123, 0.0123, 0.0123]).quantile(0.5)).toBe(0.0123)
})

test('quantile() takes the nearest rank', () => {
  const histogram = fill([1, 2, 3, 4])
  expect([0.25, 0.26, 0.5, 0.75, 0.76].map((q) => Math.round(histogram.quantile(q)))).toEqual([1, 2, 2, 3, 4])
})

test('quantile() of nothing is not a number', () => {
  expect(createHistogram().quantile(0.5)).toBeNaN()
})

test.each([-0.1, 1.1, Number.NaN])('quantile() refuses %d', (q) => {
  expect(() => createHistogram().quantile(q)).toThrow(
    new RangeError(`Expected \`q\` to be a ratio between 0 and 1, got ${q}`),
  )
})

test.each<[HistogramOptions, string]>([
  [{ bounds: [0] }, 'Expected `bounds[0]` to be a number over 0, got 0'],
  [{ bounds: [1, -1] }, 'Expected `bounds[1]` to be a number over 0, got -1'],
  [{ bounds: [1, Infinity] }, 'Expected `bounds[1]` to be a number over 0, got Infinity'],
  [{ bounds: [Number.NaN] }, 'Expected `bounds[0]` to be a number over 0, got NaN'],
  [{ bounds: [1, 2, 2] }, 'Expected `bounds[2]` to be over 2, got 2'],
  [{ bounds: [2, 1] }, 'Expected `bounds[1]` to be over 2, got 1'],
  [
    { bounds: Array.from({ length: 256 }, (_, index) => index + 1) },
    'Expected `bounds` to be at most 255 numbers, got 256',
  ],
  [{ min: 0 }, 'Expected `min` to be a number over 0, got 0'],
  [{ max: Infinity }, 'Expected `max` to be a number over 0, got Infinity'],
  [{ min: 1e-301 }, 'Expected `min` and `max` to ascend from at least 1e-300, got 1e-301 and 3600'],
  [{ min: 2, max: 2 }, 'Expected `min` and `max` to ascend from at least 1e-300, got 2 and 2'],
  [{ min: 3, max: 2 }, 'Expected `min` and `max` to ascend from at least 1e-300, got 3 and 2'],
])('createHistogram() refuses %o', (options, message) => {
  expect(() => createHistogram(options)).toThrow(new RangeError(message))
})

test('createHistogram() refuses bounds that are no numbers', () => {
  const holes = [1]
  holes[2] = 3
  expect(() => createHistogram({ bounds: holes })).toThrow(
    new TypeError('Expected `bounds[1]` to be a number over 0, got undefined'),
  )
  expect(() => createHistogram({ bounds: ['1'] as never })).toThrow(TypeError)
})

test('createHistogram() copies its bounds, and lets nobody change them', () => {
  const bounds = [1, 2]
  const histogram = fill([1.5], { bounds })
  bounds[1] = 1.2
  expect(histogram.snapshot()).toMatchObject({ bounds: [1, 2], counts: [0, 1] })
  expect(Object.isFrozen(histogram.snapshot().bounds)).toBe(true)
})

test('createHistogram() takes undefined for its defaults', () => {
  const options = { bounds: undefined, min: undefined, max: undefined }
  expect(createHistogram(options).snapshot().bounds).toEqual(DEFAULT_BOUNDS)
})

test('two histograms share nothing', () => {
  const one = fill([0.5])
  fill([7])
  expect(one.snapshot()).toEqual(fill([0.5]).snapshot())
})
