import { BARE, problemsOf, type RunReport, SCENARIOS } from '@breakwater/testing/shutdown'
import type { FigureGroup, FigureSubject } from '../figures/group.ts'
import type { Round } from '../statistics.ts'
import type { Cell, Column } from './cell.ts'
import { forced, statusOf } from './columns.ts'
import { type PlayOptions, play } from './play.ts'
import type { ShutdownSubject } from './subject.ts'

/** What is told of a group. */
export interface ShutdownGroup extends Pick<FigureGroup, 'id' | 'title' | 'about' | 'claims'>, PlayOptions {
  /** What is measured. */
  readonly ours: ShutdownSubject
  /** What others would use instead. Node alone is among them. */
  readonly peers: readonly ShutdownSubject[]
  /** What happens. */
  readonly cells: readonly Cell[]
  /** What is counted of it. */
  readonly columns: readonly Column[]
}

/**
 * Makes a group of figures: every subject is started, stopped in each cell, and what became of its requests is counted.
 *
 * @param group Its subjects, cells and columns.
 */
export function createShutdownGroup(group: ShutdownGroup): FigureGroup {
  const { id, title, about, claims, ours, peers, cells, columns } = group
  const toFigureSubject = (subject: ShutdownSubject): FigureSubject => ({
    name: subject.name,
    async measure(scale) {
      const runs = await play(subject, cells, scale, group)
      if (subject === ours)
        for (const report of [...runs.values()].flat()) tellProblems(report, columns.includes(forced))
      return Object.fromEntries(columns.map(({ figure, count }) => [figure, count(runs, subject.lingerMs)]))
    },
  })
  return {
    id,
    title,
    about,
    claims,
    figures: columns.map(({ figure }) => figure),
    ours: [toFigureSubject(ours)],
    peers: peers.map(toFigureSubject),
    // Each run has processes of its own.
    processes: 1,
    whyVoid: (taken) => whyVoid(columns, taken[BARE]),
  }
}

/**
 * Says why a run of a group is void: where Node alone loses nothing although it has to, nobody else has shown anything either.
 *
 * @param columns The group's columns.
 * @param bare What was counted of Node alone.
 */
export function whyVoid(columns: readonly Column[], bare: Round | undefined): string | undefined {
  if (bare === undefined) return 'Node alone was not run'
  const blind = columns.filter(({ figure, lossOf }) => lossOf !== undefined && isLossy(lossOf) && !(bare[figure] ?? 0))
  if (blind.length === 0) return undefined
  return `Node alone lost nothing in ${blind.map(({ figure }) => `"${figure}"`).join(', ')}`
}

/** A sum does not say which run it was, and why. */
function tellProblems(report: RunReport, isToEndWell: boolean): void {
  const { scenario, roundTripMs, seed, exit, stalledMs } = report
  const problems = [...problemsOf(report)]
  if (isToEndWell && statusOf(exit) !== 0) problems.push(`ended with ${statusOf(exit)} after ${exit.ms} ms`)
  if (problems.length === 0) return
  const where = `${scenario} over ${roundTripMs} ms, seed ${seed}`
  process.stderr.write(`[bench] ${where}: ${problems.join('; ')}; the clients stood still for ${stalledMs} ms\n`)
}

function isLossy({ scenario }: Cell): boolean {
  return SCENARIOS.some(({ name, isLossy }) => name === scenario && isLossy)
}
