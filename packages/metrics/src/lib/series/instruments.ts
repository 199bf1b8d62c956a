import { nonEmptyString } from '@breakwater/core'
import { bucketBounds, DURATION_BOUNDS } from './bounds.ts'
import type { SeriesCap } from './cap.ts'
import { Children, labelNames } from './children.ts'
import type { Family, Row } from './family.ts'
import { HistogramTable } from './histogram-table.ts'
import type { LabelSet } from './label-set.ts'
import { familyName } from './names.ts'
import { NumberTable } from './number-table.ts'

/** What every instrument is made of. */
export interface InstrumentOptions<label extends string = never> {
  /** Name in base units, such as `queue_wait_seconds`; that of a counter ends in `_total`. */
  readonly name: string
  /** One sentence for who reads the metrics. */
  readonly help: string
  /**
   * Names of its labels, whose values are from bounded sets: never ids, paths or keys.
   *
   * @defaultValue none
   */
  readonly labels?: readonly label[] | undefined
}

/** What a histogram is made of. */
export interface HistogramInstrumentOptions<label extends string = never> extends InstrumentOptions<label> {
  /**
   * Upper bounds of its buckets, ascending, without the infinite one; at most 255.
   *
   * @defaultValue `0.001 … 10`, seconds: prom-client's, with `0.001` and `0.0025` before them
   */
  readonly bounds?: readonly number[] | undefined
}

/** A number that only grows. */
export interface CounterSeries {
  /**
   * Adds to it. What is negative or no finite number is ignored: a metric never throws into what it measures.
   *
   * @param by How much; 1 if not given.
   */
  add(by?: number): void
}

/** A number that goes up and down. */
export interface GaugeSeries {
  /**
   * Says what it is now. What is no number is ignored.
   *
   * @param value The number.
   */
  set(value: number): void
  /**
   * Adds to it. What is no finite number is ignored.
   *
   * @param by How much, may be negative; 1 if not given.
   */
  add(by?: number): void
}

/** A distribution. */
export interface HistogramSeries {
  /**
   * Counts a value. What is no finite number is ignored.
   *
   * @param value What was measured.
   */
  record(value: number): void
}

/** Has one series for each combination of labels. Used by itself, it is the series with no labels, or with empty ones. */
export interface Labelled<label extends string, series> {
  /**
   * The series of a combination of labels. Keep it where it is used often. Never throws: what is missing is empty, and
   * beyond the cap there is one series for all.
   *
   * @param labels Values by name.
   */
  with(labels: Readonly<Record<label, string>>): series
}

/** Counts something. */
export interface Counter<label extends string = never> extends CounterSeries, Labelled<label, CounterSeries> {}

/** Shows a state. */
export interface Gauge<label extends string = never> extends GaugeSeries, Labelled<label, GaugeSeries> {}

/** Shows how something is distributed. */
export interface HistogramInstrument<label extends string = never>
  extends HistogramSeries,
    Labelled<label, HistogramSeries> {}

/** An instrument, and what a scrape reads of it. */
export interface Instrument<instrument> {
  /** What the user has. */
  readonly instrument: instrument
  /** What a scrape reads. */
  readonly family: Family
}

/** Makes the cap of a family. */
export type CapOf = (family: string) => SeriesCap

class NumberSeries implements CounterSeries, GaugeSeries {
  readonly #table: NumberTable
  readonly #row: number

  constructor(table: NumberTable, labels: LabelSet) {
    this.#table = table
    this.#row = table.add(labels)
  }

  set(value: number): void {
    if (typeof value === 'number' && !Number.isNaN(value)) this.#table.values[this.#row] = value
  }

  add(by = 1): void {
    if (!Number.isFinite(by)) return
    const { values } = this.#table
    values[this.#row] = (values[this.#row] as number) + by
  }
}

class CountSeries extends NumberSeries {
  override add(by = 1): void {
    if (by >= 0) super.add(by)
  }
}

/**
 * Creates a counter.
 *
 * @param options What it is.
 * @param capOf Makes its cap.
 * @throws {TypeError} If Prometheus would refuse a name.
 */
export function createCounter<label extends string>(
  options: InstrumentOptions<label>,
  capOf: CapOf,
): Instrument<Counter<label>> {
  const head = headOf(options, 'counter')
  const table = new NumberTable()
  const children = new Children(head.labels, capOf(head.name), (labels) => new CountSeries(table, labels))
  const own = head.labels.length === 0 ? children.get({}) : undefined
  return {
    instrument: {
      with: (labels) => children.get(labels),
      add: (by) => (own ?? children.get(undefined)).add(by),
    },
    family: { ...head, type: 'counter', rows: () => table.rows(), columns: table },
  }
}

/**
 * Creates a gauge.
 *
 * @param options What it is.
 * @param capOf Makes its cap.
 * @throws {TypeError} If Prometheus would refuse a name.
 */
export function createGauge<label extends string>(
  options: InstrumentOptions<label>,
  capOf: CapOf,
): Instrument<Gauge<label>> {
  const head = headOf(options, 'gauge')
  const table = new NumberTable()
  const children = new Children(head.labels, capOf(head.name), (labels) => new NumberSeries(table, labels))
  const own = head.labels.length === 0 ? children.get({}) : undefined
  return {
    instrument: {
      with: (labels) => children.get(labels),
      set: (value) => (own ?? children.get(undefined)).set(value),
      add: (by) => (own ?? children.get(undefined)).add(by),
    },
    family: { ...head, type: 'gauge', rows: () => table.rows(), columns: table },
  }
}

/**
 * Creates a histogram.
 *
 * @param options What it is.
 * @param capOf Makes its cap.
 * @throws {TypeError} If Prometheus would refuse a name.
 * @throws {RangeError} If it would refuse the bounds.
 */
export function createHistogramInstrument<label extends string>(
  options: HistogramInstrumentOptions<label>,
  capOf: CapOf,
): Instrument<HistogramInstrument<label>> {
  const head = headOf(options, 'histogram')
  if (head.labels.includes('le'))
    throw new TypeError('Expected `labels` not to have "le", as that is the bound of a bucket')
  const table = new HistogramTable(bucketBounds('bounds', options.bounds ?? DURATION_BOUNDS))
  const children = new Children(head.labels, capOf(head.name), (labels) => {
    const row = table.add()
    return {
      labels,
      row,
      record(value: number): void {
        if (Number.isFinite(value)) table.record(row, value)
      },
    }
  })
  const own = head.labels.length === 0 ? children.get({}) : undefined
  function* rows(): Generator<Row> {
    for (const { labels, row } of children.all) yield { labels, value: table.snapshot(row) }
  }
  return {
    instrument: {
      with: (labels) => children.get(labels),
      record: (value) => (own ?? children.get(undefined)).record(value),
    },
    family: { ...head, type: 'histogram', rows },
  }
}

function headOf<label extends string>(
  { name, help, labels = [] }: InstrumentOptions<label>,
  type: Family['type'],
): { name: string; help: string; labels: readonly string[] } {
  return {
    name: familyName('name', name, type),
    help: nonEmptyString('help', help),
    labels: labelNames('labels', labels),
  }
}
