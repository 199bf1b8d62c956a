import { addedRatioOf, type Round, ratioOf } from './statistics.ts'

/** What a subject of ours should reach. Written before it is measured, and never a failing test: a machine may be slow. */
export interface Claim {
  /** Name of the subject that should reach it. */
  readonly of: string
  /** What it should reach. */
  readonly goal: Goal
  /** One sentence: why this much. */
  readonly because: string
}

/** A measure that a claim names. */
export type Goal = CostGoal | SpeedGoal | OverheadGoal | AllocationGoal

/** At most so many times the cost of another subject. */
export interface CostGoal {
  /** Tells goals apart. */
  readonly kind: 'cost'
  /** Name of the other subject. */
  readonly against: string
  /** Its cost times this. */
  readonly atMost: number
}

/** At least so many times faster than another subject. */
export interface SpeedGoal {
  /** Tells goals apart. */
  readonly kind: 'speed'
  /** Name of the other subject. */
  readonly against: string
  /** How many times faster. */
  readonly times: number
}

/** What is added to a third subject is at least so many times less than what another one adds to it. */
export interface OverheadGoal {
  /** Tells goals apart. */
  readonly kind: 'overhead'
  /** Name of the other subject. */
  readonly against: string
  /** Name of what both add to. */
  readonly over: string
  /** How many times less. */
  readonly times: number
}

/** Nothing is left for the garbage collector. */
export interface AllocationGoal {
  /** Tells goals apart. */
  readonly kind: 'allocation'
}

/** What came of a claim. `void`: the control of the run was off, so that it says nothing. */
export type Verdict = 'met' | 'missed' | 'void'

/** A claim beside what was measured. */
export interface JudgedClaim {
  /** The claim in words. */
  readonly claim: string
  /** Why this much. */
  readonly because: string
  /** What was measured, in words. */
  readonly measured: string
  /** What came of it. */
  readonly verdict: Verdict
}

/** Below this many bytes per operation, what is measured is the measuring. The smallest object takes 16. */
const NO_BYTES = 1

/**
 * Claims a bounded cost.
 *
 * @param of Name of the subject that should reach it.
 * @param atMost How many times the other's cost.
 * @param against Name of the other.
 * @param because Why this much, in a sentence.
 */
export function costsAtMost(of: string, atMost: number, against: string, because: string): Claim {
  return { of, goal: { kind: 'cost', against, atMost }, because }
}

/**
 * Claims to be faster.
 *
 * @param of Name of the subject that should reach it.
 * @param times How many times faster.
 * @param against Name of the other.
 * @param because Why this much, in a sentence.
 */
export function isFaster(of: string, times: number, against: string, because: string): Claim {
  return { of, goal: { kind: 'speed', against, times }, because }
}

/**
 * Claims to add less.
 *
 * @param of Name of the subject that should reach it.
 * @param times How many times less it adds.
 * @param against Name of the other.
 * @param over Name of what both add to.
 * @param because Why this much, in a sentence.
 */
export function addsLess(of: string, times: number, against: string, over: string, because: string): Claim {
  return { of, goal: { kind: 'overhead', against, over, times }, because }
}

/**
 * Claims to allocate nothing.
 *
 * @param of Name of the subject that should reach it.
 * @param because Why, in a sentence.
 */
export function allocatesNothing(of: string, because: string): Claim {
  return { of, goal: { kind: 'allocation' }, because }
}

/**
 * Judges a claim by the median of its rounds.
 *
 * @param claim The claim.
 * @param rounds All rounds of the group.
 * @param bytes Bytes allocated per operation, by subject.
 * @param isVoid Whether the control was off. What is allocated is counted, not timed, and holds all the same.
 */
export function judge(
  { of, goal, because }: Claim,
  rounds: readonly Round[],
  bytes: Round,
  isVoid: boolean,
): JudgedClaim {
  switch (goal.kind) {
    case 'cost': {
      const { median } = ratioOf(rounds, of, goal.against)
      return {
        claim: `${of}: at most ${toTimes(goal.atMost)} ${goal.against}`,
        because,
        measured: toTimes(median),
        verdict: toVerdict(median <= goal.atMost, isVoid),
      }
    }
    case 'speed': {
      const { median } = ratioOf(rounds, goal.against, of)
      return {
        claim: `${of}: at least ${goal.times}x faster than ${goal.against}`,
        because,
        measured: `${toTimes(median)} faster`,
        verdict: toVerdict(median >= goal.times, isVoid),
      }
    }
    case 'overhead': {
      const { median } = addedRatioOf(rounds, goal.against, of, goal.over)
      return {
        claim: `${of}: adds at least ${goal.times}x less to ${goal.over} than ${goal.against}`,
        because,
        measured: `${toTimes(median)} less`,
        verdict: toVerdict(median >= goal.times, isVoid),
      }
    }
    case 'allocation': {
      const perOperation = bytes[of]
      if (perOperation === undefined) throw new RangeError(`Expected the bytes of "${of}" to have been measured`)
      return {
        claim: `${of}: allocates nothing`,
        because,
        measured: `${perOperation.toFixed(1)} B per operation`,
        verdict: toVerdict(perOperation < NO_BYTES, false),
      }
    }
  }
}

/**
 * Shows a ratio, with as many digits as it deserves.
 *
 * @param ratio The ratio.
 */
export function toTimes(ratio: number): string {
  const digits = ratio < 0.1 ? 3 : ratio < 10 ? 2 : ratio < 100 ? 1 : 0
  return `${ratio.toFixed(digits)}x`
}

function toVerdict(isMet: boolean, isVoid: boolean): Verdict {
  return isVoid ? 'void' : isMet ? 'met' : 'missed'
}
