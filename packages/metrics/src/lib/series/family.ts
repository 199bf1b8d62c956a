import type { HistogramSnapshot } from '@breakwater/core'
import type { LabelSet } from './label-set.ts'

/** One value that stands for many, with what it leads to, such as a trace. OpenMetrics only. */
export interface Exemplar {
  /** Such as `trace_id`. Names and values together are at most 128 characters. */
  readonly labels: Readonly<Record<string, string>>
  /** What was measured, in the family's unit. */
  readonly value: number
  /** When, in Unix milliseconds. */
  readonly timestampMs: number
}

/** One series at one moment. */
export interface Row {
  /** What tells it apart within its family. */
  readonly labels: LabelSet
  /** A number, or of a histogram its snapshot. */
  readonly value: number | HistogramSnapshot
  /** Per bucket, the last one is that of `+Inf`. */
  readonly exemplars?: readonly (Exemplar | undefined)[] | undefined
}

/** Series that are numbers, one beside the other. */
export interface NumberColumns {
  /** How many there are. None is taken out. */
  readonly length: number
  /** What tells each apart. */
  readonly labels: readonly LabelSet[]
  /** What each is now; another array once there are more. */
  readonly values: Float64Array
}

/** All series of one name. */
export interface Family {
  /** As in the text format 0.0.4: counters end in `_total`. */
  readonly name: string
  /** One sentence for who reads the metrics. */
  readonly help: string
  /** `counter` only grows, `gauge` is a state, `histogram` is a distribution. */
  readonly type: 'counter' | 'gauge' | 'histogram'
  /** Its series, made as they are asked for: who writes them may pause between two. Can be called again. */
  rows(): Iterable<Row>
  /** The same as `rows()`, where all are numbers without exemplars: who writes very many needs no object for each. */
  readonly columns?: NumberColumns | undefined
}

/** What gives families when a scrape asks. It may throw or reject: that costs its own lines, not the scrape. */
export interface Collector {
  /** For events and `metrics_collect_failures_total`. */
  readonly name: string
  /** All its families as they are now. */
  collect(): readonly Family[] | PromiseLike<readonly Family[]>
}
