import { positiveNumber } from './check.ts'

/** One number of an object, as a scrape sees it. Built only when asked for. */
export interface Measurement {
  /** Prometheus name in base units, such as `cache_hits_total` or `breaker_open_seconds`. */
  readonly name: string
  /** One sentence for who reads the metrics. */
  readonly help: string
  /** `counter` only grows, `gauge` is a state, `histogram` is a distribution. */
  readonly kind: 'counter' | 'gauge' | 'histogram'
  /** Further labels, from bounded sets. `{[kind]: name}` of the object is added by the reader. */
  readonly labels?: Readonly<Record<string, string>> | undefined
  /** A number, or for a histogram its snapshot. */
  readonly value: number | HistogramSnapshot
}

/**
 * Something whose numbers can be read. Hand it to an observer: there is no list of all objects.
 *
 * Families of one name from several objects are merged by the reader.
 */
export interface Measured {
  /** What it is, such as `cache` or `breaker`: the label's key. */
  readonly kind: string
  /** Which one it is: the label's value. */
  readonly name: string
  /** All its numbers as they are now. */
  measure(): readonly Measurement[]
}

/** A histogram at one moment, as Prometheus counts. */
export interface HistogramSnapshot {
  /** Upper bounds (`le`), ascending, without the last one, which is infinite. */
  readonly bounds: readonly number[]
  /** For each bound, how many values were at or below it. Exact. */
  readonly counts: readonly number[]
  /** How many values there were. */
  readonly count: number
  /** Their sum. */
  readonly sum: number
}

/** Options of {@link createHistogram}. */
export interface HistogramOptions {
  /**
   * Upper bounds that are exported, ascending and over 0.
   *
   * @defaultValue prom-client's `0.005 … 10`, with `0.001` and `0.0025` before them, in seconds
   */
  readonly bounds?: readonly number[] | undefined
  /**
   * Smallest value that quantiles tell apart: below it they are only known to be below.
   *
   * @defaultValue `1e-6`, a microsecond in seconds; our choice
   */
  readonly min?: number | undefined
  /**
   * Largest value that quantiles tell apart.
   *
   * @defaultValue `3_600`, an hour in seconds; our choice
   */
  readonly max?: number | undefined
}

/** Counts values in a fixed amount of memory (about 4 kB by default), exact at its bounds and within 3.2 % between them. */
export interface Histogram {
  /** How many values were recorded. */
  readonly count: number
  /** Their sum. */
  readonly sum: number
  /**
   * Counts a value. A few nanoseconds, no allocation. What is not finite is ignored: a metric never throws into what it measures.
   *
   * @param value What was measured.
   */
  record(value: number): void
  /**
   * Estimates a quantile.
   *
   * @param q Between 0 (the smallest value, exact) and 1 (the largest, exact).
   * @returns The nearest-rank quantile, off by at most 3.2 % between `min` and `max`; `NaN` if there are no values.
   */
  quantile(q: number): number
  /** What a scrape reads. */
  snapshot(): HistogramSnapshot
  /** Forgets everything. */
  reset(): void
}

/** Seconds. */
const DEFAULT_BOUNDS: readonly number[] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
/** Leading bits of the fraction that tell cells apart: 16 to an octave, so that a cell is at most 1/16 wide. */
const FRACTION_BITS = 4
const CELL_SHIFT = 20 - FRACTION_BITS

/**
 * Creates a histogram whose buckets are a logarithmic grid cut at the bounds that are exported.
 *
 * A value's cell is read off the leading bits of its floating-point form, as HdrHistogram does with integers.
 *
 * @param options Bounds and range.
 * @throws {RangeError} If bounds do not ascend, or a number is out of its range.
 * @see Gil Tene, HdrHistogram, http://hdrhistogram.org
 */
export function createHistogram({
  bounds = DEFAULT_BOUNDS,
  min = 1e-6,
  max = 3_600,
}: HistogramOptions = {}): Histogram {
  const exported = checkBounds(bounds)
  const first = cellOf(positiveNumber('min', min))
  const last = cellOf(positiveNumber('max', max))
  if (max <= min) throw new RangeError(`Expected \`max\` to be over \`min\`, got ${max} and ${min}`)

  const uppers = Float64Array.from(new Set([...exported, ...gridBetween(first, last)])).sort()
  const overflow = uppers.length
  const counts = new Float64Array(overflow + 1)
  // For each cell of the grid, the lowest bucket that one of its values may belong to.
  const lowest = Uint16Array.from({ length: last - first + 2 }, (_, cell) => bucketFrom(0, lowerBoundOf(first + cell)))
  let sum = 0
  let count = 0
  let smallest = Infinity
  let largest = -Infinity

  /** A bucket holds what is at or below its upper bound, as Prometheus counts, and above the one before. */
  function bucketFrom(bucket: number, value: number): number {
    while (bucket < overflow && value > (uppers[bucket] as number)) bucket++
    return bucket
  }

  return {
    get count() {
      return count
    },
    get sum() {
      return sum
    },
    record(value) {
      if (value - value !== 0) return
      const cell = value > 0 ? Math.min(cellOf(value) - first, lowest.length - 1) : -1
      const bucket = bucketFrom(cell < 0 ? 0 : (lowest[cell] as number), value)
      counts[bucket] = (counts[bucket] as number) + 1
      sum += value
      count++
      if (value < smallest) smallest = value
      if (value > largest) largest = value
    },
    quantile(q) {
      if (!(q >= 0 && q <= 1)) throw new RangeError(`Expected \`q\` to be a ratio between 0 and 1, got ${q}`)
      if (count === 0) return Number.NaN
      const rank = Math.max(1, Math.ceil(q * count))
      if (rank === 1) return smallest
      if (rank === count) return largest
      let bucket = 0
      for (let seen = counts[0] as number; bucket < overflow && seen < rank; bucket++)
        seen += counts[bucket + 1] as number
      const upper = bucket < overflow ? (uppers[bucket] as number) : largest
      const lower = bucket > 0 ? (uppers[bucket - 1] as number) : smallest
      // The point whose relative distance to both ends is the same.
      const middle = lower > 0 ? (2 * lower * upper) / (lower + upper) : upper
      return Math.min(Math.max(middle, smallest), largest)
    },
    snapshot() {
      let seen = 0
      let bucket = 0
      const cumulative = exported.map((bound) => {
        while (bucket < overflow && (uppers[bucket] as number) <= bound) seen += counts[bucket++] as number
        return seen
      })
      return { bounds: exported, counts: cumulative, count, sum }
    },
    reset() {
      counts.fill(0)
      sum = 0
      count = 0
      smallest = Infinity
      largest = -Infinity
    },
  }
}

function checkBounds(bounds: readonly number[]): readonly number[] {
  let previous = 0
  for (const [index, bound] of bounds.entries()) {
    if (Number.isFinite(bound) && bound > previous) previous = bound
    else throw new RangeError(`Expected \`bounds[${index}]\` to be finite and over ${previous}, got ${bound}`)
  }
  return Object.freeze([...bounds])
}

const asNumber = new Float64Array(1)
const asBits = new Uint32Array(asNumber.buffer)
/** Which half of a number holds sign, exponent and the leading bits of the fraction. */
const HIGH = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1 ? 1 : 0

function cellOf(value: number): number {
  asNumber[0] = value
  return (asBits[HIGH] as number) >>> CELL_SHIFT
}

function lowerBoundOf(cell: number): number {
  asBits[1 - HIGH] = 0
  asBits[HIGH] = cell << CELL_SHIFT
  return asNumber[0] as number
}

function gridBetween(first: number, last: number): number[] {
  return Array.from({ length: last - first + 2 }, (_, index) => lowerBoundOf(first + index))
}
