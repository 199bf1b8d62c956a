/** Deviations of more than so many standard errors are news, and not noise. The usual three sigma. */
const NEWS = 3
/** Share of the latest deviation in a trend: our choice, as what follows without a source; `test/adaptive-limit.test.ts` bounds what comes of it. */
const TREND = 0.15
/** Standard error of the trend of mere noise. */
const TREND_NOISE = Math.sqrt(TREND / (2 - TREND))

/**
 * How far to follow a measurement: little if it is noisy, almost wholly if it is exact, or so far off that noise cannot be why.
 *
 * @param deviation How far off the measurement is.
 * @param drift Variance of what may have changed since the last one.
 * @param noise Variance of the measurement, over 0.
 * @returns From 0, stay, to 1, follow.
 * @see The gain of a scalar Kalman filter, with the drift widened by a deviation that is beyond both.
 */
export function gainOf(deviation: number, drift: number, noise: number): number {
  return 1 - noise / Math.max(drift + noise, (deviation / NEWS) ** 2)
}

/**
 * Notices deviations that are small, but always to the same side.
 *
 * @see S. W. Roberts, "Control Chart Tests Based on Geometric Moving Averages", 1959.
 */
export class Trend {
  /** Moving average of deviations, in standard errors. */
  value = 0

  /**
   * Takes a deviation.
   *
   * @param deviation In standard errors.
   * @returns How far the trend says to follow it, from 0 to 1.
   */
  follow(deviation: number): number {
    this.value += TREND * (deviation - this.value)
    return Math.max(0, 1 - ((NEWS * TREND_NOISE) / this.value) ** 2)
  }
}

/** Follows a number that is measured with noise and may drift or jump. */
export class Level {
  /** The number. `NaN` until it was measured. */
  value: number = Number.NaN
  /** How uncertain it is: its variance. */
  variance = 0
  readonly #drift: number

  /** @param drift Variance of what it changes from one measurement to the next. */
  constructor(drift: number) {
    this.#drift = drift
  }

  /** Whether it was measured at all. */
  get isKnown(): boolean {
    return !Number.isNaN(this.value)
  }

  /**
   * It may have changed.
   *
   * @param by How much.
   */
  doubt(by: number): void {
    this.variance += by ** 2
  }

  /**
   * Takes a measurement.
   *
   * @param measured What was measured.
   * @param noise Its variance, over 0.
   */
  follow(measured: number, noise: number): void {
    const deviation = this.isKnown ? measured - this.value : 0
    const gain = this.isKnown ? gainOf(deviation, this.variance + this.#drift, noise) : 1
    this.value = this.isKnown ? this.value + gain * deviation : measured
    this.variance = gain * noise
  }
}
