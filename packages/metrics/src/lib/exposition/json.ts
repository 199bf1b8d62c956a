import type { HistogramSnapshot } from '@breakwater/core'
import type { Family } from '../series/family.ts'

/** A family as plain data, for endpoints of your own. */
export interface JsonFamily {
  /** As in the text format 0.0.4: counters end in `_total`. */
  readonly name: string
  /** One sentence for who reads the metrics. */
  readonly help: string
  /** `counter` only grows, `gauge` is a state, `histogram` is a distribution. */
  readonly type: 'counter' | 'gauge' | 'histogram'
  /** Its series. What is no finite number is `null`, as JSON has none. */
  readonly series: readonly JsonSeries[]
}

/** One series as plain data. */
export interface JsonSeries {
  /** What tells it apart within its family. */
  readonly labels: Readonly<Record<string, string>>
  /** A number, or of a histogram its snapshot. */
  readonly value: number | null | HistogramSnapshot
}

/**
 * Makes plain data of families.
 *
 * @param families What to show.
 * @param maxSeries How many series at most, in all.
 */
export function toJson(families: Iterable<Family>, maxSeries: number): readonly JsonFamily[] {
  const shown: JsonFamily[] = []
  let left = maxSeries
  for (const { name, help, type, rows } of families) {
    const series: JsonSeries[] = []
    for (const { labels, value } of rows()) {
      if (left <= 0) break
      left--
      series.push({ labels: labels.labels, value: typeof value === 'number' && !Number.isFinite(value) ? null : value })
    }
    shown.push({ name, help, type, series })
  }
  return shown
}
