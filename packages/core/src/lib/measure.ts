import { positiveNumber, ratio } from './check.ts'

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
   * Upper bounds that are exported, ascending and over 0; at most 255.
   *
   * @defaultValue prom-client's `0.005 … 10`, with `0.001` and `0.0025` before them, in seconds
   */
  readonly bounds?: readonly number[] | undefined
  /**
   * Smallest value that quantiles tell apart: below it they are only known to be below. At least `1e-300`.
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

/** Counts values in a fixed amount of memory (6 kB by default), exact at its bounds and within 3.1 % between them. */
export interface Histogram {
  /** How many values were recorded. */
  readonly count: number
  /** Their sum. */
  readonly sum: number
  /**
   * Counts a value. Some ten nanoseconds, no allocation. What is not a finite number is ignored: a metric never throws
   * into what it measures.
   *
   * @param value What was measured.
   */
  record(value: number): void
  /**
   * Estimates a quantile.
   *
   * @param q Between 0 (the smallest value, exact) and 1 (the largest, exact).
   * @returns The nearest-rank quantile, off by at most 3.1 % between `min` and `max`; `NaN` if there are no values.
   * @throws {RangeError} If `q` is not between 0 and 1.
   */
  quantile(q: number): number
  /** What a scrape reads. */
  snapshot(): HistogramSnapshot
}

/** Seconds. */
const DEFAULT_BOUNDS: readonly number[] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
/** Far enough from where numbers begin to lose bits. */
const LEAST_MIN = 1e-300

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
  if (positiveNumber('max', max) <= positiveNumber('min', min) || min < LEAST_MIN)
    throw new RangeError(`Expected \`min\` and \`max\` to ascend from at least ${LEAST_MIN}, got ${min} and ${max}`)
  return new GridHistogram(checkBounds(bounds), min, max)
}

/**
 * A value's bucket is the number of grid lines and bounds below it. So each bucket holds what is above one of these
 * and at or below the next, as Prometheus counts.
 */
class GridHistogram implements Histogram {
  readonly #bounds: readonly number[]
  /** The bounds again, and an infinite one that ends every search. */
  readonly #cuts: Float64Array
  /** For each cell of the grid, how many bounds are at or below its lower line. */
  readonly #cutsBelow: Uint8Array
  /** The cell below the grid, which takes all that is lower. The last one takes all that is higher. */
  readonly #lowest: number
  readonly #counts: Float64Array
  count = 0
  sum = 0
  #smallest = Infinity
  #largest = -Infinity

  constructor(bounds: readonly number[], min: number, max: number) {
    this.#bounds = bounds
    this.#cuts = Float64Array.of(...bounds, Infinity)
    this.#lowest = cellOf(min) - 1
    this.#cutsBelow = new Uint8Array(cellOf(max) - this.#lowest + 2)
    for (let cell = 1, cut = 0; cell < this.#cutsBelow.length; cell++) {
      while ((this.#cuts[cut] as number) <= this.#lineAbove(cell - 1)) cut++
      this.#cutsBelow[cell] = cut
    }
    this.#counts = new Float64Array(this.#cutsBelow.length + bounds.length)
  }

  record(value: number): void {
    if (!Number.isFinite(value)) return
    const bucket = this.#bucketOf(value)
    this.#counts[bucket] = (this.#counts[bucket] as number) + 1
    this.count++
    this.sum += value
    if (value < this.#smallest) this.#smallest = value
    if (value > this.#largest) this.#largest = value
  }

  quantile(q: number): number {
    const rank = Math.ceil(ratio('q', q) * this.count)
    if (this.count === 0) return Number.NaN
    if (rank <= 1) return this.#smallest
    if (rank === this.count) return this.#largest
    let lower = this.#smallest
    let upper = lower
    for (let bucket = 0, cut = 0, seen = 0; seen < rank; bucket++) {
      lower = Math.max(lower, upper)
      const line = this.#lineAbove(bucket - cut)
      upper = Math.min(line, this.#cuts[cut] as number)
      if (upper !== line) cut++
      seen += this.#counts[bucket] as number
    }
    upper = Math.min(upper, this.#largest)
    // The point whose relative distance to both ends is the same.
    return lower > 0 ? lower * (2 / (1 + lower / upper)) : upper
  }

  snapshot(): HistogramSnapshot {
    let seen = 0
    let bucket = 0
    const counts = this.#bounds.map((bound) => {
      for (const last = this.#bucketOf(bound); bucket <= last; bucket++) seen += this.#counts[bucket] as number
      return seen
    })
    return { bounds: this.#bounds, counts, count: this.count, sum: this.sum }
  }

  #bucketOf(value: number): number {
    const cell = Math.min(Math.max(cellOf(value) - this.#lowest, 0), this.#cutsBelow.length - 1)
    let cut = this.#cutsBelow[cell] as number
    while (value > (this.#cuts[cut] as number)) cut++
    return cell + cut
  }

  #lineAbove(cell: number): number {
    return cell < this.#cutsBelow.length - 1 ? lineAbove(this.#lowest + cell) : Infinity
  }
}

function checkBounds(bounds: readonly number[]): readonly number[] {
  if (bounds.length > 255) throw new RangeError(`Expected \`bounds\` to be at most 255 numbers, got ${bounds.length}`)
  const copy = Object.freeze([...bounds])
  copy.reduce((previous, bound, index) => {
    if (positiveNumber(`bounds[${index}]`, bound) > previous) return bound
    throw new RangeError(`Expected \`bounds[${index}]\` to be over ${previous}, got ${bound}`)
  }, 0)
  return copy
}

const float = new DataView(new ArrayBuffer(8))
/** Times this, a number becomes the one just below it. */
const JUST_BELOW = 1 - 2 ** -53

/** Sign, exponent and four bits of the fraction: 16 cells to an octave. A cell's upper line belongs to it, its lower does not. */
function cellOf(value: number): number {
  float.setFloat64(0, value * JUST_BELOW)
  return float.getInt16(0)
}

function lineAbove(cell: number): number {
  float.setFloat64(0, 0)
  float.setInt16(0, cell + 1)
  return float.getFloat64(0)
}
