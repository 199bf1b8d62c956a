import type { Family } from '../series/family.ts'

/** What a family says of itself, without its series. */
export type FamilyHead = Pick<Family, 'name' | 'help'> & {
  /** Ours are counters, gauges and histograms; those of others can also be `summary` and `untyped`. */
  readonly type: string
}

/** One way to write families down. */
export interface Format {
  /** The whole header. */
  readonly contentType: string
  /** What stands in `HELP` and `TYPE`. */
  familyName(family: FamilyHead): string
  /** What a line of a family that is no histogram begins with. */
  sampleName(family: FamilyHead): string
  /** The lines before the series, each with its end. */
  head(family: FamilyHead): string
  /** A bucket's upper bound, as text. */
  bound(bound: number): string
  /** Whether buckets can have an exemplar. */
  readonly exemplars: boolean
  /** What ends it all. */
  readonly end: string
}

/**
 * Writes a number as both text formats do.
 *
 * @param value Any number, also none.
 */
export function toText(value: number): string {
  if (Number.isFinite(value)) return String(value)
  if (Number.isNaN(value)) return 'NaN'
  return value < 0 ? '-Inf' : '+Inf'
}
