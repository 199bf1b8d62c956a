/** Deviations of a normal distribution that hold 95 % of it. */
const NORMAL_95 = 1.96

/** One number per subject, all measured within a moment of each other. */
export type Round = Readonly<Record<string, number>>

/** What several rounds say about one number. */
export interface Spread {
  /** The middle one: what is reported and what claims are judged by. */
  readonly median: number
  /** The true middle lies at or above this and at or below {@link to}, at least 19 times of 20. */
  readonly from: number
  /** See {@link from}. */
  readonly to: number
  /** A quarter of the rounds lie below. */
  readonly low: number
  /** A quarter of the rounds lie above. */
  readonly high: number
  /** The smallest. */
  readonly min: number
  /** The largest. */
  readonly max: number
}

/**
 * Sums up rounds.
 *
 * @param values One per round, in any order.
 * @throws {RangeError} If there is none, or one is not finite: a hole in the measurement must not pass for a result.
 */
export function toSpread(values: readonly number[]): Spread {
  if (values.length === 0) throw new RangeError('Expected `values` to hold at least one round')
  if (!values.every(Number.isFinite)) throw new RangeError(`Expected finite \`values\`, got ${values.join(', ')}`)
  const sorted = values.toSorted((a, b) => a - b)
  const [from, to] = medianInterval(sorted)
  return {
    median: quantileOf(sorted, 0.5),
    from,
    to,
    low: quantileOf(sorted, 0.25),
    high: quantileOf(sorted, 0.75),
    min: sorted[0] as number,
    max: sorted.at(-1) as number,
  }
}

/**
 * Divides within each round, so that what slows a whole round down cancels out.
 *
 * @param rounds All rounds of a group, of all processes.
 * @param of Name of the subject above the line.
 * @param against Name of the subject below.
 */
export function ratioOf(rounds: readonly Round[], of: string, against: string): Spread {
  return toSpread(rounds.map((round) => valueIn(round, of) / valueIn(round, against)))
}

/**
 * The same of what two subjects add to a third one.
 *
 * @param rounds All rounds of a group, of all processes.
 * @param of Name of the subject above the line.
 * @param against Name of the subject below.
 * @param over Name of what they add to.
 */
export function addedRatioOf(rounds: readonly Round[], of: string, against: string, over: string): Spread {
  const added = (round: Round, name: string): number => valueIn(round, name) - valueIn(round, over)
  return toSpread(rounds.map((round) => added(round, of) / added(round, against)))
}

/**
 * Subtracts within each round.
 *
 * @param rounds All rounds of a group, of all processes.
 * @param of Name of the subject.
 * @param against Name of the one it is compared with.
 */
export function differenceOf(rounds: readonly Round[], of: string, against: string): Spread {
  return toSpread(rounds.map((round) => valueIn(round, of) - valueIn(round, against)))
}

/**
 * A subject's own numbers.
 *
 * @param rounds All rounds of a group, of all processes.
 * @param of Name of the subject.
 */
export function ownValue(rounds: readonly Round[], of: string): Spread {
  return toSpread(rounds.map((round) => valueIn(round, of)))
}

function valueIn(round: Round, name: string): number {
  const value = round[name]
  if (value === undefined) throw new RangeError(`Expected every round to hold "${name}", got ${Object.keys(round)}`)
  return value
}

/**
 * Where the true median is, whatever the distribution: each round is above or below it as a coin falls, so the number
 * of rounds below it is binomial.
 *
 * @see W. J. Conover, *Practical Nonparametric Statistics*, 3.2, confidence interval for a quantile
 */
function medianInterval(sorted: readonly number[]): readonly [number, number] {
  const outside = Math.floor((sorted.length - NORMAL_95 * Math.sqrt(sorted.length)) / 2)
  // With fewer than six rounds not even all of them make it 19 of 20.
  const index = Math.max(outside, 1) - 1
  return [sorted[index] as number, sorted[sorted.length - 1 - index] as number]
}

/** Between the two nearest where it falls between them. */
function quantileOf(sorted: readonly number[], q: number): number {
  const position = (sorted.length - 1) * q
  const below = sorted[Math.floor(position)] as number
  const above = sorted[Math.ceil(position)] as number
  return below + (above - below) * (position % 1)
}
