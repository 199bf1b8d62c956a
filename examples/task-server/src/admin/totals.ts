import type { LogCounts } from '@breakwater/logger/reader'

/** Lines by the value of a field. */
export interface Totals {
  /** The most frequent first. */
  readonly totals: readonly { readonly value: string; readonly count: number }[]
}

const MAX_TOTALS = 100

/**
 * Adds up what was counted over time.
 *
 * @param counts What was counted.
 */
export function toTotals({ intervals }: Pick<LogCounts, 'intervals'>): Totals {
  const byValue = new Map<string, number>()
  for (const { groups } of intervals)
    for (const [value, count] of Object.entries(groups)) byValue.set(value, (byValue.get(value) ?? 0) + count)
  const totals = [...byValue].map(([value, count]) => ({ value, count }))
  return { totals: totals.sort((a, b) => b.count - a.count).slice(0, MAX_TOTALS) }
}
