import { createRandom } from '@breakwater/testing/simulation'

/** How requests arrive. `constant`: evenly. `poisson`: independently of each other, as from many users. */
export type Arrivals = 'constant' | 'poisson'

/** When requests are due, said before the first one is sent. */
export interface ScheduleOptions {
  /** Requests per second, on average. */
  readonly ratePerSecond: number
  /** Milliseconds for which requests are due. */
  readonly durationMs: number
  /** How they arrive. */
  readonly arrivals: Arrivals
  /** The same seed gives the same schedule. Only matters for `poisson`. */
  readonly seed: number
  /**
   * The most requests, whatever rate and duration say.
   *
   * @defaultValue `1_000_000`, our choice
   */
  readonly maxRequests?: number | undefined
}

/**
 * Plans when requests are sent.
 *
 * @param options Rate, duration and kind.
 * @returns Milliseconds from the beginning, ascending.
 * @throws {RangeError} If rate or duration is not over 0.
 */
export function createSchedule({
  ratePerSecond,
  durationMs,
  arrivals,
  seed,
  maxRequests = 1_000_000,
}: ScheduleOptions): Float64Array {
  if (!(ratePerSecond > 0)) throw new RangeError(`Expected \`ratePerSecond\` to be over 0, got ${ratePerSecond}`)
  if (!(durationMs > 0)) throw new RangeError(`Expected \`durationMs\` to be over 0, got ${durationMs}`)
  const random = createRandom(seed)
  const meanMs = 1000 / ratePerSecond
  const starts: number[] = []
  let startMs = arrivals === 'constant' ? 0 : exponential(meanMs, random())
  while (startMs < durationMs && starts.length < maxRequests) {
    starts.push(startMs)
    // Multiplied, not added up, or a long schedule would drift.
    startMs = arrivals === 'constant' ? starts.length * meanMs : startMs + exponential(meanMs, random())
  }
  return Float64Array.from(starts)
}

function exponential(mean: number, uniform: number): number {
  return -mean * Math.log(1 - uniform)
}
