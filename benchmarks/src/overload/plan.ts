/** How long everything takes. */
export interface Plan {
  /** Milliseconds that the driver gets to warm up. */
  readonly driverMs: number
  /** How often each subject has its turn at each rate, each time with a new server. */
  readonly rounds: number
  /** Milliseconds of load before a server's first turn in a round: compiles its code, connects its pool. */
  readonly warmUpMs: number
  /** Milliseconds of each turn in which the subject may still find its balance: told apart. Without overload, a stretch. */
  readonly rampMs: number
  /** Milliseconds of each turn after those. */
  readonly steadyMs: number
  /** The same where nothing is overloaded. */
  readonly calmMs: number
  /** The most connections: far more than any server answers within the deadline. */
  readonly connections: number
  /** Milliseconds of a stretch, in which answers are counted. */
  readonly stretchMs: number
  /** Stretches of which the capacity is the middle, each time that it is taken: at first, and before each rate. */
  readonly capacityStretches: number
  /** Milliseconds of low load. */
  readonly unloadedMs: number
  /** Milliseconds from its intended start after which an answer is worth nothing. */
  readonly deadlineMs: number
}

/** What results are made with. */
export const WHOLE: Plan = {
  driverMs: 3_000,
  rounds: 2,
  warmUpMs: 500,
  rampMs: 2_000,
  steadyMs: 4_000,
  calmMs: 3_000,
  connections: 1_200,
  stretchMs: 1_000,
  capacityStretches: 3,
  unloadedMs: 6_000,
  deadlineMs: 1_000,
}

/** Shows that everything runs, and no more. */
const SHORT: Plan = {
  driverMs: 150,
  rounds: 1,
  warmUpMs: 200,
  rampMs: 100,
  steadyMs: 200,
  calmMs: 200,
  connections: 80,
  stretchMs: 100,
  capacityStretches: 3,
  unloadedMs: 300,
  deadlineMs: 100,
}

/** From here on it is worth the time. */
const WHOLE_FROM = 0.5

/**
 * Plans a run.
 *
 * @param scale How much of it is done, from over 0 to 1.
 */
export function toPlan(scale: number): Plan {
  return scale >= WHOLE_FROM ? WHOLE : SHORT
}
