import type { OutcomeCounts } from '../load/open-loop.ts'

/** What became of requests in each stretch of time. */
export interface Timeline {
  /** Milliseconds of a stretch. */
  readonly stretchMs: number
  /** Answered as expected, by stretch. */
  readonly ok: readonly number[]
  /** Refused, by stretch. */
  readonly refused: readonly number[]
  /**
   * Adds one.
   *
   * @param atMs When it was settled, from the beginning. What is settled after the last stretch is not counted.
   * @param outcome What became of it.
   */
  add(atMs: number, outcome: keyof OutcomeCounts): void
}

/** What goodput was like over several stretches. */
export interface Steadiness {
  /** Answers per second. */
  readonly perSecond: number
  /** Deviation between stretches of the same slice, as a share of the mean. 0 where nothing was answered at all. */
  readonly variationRatio: number
}

/**
 * Creates a timeline.
 *
 * @param stretches How many stretches there are.
 * @param stretchMs How long each is.
 */
export function createTimeline(stretches: number, stretchMs: number): Timeline {
  const ok = Array.from({ length: stretches }, () => 0)
  const refused = [...ok]
  return {
    stretchMs,
    ok,
    refused,
    add(atMs, outcome) {
      const index = Math.floor(atMs / stretchMs)
      const counts = outcome === 'ok' ? ok : outcome === 'refused' ? refused : undefined
      if (counts !== undefined && index < stretches) counts[index] = (counts[index] as number) + 1
    },
  }
}

/**
 * Sums up stretches. Two slices may differ without either of them having varied, so deviations are taken within each.
 *
 * @param slices Answers in each stretch, by slice. At least two stretches each.
 * @param stretchMs How long a stretch is.
 */
export function toSteadiness(slices: readonly (readonly number[])[], stretchMs: number): Steadiness {
  if (slices.length === 0 || slices.some((counts) => counts.length < 2))
    throw new RangeError('Expected `slices` to hold at least two stretches each')
  const mean = meanOf(slices.flat())
  const squares = slices.flatMap((counts) => counts.map((count) => (count - meanOf(counts)) ** 2))
  const freedoms = squares.length - slices.length
  const deviation = Math.sqrt(squares.reduce((sum, square) => sum + square, 0) / freedoms)
  return { perSecond: (mean * 1000) / stretchMs, variationRatio: mean === 0 ? 0 : deviation / mean }
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
