import type { NumberColumns, Row } from './family.ts'
import type { LabelSet } from './label-set.ts'

const FIRST_ROWS = 4

/** Many numbers in one array: a number of its own in an object is one more for the garbage collector to move about. */
export class NumberTable implements NumberColumns {
  readonly labels: LabelSet[] = []
  values: Float64Array = new Float64Array(FIRST_ROWS)

  get length(): number {
    return this.labels.length
  }

  /**
   * Begins one, at 0.
   *
   * @param labels What tells it apart.
   * @returns Its place in {@link values}.
   */
  add(labels: LabelSet): number {
    const row = this.labels.push(labels) - 1
    if (row === this.values.length) {
      const values = new Float64Array(2 * row)
      values.set(this.values)
      this.values = values
    }
    return row
  }

  /** New ones each time: who compares them with earlier ones must not find them changed. */
  *rows(): Generator<Row> {
    for (let row = 0; row < this.labels.length; row++)
      yield { labels: this.labels[row] as LabelSet, value: this.values[row] as number }
  }
}
