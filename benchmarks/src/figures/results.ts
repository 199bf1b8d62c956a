import type { JudgedClaim } from '../claims.ts'
import type { Role } from '../group.ts'
import { ownValue, type Round, type Spread } from '../statistics.ts'
import { type FigureClaim, type FigureGroup, type FigureTable, figureEntriesOf, type Taken } from './group.ts'

/** What a run of one group of figures left. */
export interface FigureResult {
  /** As in the group. */
  readonly id: string
  /** As in the group. */
  readonly title: string
  /** As in the group. */
  readonly about: string
  /** As in the group. */
  readonly figures: readonly string[]
  /** As in the group. Without, there is one table of all figures. */
  readonly tables?: readonly FigureTable[]
  /** One per subject. */
  readonly rows: readonly FigureRow[]
  /** Why it says nothing. Without, it does. */
  readonly whyVoid?: string
  /** What was claimed, and what came of it. */
  readonly claims: readonly JudgedClaim[]
}

/** The figures of one subject. */
export interface FigureRow {
  /** Its name. */
  readonly name: string
  /** What it is in its group. */
  readonly role: Role
  /** In the order of the group's figures, over all processes. */
  readonly values: readonly Spread[]
}

/**
 * Draws the conclusions of a group: claims are judged by the middle of all processes.
 *
 * @param group The group.
 * @param taken What was taken, by subject: one for each process.
 */
export function toFigureResult(group: FigureGroup, taken: Taken): FigureResult {
  const { id, title, about, figures, tables, claims } = group
  const spreadOf = (name: string, figure: string): Spread => ownValue(taken[name] ?? [], figure)
  const rows = figureEntriesOf(group).map(({ role, subject: { name } }) => ({
    name,
    role,
    values: figures.map((figure) => spreadOf(name, figure)),
  }))
  const whyVoid = group.whyVoid?.(Object.fromEntries(rows.map((row) => [row.name, toMiddles(figures, row)])))
  return {
    id,
    title,
    about,
    figures,
    ...(tables !== undefined && { tables }),
    rows,
    ...(whyVoid !== undefined && { whyVoid }),
    claims: claims.map((claim) => {
      const { of, figure, against } = claim
      const theirs = against === undefined ? 1 : spreadOf(against, figure).median
      return judge(claim, spreadOf(of, figure).median / theirs, whyVoid !== undefined)
    }),
  }
}

function toMiddles(figures: readonly string[], { values }: FigureRow): Round {
  return Object.fromEntries(figures.map((figure, index) => [figure, values[index]?.median ?? Number.NaN]))
}

/** There is no control of what is counted: it is void only if its group says so. */
function judge(claim: FigureClaim, value: number, isVoid: boolean): JudgedClaim {
  const { of, figure, atLeast, atMost, against, because } = claim
  return {
    claim: `${of}: ${figure} ${toBounds(atLeast, atMost)}${against === undefined ? '' : ` times that of ${against}`}`,
    because,
    measured: toFigure(value),
    verdict: isVoid ? 'void' : value >= atLeast && value <= atMost ? 'met' : 'missed',
  }
}

function toBounds(atLeast: number, atMost: number): string {
  if (atLeast === -Infinity) return `at most ${toFigure(atMost)}`
  return atMost === Infinity ? `at least ${toFigure(atLeast)}` : `${toFigure(atLeast)} to ${toFigure(atMost)}`
}

/**
 * Shows a figure, with as many digits as it deserves.
 *
 * @param value The figure.
 */
export function toFigure(value: number): string {
  const size = Math.abs(value)
  return size >= 100 ? value.toFixed(0) : String(Number(value.toPrecision(3)))
}
