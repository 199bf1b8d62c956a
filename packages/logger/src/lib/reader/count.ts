import { fieldOf } from './lines/fields.ts'
import type { LogLine } from './lines/log-line.ts'
import type { ResolvedCountOptions } from './options.ts'
import { forwardBatches, type Scan } from './scan.ts'
import type { ReadSummary } from './tally.ts'

/** How many lines were written when. */
export interface LogCounts extends ReadSummary {
  /** Milliseconds of an interval: what was asked for, or a multiple of it if there were too many. */
  readonly everyMs: number
  /** Oldest first. Those without lines are left out. */
  readonly intervals: readonly LogInterval[]
  /** All lines that were counted. */
  readonly total: number
}

/** Lines of one interval. */
export interface LogInterval {
  /** When it begins, in Unix milliseconds. */
  readonly at: number
  /** All lines. */
  readonly count: number
  /**
   * Lines by the value of the field, as text of at most 200 characters; under the empty text those without one, and those where it is
   * an object.
   */
  readonly groups: Readonly<Record<string, number>>
  /** Lines whose value is none of the first 1,000 that were met, or came when there were 100,000 counts in all. */
  readonly other: number
}

const MAX_INTERVALS = 10_000
const MAX_GROUPS = 1_000
const MAX_CELLS = 100_000
const LONGEST_GROUP = 200

/** Counts what meets the query. */
export async function countLines(scan: Scan, { everyMs, by }: ResolvedCountOptions): Promise<LogCounts> {
  const counter = createCounter(everyMs)
  for await (const { hits } of forwardBatches(scan))
    for (const { line } of hits) counter.add(line.at, by === undefined ? undefined : groupOf(line, by))
  return { ...counter.counts(), ...scan.tally }
}

function groupOf(line: LogLine, by: string): string {
  if (by === 'level') return line.level
  const value = fieldOf(line.fields, by)
  if (value === undefined || (typeof value === 'object' && value !== null)) return ''
  return String(value).slice(0, LONGEST_GROUP)
}

/** Counts within a bound, whatever comes. */
export interface Counter {
  add(atMs: number, group: string | undefined): void
  counts(): Omit<LogCounts, keyof ReadSummary>
}

interface Interval {
  count: number
  other: number
  readonly groups: Map<string, number>
}

/** @param everyMs Milliseconds of an interval. */
export function createCounter(everyMs: number): Counter {
  let widthMs = everyMs
  let intervals = new Map<number, Interval>()
  /** Each name is kept once, however many intervals have it. */
  const names = new Map<string, string>()
  let cells = 0
  let total = 0

  function intervalAt(index: number): Interval {
    const known = intervals.get(index)
    if (known !== undefined) return known
    const interval: Interval = { count: 0, other: 0, groups: new Map() }
    intervals.set(index, interval)
    return interval
  }

  /** Joins intervals by twos. */
  function widen(): void {
    const before = intervals
    intervals = new Map()
    widthMs *= 2
    cells = 0
    for (const [index, { count, other, groups }] of before) {
      const interval = intervalAt(Math.floor(index / 2))
      interval.count += count
      interval.other += other
      for (const [name, lines] of groups) {
        if (!interval.groups.has(name)) cells++
        interval.groups.set(name, (interval.groups.get(name) ?? 0) + lines)
      }
    }
  }

  function addGroup(interval: Interval, group: string): void {
    const known = interval.groups.get(group)
    const name = names.get(group) ?? group
    if (known !== undefined) interval.groups.set(name, known + 1)
    else if (cells < MAX_CELLS && (names.has(group) || names.size < MAX_GROUPS)) {
      names.set(name, name)
      interval.groups.set(name, 1)
      cells++
    } else interval.other++
  }

  return {
    add(atMs, group) {
      const interval = intervalAt(Math.floor(atMs / widthMs))
      total++
      interval.count++
      if (group !== undefined) addGroup(interval, group)
      while (intervals.size > MAX_INTERVALS) widen()
    },
    counts: () => ({
      everyMs: widthMs,
      total,
      intervals: [...intervals]
        .sort(([one], [other]) => one - other)
        .map(([index, { count, other, groups }]) => ({
          at: index * widthMs,
          count,
          groups: Object.fromEntries(groups),
          other,
        })),
    }),
  }
}
