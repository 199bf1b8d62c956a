import type { Role, Subject } from '../group.ts'
import type { Round } from '../statistics.ts'

/** Things that do the same, of which something is counted: bytes, timers, calls. Not how fast one is. */
export interface FigureGroup {
  /** For the command line: kebab-case, of its own within the bench. */
  readonly id: string
  /** Heading on the page. */
  readonly title: string
  /** What is counted, and what a reader might get wrong. */
  readonly about: string
  /** What is counted, with its unit, in the order of the columns. */
  readonly figures: readonly string[]
  /** What is measured. */
  readonly ours: readonly FigureSubject[]
  /** What others would use instead. */
  readonly peers: readonly FigureSubject[]
  /** What ours should reach. */
  readonly claims: readonly FigureClaim[]
  /**
   * Several tables, where one would be too wide. What stands in none of them is only there for claims.
   *
   * @defaultValue one, of all figures
   */
  readonly tables?: readonly FigureTable[] | undefined
  /**
   * Takes the figures of all subjects in one process, where they have to be interleaved more finely than one by one.
   *
   * @defaultValue each has processes of its own
   */
  readonly takeAll?: ((scale: number) => Promise<Taken>) | undefined
  /**
   * Whether the processes of all subjects run at once. For what does nothing but wait.
   *
   * @defaultValue `false`
   */
  readonly isAtOnce?: boolean | undefined
  /**
   * Milliseconds that a process may take.
   *
   * @defaultValue `120_000`, our choice: no subject that is alone in its process takes longer
   */
  readonly limitMs?: number | undefined
  /**
   * How many processes take those of each subject, at most.
   *
   * @defaultValue as many as the run has. 1 is for what starts processes itself, and counts over several runs of them
   */
  readonly processes?: number | undefined
  /**
   * Says why a run says nothing, such as when what has to be lost by somebody was not. Then no claim is judged.
   *
   * @defaultValue it does
   */
  readonly whyVoid?: ((taken: Readonly<Record<string, Round>>) => string | undefined) | undefined
  /**
   * Says why they cannot be taken on this machine, such as for want of a server.
   *
   * @defaultValue they can
   */
  readonly whyNot?: (() => Promise<string | undefined>) | undefined
}

/** By subject: its figures, once for each turn it had. */
export type Taken = Readonly<Record<string, readonly Round[]>>

/** Some of the figures of a group, as they stand on the page. */
export interface FigureTable {
  /** What its figures have in common, with the unit. */
  readonly title: string
  /** Its columns. */
  readonly columns: readonly FigureColumn[]
  /**
   * Only the row of this subject, where it says everything.
   *
   * @defaultValue all of them
   */
  readonly of?: string | undefined
}

/** A column of a table. */
export interface FigureColumn {
  /** What stands above it. */
  readonly head: string
  /** Name of the figure. */
  readonly figure: string
}

/** Something of which figures are taken, alone in a process of its own. */
export interface FigureSubject extends Subject {
  /**
   * Takes its figures.
   *
   * @param scale From over 0 to 1: how much of what the group says is done, so that a test need not do all of it.
   * @returns One number for each figure of the group.
   */
  measure(scale: number): Round | Promise<Round>
}

/** What a figure should be. Written before it is taken, and never a failing test. */
export interface FigureClaim {
  /** Name of the subject that should reach it. */
  readonly of: string
  /** Name of the figure. */
  readonly figure: string
  /** At least this. */
  readonly atLeast: number
  /** At most this. */
  readonly atMost: number
  /**
   * Name of the subject of whose figure these are multiples.
   *
   * @defaultValue they are figures themselves
   */
  readonly against?: string | undefined
  /** One sentence: why this much. */
  readonly because: string
}

/** A subject's place in a run. */
export interface FigureEntry {
  /** What it is there. */
  readonly role: Role
  /** The subject. */
  readonly subject: FigureSubject
}

/**
 * Claims that a figure is bounded.
 *
 * @param of Name of the subject that should reach it.
 * @param figure Name of the figure.
 * @param atMost The bound.
 * @param because Why this much, in a sentence.
 */
export function isAtMost(of: string, figure: string, atMost: number, because: string): FigureClaim {
  return { of, figure, atLeast: -Infinity, atMost, because }
}

/**
 * Claims that a figure is a part of somebody else's. For what depends on how fast the machine is.
 *
 * @param of Name of the subject that should reach it.
 * @param figure Name of the figure.
 * @param times The bound, as a multiple of the other's.
 * @param against Name of the other.
 * @param because Why this much, in a sentence.
 */
export function isAtMostTimes(
  of: string,
  figure: string,
  times: number,
  against: string,
  because: string,
): FigureClaim {
  return { of, figure, atLeast: -Infinity, atMost: times, against, because }
}

/**
 * Claims that a figure reaches something.
 *
 * @param of Name of the subject that should reach it.
 * @param figure Name of the figure.
 * @param atLeast The bound.
 * @param because Why this much, in a sentence.
 */
export function isAtLeast(of: string, figure: string, atLeast: number, because: string): FigureClaim {
  return { of, figure, atLeast, atMost: Infinity, because }
}

/**
 * Claims that a figure is within two bounds.
 *
 * @param of Name of the subject that should reach it.
 * @param figure Name of the figure.
 * @param atLeast The lower bound.
 * @param atMost The upper bound.
 * @param because Why this much, in a sentence.
 */
export function isBetween(of: string, figure: string, atLeast: number, atMost: number, because: string): FigureClaim {
  return { of, figure, atLeast, atMost, because }
}

/**
 * Everything of which a run of a group takes figures.
 *
 * @param group The group.
 * @throws {TypeError} If two have one name, or a claim names nobody or nothing.
 */
export function figureEntriesOf(group: FigureGroup): readonly FigureEntry[] {
  const { id, ours, peers, figures, claims, tables = [] } = group
  const names = [...ours, ...peers].map(({ name }) => name)
  if (new Set(names).size !== names.length) throw new TypeError(`Expected the names in group "${id}" to differ`)
  for (const { of, figure, against = of } of claims)
    if (!names.includes(of) || !names.includes(against) || !figures.includes(figure))
      throw new TypeError(`Expected the claims of group "${id}" to name its own, got "${figure}" of "${of}"`)
  for (const { of, columns } of tables)
    for (const { figure } of columns)
      if ((of !== undefined && !names.includes(of)) || !figures.includes(figure))
        throw new TypeError(`Expected the tables of group "${id}" to show its own, got "${figure}" of "${of ?? 'all'}"`)
  return [
    ...ours.map((subject) => ({ role: 'ours' as const, subject })),
    ...peers.map((subject) => ({ role: 'peer' as const, subject })),
  ]
}

/**
 * Takes the figures of one subject, here and now.
 *
 * @param group Its group.
 * @param name Its name.
 * @param scale How much of it is done.
 * @throws {RangeError} If there is no such subject.
 * @throws {TypeError} If it does not give the figures of its group.
 */
export async function takeFigures(group: FigureGroup, name: string, scale: number): Promise<Round> {
  const entry = figureEntriesOf(group).find(({ subject }) => subject.name === name)
  if (entry === undefined) throw new RangeError(`Cannot find "${name}" in group "${group.id}"`)
  return whole(group, name, await entry.subject.measure(scale))
}

/**
 * Takes the figures of all subjects of a group that takes them together, here and now.
 *
 * @param group The group.
 * @param scale How much of it is done.
 * @throws {TypeError} If it takes them one by one, or a subject does not give the figures of its group.
 */
export async function takeAllFigures(group: FigureGroup, scale: number): Promise<Taken> {
  if (group.takeAll === undefined) throw new TypeError(`Expected group "${group.id}" to take its figures together`)
  const taken = await group.takeAll(scale)
  for (const { subject } of figureEntriesOf(group)) {
    const rounds = taken[subject.name] ?? []
    if (rounds.length === 0) whole(group, subject.name, {})
    for (const round of rounds) whole(group, subject.name, round)
  }
  return taken
}

function whole({ figures }: FigureGroup, name: string, taken: Round): Round {
  const isWhole = figures.every((figure) => Number.isFinite(taken[figure]))
  if (isWhole && Object.keys(taken).length === figures.length) return taken
  throw new TypeError(`Expected "${name}" to give ${figures.join(', ')}, got ${JSON.stringify(taken)}`)
}
