import { SCENARIOS } from '../scenarios/all.ts'
import type { ScenarioName } from '../scenarios/scenario.ts'
import type { RunReport } from './report.ts'

/** The name of the subject that is Node alone. */
export const BARE = 'bare'

/**
 * Says what is wrong with a run of a subject that is to lose nothing. Exit codes and times are not looked at: they depend
 * on what was to happen.
 *
 * @returns A line each. None: not one request was lost.
 */
export function problemsOf(report: RunReport): readonly string[] {
  const { counts, reasons, exit, unusable } = report
  if (unusable !== undefined) return [`says nothing: ${unusable}`]
  const why = Object.entries(reasons)
    .map(([reason, times]) => `${times} ${reason}`)
    .join(', ')
  const problems: string[] = []
  if (counts.lost > 0) problems.push(`lost ${counts.lost} of ${counts.sent} requests: ${why}`)
  if (counts.turnedAway > 0) problems.push(`turned ${counts.turnedAway} of ${counts.sent} requests away: ${why}`)
  if (counts.failed5xx > 0) problems.push(`answered ${counts.failed5xx} requests with a status of 500 or more`)
  if (counts.refusedEarly > 0) problems.push(`refused ${counts.refusedEarly} requests while it was to go on: ${why}`)
  if (counts.open > 0) problems.push(`left ${counts.open} requests of which nothing is known`)
  if (exit.isKilled) problems.push(`did not end within ${Math.round(exit.ms)} ms`)
  return problems
}

/**
 * Says why runs say nothing about anybody: where Node alone loses nothing, the harness was blind, or the machine too slow
 * for anything to happen at the moment of the signal.
 *
 * @param reports Runs of one or more scenarios, with those of Node alone among them.
 * @returns A line for each scenario that is void. None: all count.
 */
export function voidReasons(reports: readonly RunReport[]): readonly string[] {
  const played = new Set<ScenarioName>(reports.map(({ scenario }) => scenario))
  return SCENARIOS.filter(({ name, isLossy }) => isLossy && played.has(name)).flatMap(({ name }) => {
    const bare = reports.filter(({ scenario, subject }) => scenario === name && subject === BARE)
    if (bare.length === 0) return [`"${name}" is void, as Node alone was not run`]
    const said = bare.filter(({ unusable }) => unusable === undefined)
    if (said.length === 0) return [`"${name}" is void, as no run of Node alone says anything: ${bare[0]?.unusable}`]
    if (said.some(({ counts }) => counts.lost + counts.turnedAway > 0)) return []
    return [`"${name}" is void, as Node alone lost none of ${said.reduce((sum, { counts }) => sum + counts.sent, 0)}`]
  })
}

/** What some runs of a subject in a scenario come to. */
export interface Row {
  readonly subject: string
  readonly scenario: ScenarioName
  readonly roundTripMs: number
  readonly runs: number
  /** Over all runs, as the counts that follow. */
  readonly sent: number
  readonly lost: number
  /** The most in one run. */
  readonly lostAtMost: number
  readonly turnedAway: number
  readonly failed5xx: number
  readonly refusedEarly: number
  /** How the process ended, and how often, such as `0 (19), killed (1)`. */
  readonly exits: string
  /** Median of the milliseconds from the signal to the end. */
  readonly ms: number
}

/** Makes a table of runs: a row for each subject in each scenario, in the order in which they come first. */
export function toRows(reports: readonly RunReport[]): readonly Row[] {
  const groups = Map.groupBy(
    reports.filter(({ unusable }) => unusable === undefined),
    ({ subject, scenario, roundTripMs }) => `${scenario} ${roundTripMs} ${subject}`,
  )
  return [...groups.values()].map((runs) => {
    const [{ subject, scenario, roundTripMs }] = runs as [RunReport, ...RunReport[]]
    const sum = (name: 'sent' | 'lost' | 'turnedAway' | 'failed5xx' | 'refusedEarly'): number =>
      runs.reduce((total, { counts }) => total + counts[name], 0)
    const sorted = runs.map(({ exit }) => exit.ms).sort((one, other) => one - other)
    return {
      subject,
      scenario,
      roundTripMs,
      runs: runs.length,
      sent: sum('sent'),
      lost: sum('lost'),
      lostAtMost: Math.max(...runs.map(({ counts }) => counts.lost)),
      turnedAway: sum('turnedAway'),
      failed5xx: sum('failed5xx'),
      refusedEarly: sum('refusedEarly'),
      exits: [...Map.groupBy(runs, exitName)].map(([name, { length }]) => `${name} (${length})`).join(', '),
      ms: sorted[Math.floor((sorted.length - 1) / 2)] ?? Number.NaN,
    }
  })
}

function exitName({ exit }: RunReport): string {
  return exit.isKilled ? 'killed' : String(exit.code ?? exit.signal)
}
