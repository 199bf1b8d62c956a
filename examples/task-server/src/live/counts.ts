import type { Measurement } from '@breakwater/core'

/** What the feeds of boards count. */
export interface LiveCounts {
  /** By what was read, and whether that succeeded. */
  readonly reads: Record<Read, { success: number; failure: number }>
  changes: number
  hints: number
}

/** What is read: which versions boards have, what changed, or all of a board. */
export type Read = 'versions' | 'changes' | 'snapshot'

/** How many there are of each. */
export interface LiveGauges {
  readonly boards: number
  readonly followers: number
  readonly bytes: number
}

/** Begins to count. */
export function createLiveCounts(): LiveCounts {
  const read = (): { success: number; failure: number } => ({ success: 0, failure: 0 })
  return { reads: { versions: read(), changes: read(), snapshot: read() }, changes: 0, hints: 0 }
}

/**
 * Gives what was counted to who asks.
 *
 * @param counts What was counted.
 * @param gauges How it is.
 */
export function toMeasurements(counts: LiveCounts, gauges: LiveGauges): readonly Measurement[] {
  return [
    {
      name: 'live_boards',
      help: 'Boards that are followed, or were a moment ago',
      kind: 'gauge',
      value: gauges.boards,
    },
    { name: 'live_followers', help: 'Followers of boards', kind: 'gauge', value: gauges.followers },
    { name: 'live_memory_bytes', help: 'Remembered of boards, about', kind: 'gauge', value: gauges.bytes },
    { name: 'live_changes_total', help: 'Changes that were read to be told', kind: 'counter', value: counts.changes },
    { name: 'live_hints_total', help: 'Hints that a board was changed', kind: 'counter', value: counts.hints },
    ...Object.entries(counts.reads).flatMap(([read, outcomes]) =>
      Object.entries(outcomes).map(
        ([outcome, value]): Measurement => ({
          name: 'live_reads_total',
          help: 'Reads of the history of boards',
          kind: 'counter',
          labels: { read, outcome },
          value,
        }),
      ),
    ),
  ]
}
