import { type FigureClaim, type FigureGroup, isAtLeast, isAtMost } from '../figures/group.ts'
import type { Round } from '../statistics.ts'
import { database } from './database.ts'
import { FIGURES, figureOf, goodput, lag, ofOracle, RATES, refused, slowdown, toTables, variation } from './figures.ts'
import type { Kind } from './kinds.ts'
import { toPlan } from './plan.ts'
import { runKind, sampleKind } from './run.ts'
import { MAX_LAG_MS } from './slice.ts'
import type { OverloadSubject } from './subject.ts'

/** What is told of a group. */
export interface OverloadGroup extends Pick<FigureGroup, 'id' | 'title' | 'about'> {
  /** The load. */
  readonly kind: Kind
  /** What is measured. */
  readonly ours: OverloadSubject
  /** Ours once more. */
  readonly again: OverloadSubject
  /** What others would use instead. */
  readonly peers: readonly OverloadSubject[]
  /** Sheds nothing. One of the peers. */
  readonly none: OverloadSubject
  /** What bounds everybody. One of the peers. */
  readonly oracle: OverloadSubject
}

/** Rates at which something has to be refused. */
const OVERLOADED = RATES.filter((rate) => rate > 1)
/** The rate at which nothing is to be refused. */
const CALM = 0.7
/** Points of the capacity that a subject and its twin may differ by. */
const MAX_TWIN_POINTS = 10
const LIMIT_MS = 1_200_000

/**
 * Makes a group of figures: one kind of load at all rates.
 *
 * @param group Its load and subjects.
 */
export function createOverloadGroup(group: OverloadGroup): FigureGroup {
  const { id, title, about, kind, ours, again, peers, none, oracle } = group
  const subjects = [ours, again, ...peers]
  const toFigureSubject = (subject: OverloadSubject) => ({
    name: subject.name,
    measure: (scale: number): Promise<Round> => sampleKind(subject, kind, toPlan(Math.min(scale, 0.1))),
  })
  return {
    id,
    title,
    about,
    figures: FIGURES,
    tables: toTables(none.name),
    ours: [ours, again].map(toFigureSubject),
    peers: peers.map(toFigureSubject),
    claims: claimsOf(ours.name),
    limitMs: LIMIT_MS,
    takeAll: (scale) => runKind({ subjects, none, oracle }, kind, toPlan(scale)),
    whyVoid: (taken) => whyVoid(taken, ours.name, again.name),
    ...(kind.queryMs > 0 && { whyNot: database.whyNot }),
  }
}

function claimsOf(ours: string): readonly FigureClaim[] {
  return [
    ...OVERLOADED.flatMap((rate) => [
      isAtLeast(ours, figureOf(goodput, rate), 95, 'What is refused should hardly cost what could be answered.'),
      isAtLeast(ours, figureOf(ofOracle, rate), 95, 'Nobody should need to know the right limit beforehand.'),
      isAtMost(ours, figureOf(variation, rate), 10, 'An overload that lasts is no reason to open and shut.'),
      isAtMost(ours, figureOf(slowdown, rate), 3, 'What is let in should hardly notice what is not.'),
    ]),
    isAtMost(ours, figureOf(refused, CALM), 0, 'What can be answered is answered.'),
  ]
}

/**
 * Says why a run is void: the driver was too late, or noise is as large as what is looked for.
 *
 * @param taken What was taken, by subject.
 * @param ours Name of ours.
 * @param again Name of its twin.
 */
export function whyVoid(taken: Readonly<Record<string, Round>>, ours: string, again: string): string | undefined {
  for (const [name, round] of Object.entries(taken))
    for (const rate of RATES) {
      const lagMs = round[figureOf(lag, rate)] ?? 0
      if (lagMs > MAX_LAG_MS) return `The driver was ${lagMs.toFixed(0)} ms late at ${rate}x of "${name}"`
    }
  for (const rate of RATES) {
    const points = Math.abs(
      (taken[ours]?.[figureOf(goodput, rate)] ?? 0) - (taken[again]?.[figureOf(goodput, rate)] ?? 0),
    )
    if (points > MAX_TWIN_POINTS) return `Ours and its twin differ by ${points.toFixed(0)} points at ${rate}x`
  }
  return undefined
}
