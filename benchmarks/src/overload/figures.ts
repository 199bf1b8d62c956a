import type { FigureTable } from '../figures/group.ts'
import type { Round } from '../statistics.ts'
import type { Baseline } from './baseline.ts'
import type { SliceReport } from './slice.ts'
import { toSteadiness } from './timeline.ts'

/** Multiples of the capacity at which requests come. */
export const RATES: readonly number[] = [0.7, 1, 2, 4, 10]

/** Something that is counted at each rate. */
export interface Measure {
  /** What it is, with its unit. */
  readonly title: string
  /**
   * Counts it.
   *
   * @param seen What was seen of a subject at one rate, and what that is compared with.
   */
  count(seen: Seen): number
}

/** What was seen of a subject at one rate. */
export interface Seen {
  /** Of the subject. */
  readonly slice: SliceReport
  /** Of the gate that was set by hand, in the same round. */
  readonly oracle: SliceReport
  /** Of a server that sheds nothing, without overload: its capacity just before. */
  readonly baseline: Baseline
  /** Milliseconds of a stretch. */
  readonly stretchMs: number
  /** Milliseconds from its intended start after which an answer is worth nothing. */
  readonly deadlineMs: number
}

/** Answers in time, as a share of what can be answered. */
export const goodput: Measure = {
  title: 'Goodput in % of the capacity',
  count: (seen) => (100 * perSecond(seen.slice, seen)) / seen.baseline.capacityPerSecond,
}

/** Answers in time, as a share of what a gate set by hand lets through in the same round. */
export const ofOracle: Measure = {
  title: 'Goodput in % of the gate set by hand',
  count: (seen) => (100 * perSecond(seen.slice, seen)) / Math.max(perSecond(seen.oracle, seen), 1),
}

/** How goodput differs between seconds. */
export const variation: Measure = {
  title: 'Variation of goodput between seconds in %',
  count: ({ slice, stretchMs }) => 100 * toSteadiness([slice.steady], stretchMs).variationRatio,
}

/** Latency of what was answered in time, beside that of a server without load. */
export const slowdown: Measure = {
  title: 'p99 of what was answered in time, in times of that without load',
  count: (seen) => latency(seen, 'p99') / seen.baseline.unloadedP99Ms,
}

/** What was refused, of the whole slice: whoever refuses at a rate that could be answered sheds falsely. */
export const refused: Measure = {
  title: 'Refused in % of all requests',
  count: ({ slice }) => (100 * slice.refusedInAll) / slice.requests,
}

/** How late the driver itself was: what no subject is to blame for. */
export const lag: Measure = {
  title: "The driver's own lag, p99 in ms",
  count: ({ slice }) => slice.lag.p99,
}

/** Everything that is counted, in the order of the tables. */
export const MEASURES: readonly Measure[] = [
  goodput,
  ofOracle,
  { title: 'Goodput per second', count: (seen) => perSecond(seen.slice, seen) },
  {
    title: 'Goodput while the subject finds its balance, in % of the capacity',
    count: ({ slice: { ramp }, baseline, stretchMs }) =>
      (100 * (ramp.reduce((sum, count) => sum + count, 0) / ramp.length) * (1_000 / stretchMs)) /
      baseline.capacityPerSecond,
  },
  variation,
  { title: 'p50 of what was answered in time, in ms', count: (seen) => latency(seen, 'p50') },
  { title: 'p99 of what was answered in time, in ms', count: (seen) => latency(seen, 'p99') },
  slowdown,
  refused,
  {
    title: 'Late, failed or unanswered, in % of all requests after the first seconds',
    count: ({ slice: { outcomes } }) => {
      const { ok, refused, failed, late, unsent } = outcomes
      return (100 * (failed + late + unsent)) / Math.max(ok + refused + failed + late + unsent, 1)
    },
  },
  lag,
]

/** The capacity that everything at a rate is compared with. */
export const capacity: Measure = {
  title: 'Requests per second that can be answered, just before everybody has its turn',
  count: ({ baseline }) => baseline.capacityPerSecond,
}
/** The latency that everything is compared with. */
export const UNLOADED_P99 = 'p99 without load in ms'

/** All figures of a subject. */
export const FIGURES: readonly string[] = [
  UNLOADED_P99,
  ...[capacity, ...MEASURES].flatMap((measure) => RATES.map((rate) => figureOf(measure, rate))),
]

/**
 * One for each measure, with a column for each rate, and what they are compared with.
 *
 * @param none Name of the subject that sheds nothing.
 */
export function toTables(none: string): readonly FigureTable[] {
  return [
    ...MEASURES.map((measure) => ({ title: measure.title, columns: toColumns(measure) })),
    { title: capacity.title, of: none, columns: toColumns(capacity) },
    { title: 'What latencies are compared with', of: none, columns: [{ head: UNLOADED_P99, figure: UNLOADED_P99 }] },
  ]
}

function toColumns(measure: Measure): FigureTable['columns'] {
  return RATES.map((rate) => ({ head: `${rate}x`, figure: figureOf(measure, rate) }))
}

/**
 * Names a figure.
 *
 * @param measure What is counted.
 * @param rate At which multiple of the capacity.
 */
export function figureOf({ title }: Measure, rate: number): string {
  return `${title}, at ${rate}x`
}

/**
 * Counts everything.
 *
 * @param seen What was seen of a subject in one round, by rate.
 */
export function toFigures(seen: ReadonlyMap<number, Seen>): Round {
  const { baseline } = [...seen.values()][0] as Seen
  const figures: Record<string, number> = { [UNLOADED_P99]: baseline.unloadedP99Ms }
  for (const measure of [capacity, ...MEASURES])
    for (const rate of RATES) figures[figureOf(measure, rate)] = measure.count(seen.get(rate) as Seen)
  return figures
}

function perSecond({ steady }: SliceReport, { stretchMs }: Seen): number {
  return toSteadiness([steady], stretchMs).perSecond
}

/** Where nothing was answered in time there is no latency: the deadline is the least that it would have been. */
function latency({ slice: { accepted, outcomes }, deadlineMs }: Seen, percentile: 'p50' | 'p99'): number {
  return outcomes.ok === 0 ? deadlineMs : accepted[percentile]
}
