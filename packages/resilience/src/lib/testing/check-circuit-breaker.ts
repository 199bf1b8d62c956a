import { nonNegativeInteger, oneOf, positiveInteger } from '@breakwater/core'
import type { CircuitModel } from './circuit-model.ts'
import { type CircuitPlan, drawPlan } from './circuit-plan.ts'
import { type CircuitStep, describeStep } from './circuit-steps.ts'
import type { CircuitSubject } from './circuit-subject.ts'
import { Dice } from './dice.ts'
import { FaultWatch } from './faults.ts'
import { Generator } from './generator.ts'
import { CIRCUIT_HAZARDS, type CircuitHazard } from './hazards.ts'
import { runSchedule } from './schedule.ts'
import { type Fails, type Schedule, shrink } from './shrink.ts'

/** Options of `checkCircuitBreaker`. */
export interface CircuitCheckOptions {
  /**
   * Which schedules are run: the same seed gives the same ones.
   *
   * @defaultValue `1`
   */
  readonly seed?: number | undefined
  /**
   * Number of the first schedule, to run one that failed again.
   *
   * @defaultValue `0`
   */
  readonly from?: number | undefined
  /**
   * How many schedules are run.
   *
   * @defaultValue `200`, our choice: a fifth of a second
   */
  readonly schedules?: number | undefined
  /**
   * How many steps are drawn for each.
   *
   * @defaultValue `50`, our choice
   */
  readonly steps?: number | undefined
  /**
   * What may go wrong in them.
   *
   * @defaultValue everything
   */
  readonly hazards?: readonly CircuitHazard[] | undefined
  /**
   * The options of each circuit breaker.
   *
   * @defaultValue others for each schedule, at random
   */
  readonly plan?: CircuitPlan | undefined
  /**
   * Further limits: a step is left out unless this says `true`. For circuit breakers that differ by design.
   *
   * @defaultValue none
   */
  readonly only?: ((step: CircuitStep, model: CircuitModel) => boolean) | undefined
  /**
   * How many runs may be spent on making a failing schedule short.
   *
   * @defaultValue `2_000`, our choice: about a second
   */
  readonly shrinkRuns?: number | undefined
}

/** What `checkCircuitBreaker` found. */
export interface CircuitCheckReport {
  /** The seed. */
  readonly seed: number
  /** Schedules that were run. */
  readonly schedules: number
  /** Steps that were taken. */
  readonly steps: number
  /** The first schedule in which it differed from the model. */
  readonly failure: CircuitCheckFailure | undefined
}

/** A difference from the model. */
export interface CircuitCheckFailure {
  /** Number of the schedule. */
  readonly schedule: number
  /** What was wrong after the last step. */
  readonly problem: string
  /** The options, as few as show it. */
  readonly plan: CircuitPlan
  /** The steps, as few as show it. */
  readonly steps: readonly CircuitStep[]
  /** All of this for people. */
  readonly text: string
}

/**
 * Runs random schedules through a circuit breaker and through the reference model, side by side, and compares after each
 * step everything that a caller, a listener or an observer can see.
 *
 * While it runs, it takes over the process's uncaught exceptions and unhandled rejections: listeners that throw are part of
 * what it tries.
 *
 * @param subject What is under test: see `toCircuitSubject`.
 * @param options What is tried.
 * @returns What was found. It does not reject because of what it finds.
 *
 * @example
 * ```ts
 * const report = await checkCircuitBreaker(toCircuitSubject(createCircuitBreaker), { seed: 42, schedules: 1_000 })
 * ```
 */
export async function checkCircuitBreaker(
  subject: CircuitSubject,
  {
    seed = 1,
    from = 0,
    schedules = 200,
    steps = 50,
    hazards,
    plan,
    only,
    shrinkRuns = 2_000,
  }: CircuitCheckOptions = {},
): Promise<CircuitCheckReport> {
  nonNegativeInteger('seed', seed)
  nonNegativeInteger('from', from)
  positiveInteger('schedules', schedules)
  positiveInteger('steps', steps)
  for (const hazard of hazards ?? []) oneOf('hazards', hazard, CIRCUIT_HAZARDS)
  const limits = { hazards: new Set(hazards ?? CIRCUIT_HAZARDS), only }
  const faults = new FaultWatch()
  let taken = 0
  try {
    for (let index = from; index < from + schedules; index++) {
      const dice = new Dice(seed, index)
      const drawn = plan ?? drawPlan(dice)
      const generator = new Generator(dice)
      let left = steps
      const run = await runSchedule(
        subject,
        drawn,
        (now) => (left-- > 0 ? generator.next(now) : undefined),
        limits,
        faults,
      )
      taken += run.steps.length
      if (run.problem === undefined) continue
      const fails: Fails = async (schedule) => {
        if (plan !== undefined && schedule.plan !== drawn) return undefined // it was asked for
        const again = await replay(schedule)
        return again?.problem === undefined ? undefined : { plan: schedule.plan, steps: again.steps }
      }
      const least = await shrink({ plan: drawn, steps: run.steps }, fails, shrinkRuns)
      const problem = (await replay(least))?.problem ?? run.problem
      const text = toText(subject.name, seed, index, problem, least)
      return {
        seed,
        schedules: index - from + 1,
        steps: taken,
        failure: { schedule: index, problem, ...least, text },
      }
    }
    return { seed, schedules, steps: taken, failure: undefined }
  } finally {
    faults.stop()
  }

  /** `undefined` if the options make no sense. */
  async function replay(schedule: Schedule): Promise<Awaited<ReturnType<typeof runSchedule>> | undefined> {
    const steps = schedule.steps[Symbol.iterator]()
    try {
      return await runSchedule(subject, schedule.plan, () => steps.next().value, limits, faults)
    } catch {
      return undefined
    }
  }
}

/**
 * The same, and fails if anything was found.
 *
 * @param subject What is under test.
 * @param options What is tried.
 * @throws {Error} With the shortest schedule that shows the first difference.
 */
export async function assertCircuitBreaker(
  subject: CircuitSubject,
  options?: CircuitCheckOptions,
): Promise<CircuitCheckReport> {
  const report = await checkCircuitBreaker(subject, options)
  if (report.failure !== undefined) throw new Error(report.failure.text)
  return report
}

function toText(name: string, seed: number, index: number, problem: string, { plan, steps }: Schedule): string {
  const options = Object.entries(plan).map(([key, value]) => `${key}: ${String(value)}`)
  return [
    `${name}: ${problem}`,
    `  in schedule ${index} of seed ${seed}, with { ${options.join(', ')} }, after`,
    ...steps.map((step, number) => `  ${number + 1}. ${describeStep(step)}`),
  ].join('\n')
}
