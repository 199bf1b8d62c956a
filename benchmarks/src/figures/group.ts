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
export function figureEntriesOf({ id, ours, peers, figures, claims }: FigureGroup): readonly FigureEntry[] {
  const names = [...ours, ...peers].map(({ name }) => name)
  if (new Set(names).size !== names.length) throw new TypeError(`Expected the names in group "${id}" to differ`)
  for (const { of, figure } of claims)
    if (!names.includes(of) || !figures.includes(figure))
      throw new TypeError(`Expected the claims of group "${id}" to name its own, got "${figure}" of "${of}"`)
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
  const taken = await entry.subject.measure(scale)
  const isWhole = group.figures.every((figure) => Number.isFinite(taken[figure]))
  if (isWhole && Object.keys(taken).length === group.figures.length) return taken
  throw new TypeError(`Expected "${name}" to give ${group.figures.join(', ')}, got ${JSON.stringify(taken)}`)
}
