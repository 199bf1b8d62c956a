/** Keeps the number of a family's series in bounds, and counts what did not get one of its own. */
export class SeriesCap {
  /** The family. */
  readonly family: string
  /** Most series. */
  readonly max: number
  /** How often a value had no series of its own. */
  dropped = 0
  readonly #tell: (cap: SeriesCap) => void
  #taken = 0

  /**
   * @param family The family.
   * @param max Most series.
   * @param tell Called the first time that a value has no series of its own.
   */
  constructor(family: string, max: number, tell: (cap: SeriesCap) => void) {
    this.family = family
    this.max = max
    this.#tell = tell
  }

  /** Takes a place for one more series, if there is one. */
  take(): boolean {
    if (this.#taken >= this.max) return false
    this.#taken++
    return true
  }

  /** Counts a value that has no series of its own. */
  drop(): void {
    if (this.dropped++ === 0) this.#tell(this)
  }
}

/** Value of every label of the one series that takes what is beyond a cap. */
export const OVERFLOW = 'overflow'
