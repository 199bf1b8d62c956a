import type { NumberColumns, Row } from '../series/family.ts'
import type { LabelSet } from '../series/label-set.ts'
import { LONGEST_NUMBER, writeNumber } from './numbers.ts'

const NONE: readonly unknown[] = []
const NOTHING = Buffer.alloc(0)
const NEW_LINE = 10
const SPACE = 32

/** Where lines are put together, and their numbers, before they are kept. */
let scratch = Buffer.allocUnsafeSlow(16_384)
let numbers = new Float64Array(512)
const digits = new Uint8Array(LONGEST_NUMBER)

/**
 * Some series as they were, and what was written for them.
 *
 * What moves between two scrapes is numbers. So lines are kept as bytes, and only the numbers in them are written
 * again: neither text nor memory is made for it, which cost more than all the rest. Rows are not kept: a hundred
 * thousand objects that outlive each scrape are work for the garbage collector.
 */
export class Block {
  #buffer = NOTHING
  #bytes = NOTHING
  #text: string | undefined
  #isAscii = true
  #labels: readonly LabelSet[] = []
  /** Of histograms. */
  #bounds: readonly number[] | undefined
  /** Whether all rows have the same bounds, or none. */
  #isUniform = false
  /** By line. */
  #values = new Float64Array(0)
  /** For each line, where its number begins and ends. */
  #marks = new Uint32Array(0)
  #exemplars = NONE

  /** What was written, in UTF-8. The next {@link write} changes it: copy it at once. */
  get bytes(): Buffer {
    return this.#bytes
  }

  /** The same as text. */
  get text(): string {
    this.#text ??= this.#bytes.toString(this.#isAscii ? 'latin1' : 'utf8')
    return this.#text
  }

  /**
   * Brings it up to date.
   *
   * @param rows As they are now.
   * @param hasExemplars Whether exemplars are written.
   * @param toText Writes rows that are not just other numbers.
   */
  write(rows: readonly Row[], hasExemplars: boolean, toText: (rows: readonly Row[]) => string): void {
    const exemplars = hasExemplars ? exemplarsOf(rows) : NONE
    const isAlike = this.#isAlike(rows)
    const lines = gather(rows)
    if (isAlike && this.#hasSame(exemplars)) {
      if (this.#hasNumbers(lines)) return
      if (exemplars.length === 0) return this.#renumber(lines)
    }
    this.#rewrite(rows, toText(rows), lines, exemplars)
  }

  /**
   * The same for rows that are numbers, of which no objects are made unless they are written as text.
   *
   * @param columns All of them.
   * @param from The first one.
   * @param to One beyond the last one.
   * @param toText As above.
   */
  writeColumns(columns: NumberColumns, from: number, to: number, toText: (rows: readonly Row[]) => string): void {
    const lines = to - from
    if (lines > numbers.length) numbers = grown(numbers, lines)
    const { labels, values } = columns
    for (let line = 0; line < lines; line++) numbers[line] = values[from + line] as number
    if (this.#hasLabels(labels, from, lines)) {
      if (!this.#hasNumbers(lines)) this.#renumber(lines)
      return
    }
    const rows: Row[] = []
    for (let line = 0; line < lines; line++)
      rows.push({ labels: labels[from + line] as LabelSet, value: numbers[line] as number })
    this.#rewrite(rows, toText(rows), lines, NONE)
  }

  #hasLabels(labels: readonly LabelSet[], from: number, lines: number): boolean {
    const before = this.#labels
    if (!this.#isUniform || this.#bounds !== undefined || this.#exemplars !== NONE || before.length !== lines)
      return false
    for (let line = 0; line < lines; line++) if (before[line] !== labels[from + line]) return false
    return true
  }

  #isAlike(rows: readonly Row[]): boolean {
    const labels = this.#labels
    if (!this.#isUniform || rows.length !== labels.length) return false
    for (let index = 0; index < rows.length; index++) {
      const row = rows[index] as Row
      const before = labels[index] as LabelSet
      if (before !== row.labels && before.text !== row.labels.text) return false
      if (boundsOf(row) !== this.#bounds) return false
    }
    return true
  }

  #hasNumbers(lines: number): boolean {
    const values = this.#values
    if (lines !== values.length) return false
    for (let line = 0; line < lines; line++) if (!Object.is(values[line], numbers[line])) return false
    return true
  }

  /** Exemplars are replaced, never changed. */
  #hasSame(exemplars: readonly unknown[]): boolean {
    return (
      exemplars.length === this.#exemplars.length && exemplars.every((one, index) => one === this.#exemplars[index])
    )
  }

  #renumber(lines: number): void {
    const marks = this.#marks
    const bytes = this.#bytes
    const values = this.#values
    let line = 0
    // While numbers are as long as they were, all else stands where it stood.
    for (; line < lines; line++) {
      const value = numbers[line] as number
      if (Object.is(values[line], value)) continue
      const begin = marks[line * 2] as number
      const length = writeNumber(digits, 0, value)
      if (length !== (marks[line * 2 + 1] as number) - begin) break
      for (let index = 0; index < length; index++) bytes[begin + index] = digits[index] as number
    }
    this.#text = undefined
    if (line < lines) this.#shift(line, lines)
    values.set(numbers.subarray(0, lines))
  }

  /** Writes everything from a line on. */
  #shift(first: number, lines: number): void {
    const marks = this.#marks
    const before = this.#bytes
    const most = before.length + lines * LONGEST_NUMBER
    if (scratch.length < most) scratch = Buffer.allocUnsafeSlow(2 * most)
    const bytes = scratch
    const start = first === 0 ? 0 : (marks[first * 2 - 1] as number) + 1
    let from = start
    let to = start
    for (let line = first; line < lines; line++) {
      const begin = marks[line * 2] as number
      while (from < begin) bytes[to++] = before[from++] as number
      from = marks[line * 2 + 1] as number
      marks[line * 2] = to
      to = writeNumber(bytes, to, numbers[line] as number)
      marks[line * 2 + 1] = to
      bytes[to++] = NEW_LINE
      from++
    }
    this.#keep(bytes, start, to)
  }

  #rewrite(rows: readonly Row[], text: string, lines: number, exemplars: readonly unknown[]): void {
    const bytes = Buffer.from(text)
    this.#keep(bytes, 0, bytes.length)
    this.#isAscii = bytes.length === text.length
    this.#labels = rows.map(({ labels }) => labels)
    this.#bounds = boundsOf(rows[0] as Row)
    this.#isUniform = rows.every((row) => boundsOf(row) === this.#bounds)
    this.#values = numbers.slice(0, lines)
    this.#exemplars = exemplars
    this.#marks = exemplars.length === 0 ? marksOf(bytes, lines) : new Uint32Array(0)
  }

  /** What is before the start is there already. */
  #keep(bytes: Buffer, start: number, length: number): void {
    if (this.#buffer.length < length) {
      // Numbers grow by a digit now and then.
      this.#buffer = Buffer.allocUnsafeSlow(length + (length >> 4))
      this.#bytes.copy(this.#buffer, 0, 0, start)
    }
    bytes.copy(this.#buffer, start, start, length)
    this.#bytes = this.#buffer.subarray(0, length)
    this.#text = undefined
  }
}

function boundsOf({ value }: Row): readonly number[] | undefined {
  return typeof value === 'number' ? undefined : value.bounds
}

/** Each row's, after its number: the same one may be another row's by now. */
function exemplarsOf(rows: readonly Row[]): readonly unknown[] {
  const found = rows.flatMap(({ exemplars }, row) => (exemplars === undefined ? [] : [row, ...exemplars]))
  return found.length === 0 ? NONE : found
}

/**
 * Puts the numbers of all lines together.
 *
 * @returns How many there are.
 */
function gather(rows: readonly Row[]): number {
  let line = 0
  for (const { value } of rows) {
    const needed = line + (typeof value === 'number' ? 1 : value.counts.length + 3)
    if (needed > numbers.length) numbers = grown(numbers, needed)
    if (typeof value === 'number') numbers[line++] = value
    else {
      for (const count of value.counts) numbers[line++] = count
      numbers[line++] = value.count
      numbers[line++] = value.sum
      numbers[line++] = value.count
    }
  }
  return line
}

function grown(values: Float64Array<ArrayBuffer>, length: number): Float64Array<ArrayBuffer> {
  const longer = new Float64Array(2 * length)
  longer.set(values)
  return longer
}

/** What a line ends in, after the last space, is its number. */
function marksOf(bytes: Buffer, lines: number): Uint32Array<ArrayBuffer> {
  const marks = new Uint32Array(lines * 2)
  let end = 0
  for (let line = 0; line < lines; line++, end++) {
    end = bytes.indexOf(NEW_LINE, end)
    marks[line * 2] = bytes.lastIndexOf(SPACE, end) + 1
    marks[line * 2 + 1] = end
  }
  return marks
}
