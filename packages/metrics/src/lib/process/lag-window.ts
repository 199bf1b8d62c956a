/** Cells to an octave: a quantile is off by at most 4.5 %. */
const PER_OCTAVE = 8
/** Lags below are all the same, in milliseconds. */
const LEAST_MS = 0.01
/** Up to 167 seconds. What is longer is counted there. */
const CELLS = 24 * PER_OCTAVE

/** Lags of some time, each with how long it held. */
export class LagWindow {
  readonly #cells = new Float64Array(CELLS)
  #weight = 0
  #sum = 0
  #squares = 0
  minMs: number = Infinity
  maxMs = 0

  /**
   * Adds one.
   *
   * @param lagMs How late it was.
   * @param weight For how long that held.
   */
  record(lagMs: number, weight: number): void {
    if (weight <= 0) return
    const cell = Math.round(Math.log2(Math.max(lagMs, LEAST_MS) / LEAST_MS) * PER_OCTAVE)
    const place = Math.min(cell, CELLS - 1)
    this.#cells[place] = (this.#cells[place] as number) + weight
    this.#weight += weight
    this.#sum += lagMs * weight
    this.#squares += lagMs * lagMs * weight
    this.minMs = Math.min(this.minMs, lagMs)
    this.maxMs = Math.max(this.maxMs, lagMs)
  }

  /** The mean lag. */
  get meanMs(): number {
    return this.#weight === 0 ? 0 : this.#sum / this.#weight
  }

  /** Their standard deviation. */
  get stddevMs(): number {
    if (this.#weight === 0) return 0
    return Math.sqrt(Math.max(0, this.#squares / this.#weight - this.meanMs ** 2))
  }

  /**
   * A quantile.
   *
   * @param q Between 0 and 1.
   */
  quantile(q: number): number {
    let left = q * this.#weight
    for (let cell = 0; cell < CELLS; cell++) {
      left -= this.#cells[cell] as number
      if (left <= 0) return Math.min(this.maxMs, Math.max(this.minMs, LEAST_MS * 2 ** (cell / PER_OCTAVE)))
    }
    return this.maxMs
  }

  /**
   * This one and another one together.
   *
   * @param other The other one.
   */
  with(other: LagWindow): LagWindow {
    const both = new LagWindow()
    for (let cell = 0; cell < CELLS; cell++)
      both.#cells[cell] = (this.#cells[cell] as number) + (other.#cells[cell] as number)
    both.#weight = this.#weight + other.#weight
    both.#sum = this.#sum + other.#sum
    both.#squares = this.#squares + other.#squares
    both.minMs = Math.min(this.minMs, other.minMs)
    both.maxMs = Math.max(this.maxMs, other.maxMs)
    return both
  }
}
