import { build, type Histogram } from 'hdr-histogram-js'

/** Latencies of many requests, in milliseconds. */
export interface LatencyNumbers {
  /** Half were faster. */
  readonly p50: number
  /** Nine of ten were faster. */
  readonly p90: number
  /** All but one of a hundred were faster. */
  readonly p99: number
  /** All but one of a thousand were faster. */
  readonly p999: number
  /** The slowest. */
  readonly max: number
}

/** Collects latencies. */
export interface Latencies {
  /** How many there are. */
  readonly count: number
  /**
   * Adds one.
   *
   * @param ms Milliseconds.
   */
  record(ms: number): void
  /** Their percentiles, correct to a tenth of a percent; zeros if there are none. */
  numbers(): LatencyNumbers
}

/** Microseconds, as an integer histogram has no fractions. */
const PER_MS = 1000
const HIGHEST_MS = 3_600_000

/**
 * Creates a collection of latencies.
 *
 * It is HdrHistogram's, not core's own: what measures must not be what is measured, and a percentile here should be
 * off by less than the differences that are looked for.
 */
export function createLatencies(): Latencies {
  const histogram: Histogram = build({
    lowestDiscernibleValue: 1,
    highestTrackableValue: HIGHEST_MS * PER_MS,
    numberOfSignificantValueDigits: 3,
    bitBucketSize: 32,
  })
  const percentile = (p: number): number => histogram.getValueAtPercentile(p) / PER_MS
  return {
    get count() {
      return histogram.totalCount
    },
    record(ms) {
      histogram.recordValue(Math.round(Math.min(Math.max(ms, 0), HIGHEST_MS) * PER_MS))
    },
    numbers: () => ({
      p50: percentile(50),
      p90: percentile(90),
      p99: percentile(99),
      p999: percentile(99.9),
      max: histogram.maxValue / PER_MS,
    }),
  }
}
