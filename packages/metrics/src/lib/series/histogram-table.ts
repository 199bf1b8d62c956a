import type { HistogramSnapshot } from '@breakwater/core'

const FIRST_ROWS = 16

/**
 * The value that is being counted, and its bits. Not an argument: V8 allocates a number for one that is a fraction,
 * wherever it does not inline the call.
 */
const float = new Float64Array(1)
const words = new Int32Array(float.buffer)
/** Where sign, exponent and the first bits of the fraction are: after the rest on little-endian machines. */
const HIGH = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1 ? 1 : 0

/** Sign, exponent and four bits of the fraction: 16 cells to an octave. */
function cellOf(value: number): number {
  float[0] = value
  return cellOfHeld()
}

function cellOfHeld(): number {
  return (words[HIGH] as number) >> 16
}

/** The lowest value of a cell. */
function lowestOf(cell: number): number {
  words[1 - HIGH] = 0
  words[HIGH] = cell << 16
  return float[0] as number
}

/** Many histograms of the same bounds in one array, so that counting is two additions and allocates nothing. */
export class HistogramTable {
  /** Upper bounds, ascending, without the last one, which is infinite. */
  readonly bounds: readonly number[]
  /** The bounds again, and an infinite one that ends every search. */
  readonly #cuts: Float64Array
  /** For each cell from the first on, how many bounds lie below it: where a search begins. */
  readonly #below: Uint8Array
  readonly #firstCell: number
  /** The bucket of 0. */
  readonly #zero: number
  /** Cells of a row: one for each bucket, and the sum. */
  readonly #width: number
  #cells: Float64Array
  #rows = 0

  /** @param bounds Ascending. */
  constructor(bounds: readonly number[]) {
    this.bounds = bounds
    this.#cuts = Float64Array.of(...bounds, Infinity)
    this.#firstCell = cellOf(bounds.find((bound) => bound > 0) ?? 1)
    this.#below = new Uint8Array(Math.max(cellOf(bounds.at(-1) ?? 1) - this.#firstCell, 0) + 2)
    // Nothing is known of what is below the first cell, or not positive: those searches begin at the first bound.
    for (let cell = 1, cut = 0; cell < this.#below.length; cell++) {
      while ((this.#cuts[cut] as number) < lowestOf(this.#firstCell + cell)) cut++
      this.#below[cell] = cut
    }
    this.#zero = this.#cuts.findIndex((cut) => cut >= 0)
    this.#width = bounds.length + 2
    this.#cells = new Float64Array(FIRST_ROWS * this.#width)
  }

  /** How many histograms there are. */
  get rows(): number {
    return this.#rows
  }

  /**
   * Begins a histogram.
   *
   * @returns Its row.
   */
  add(): number {
    if ((this.#rows + 1) * this.#width > this.#cells.length) {
      const cells = new Float64Array(this.#cells.length * 2)
      cells.set(this.#cells)
      this.#cells = cells
    }
    return this.#rows++
  }

  /**
   * Counts a value.
   *
   * @param row Of {@link add}.
   * @param value A number; what is not is counted as 0, as it would spoil the sum for good.
   * @returns The bucket that it fell into.
   */
  record(row: number, value: number): number {
    float[0] = value
    return this.#recordHeld(row)
  }

  #recordHeld(row: number): number {
    const cuts = this.#cuts
    const cells = this.#cells
    const below = this.#below
    let value = float[0] as number
    if (value - value !== 0) value = float[0] = 0
    const cell = Math.max(0, Math.min(cellOfHeld() - this.#firstCell, below.length - 1))
    let bucket = below[cell] as number
    while (value > (cuts[bucket] as number)) bucket++
    const at = row * this.#width
    cells[at + bucket] = (cells[at + bucket] as number) + 1
    const sum = at + this.#width - 1
    cells[sum] = (cells[sum] as number) + value
    return bucket
  }

  /**
   * Counts a 0, for a fifth of what a value costs.
   *
   * @param row Of {@link add}.
   */
  recordZero(row: number): void {
    const at = row * this.#width + this.#zero
    this.#cells[at] = (this.#cells[at] as number) + 1
  }

  /**
   * How many values a histogram has counted.
   *
   * @param row Of {@link add}.
   */
  count(row: number): number {
    const at = row * this.#width
    let count = 0
    for (let bucket = 0; bucket < this.#width - 1; bucket++) count += this.#cells[at + bucket] as number
    return count
  }

  /**
   * What a scrape reads.
   *
   * @param row Of {@link add}.
   */
  snapshot(row: number): HistogramSnapshot {
    const at = row * this.#width
    const last = this.#width - 2
    const counts = new Array<number>(last)
    let count = 0
    for (let bucket = 0; bucket < last; bucket++) {
      count += this.#cells[at + bucket] as number
      counts[bucket] = count
    }
    count += this.#cells[at + last] as number
    return { bounds: this.bounds, counts, count, sum: this.#cells[at + last + 1] as number }
  }
}
