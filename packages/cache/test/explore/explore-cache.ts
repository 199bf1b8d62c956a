import { nonNegativeInteger, positiveInteger } from '@breakwater/core'
import { Dice } from '../../src/lib/testing/dice.ts'
import { shrinkActions } from '../../src/lib/testing/shrink.ts'
import type { WorldAction } from '../../src/lib/testing/world-actions.ts'
import type { CacheSubject } from './cache-subject.ts'
import type { CacheProblem } from './judge.ts'
import { type CachePlan, drawPlan, PLAIN_PLAN } from './plan.ts'
import { drawSteps, type SceneName } from './scenes.ts'
import { Stage } from './stage.ts'
import { type CacheStep, plainerSteps } from './steps.ts'

/** Options of {@link exploreCache}. */
export interface ExploreOptions {
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
   * @defaultValue `100`, our choice: about two seconds
   */
  readonly schedules?: number | undefined
  /**
   * How many steps are drawn for each.
   *
   * @defaultValue `50`, our choice
   */
  readonly steps?: number | undefined
  /**
   * What is not left to chance of how the caches are set up.
   *
   * @defaultValue nothing
   */
  readonly plan?: Partial<CachePlan> | undefined
  /**
   * What may go wrong, each as often as it is named.
   *
   * @defaultValue everything
   */
  readonly troubles?: readonly WorldAction['do'][] | undefined
  /**
   * Several steps that belong together, which are in the middle of each schedule besides its other steps.
   *
   * @defaultValue none; all of them are tried now and then
   */
  readonly scene?: SceneName | undefined
  /**
   * Further limits: a step that this says `false` of is left out.
   *
   * @defaultValue none
   */
  readonly only?: ((step: CacheStep) => boolean) | undefined
  /**
   * How many runs may be spent on making a failing schedule short.
   *
   * @defaultValue `300`, our choice: a few seconds
   */
  readonly shrinkRuns?: number | undefined
}

/** What {@link exploreCache} found. */
export interface ExploreReport {
  /** The seed. */
  readonly seed: number
  /** Schedules that were run. */
  readonly schedules: number
  /** Steps that were taken. */
  readonly steps: number
  /** The first schedule in which something was wrong. */
  readonly failure: ExploreFailure | undefined
}

/** A broken promise. */
export interface ExploreFailure {
  /** Number of the schedule. */
  readonly schedule: number
  /** What is wrong. */
  readonly problem: CacheProblem
  /** How the caches were set up. */
  readonly plan: CachePlan
  /** The steps, as few as show it. */
  readonly steps: readonly CacheStep[]
  /** All of this for people, as code that repeats it. */
  readonly text: string
}

/**
 * Runs one schedule.
 *
 * @param subject What is put to the test.
 * @param plan How.
 * @param steps What happens.
 * @returns The first thing that is wrong, if there is one.
 */
export async function runCacheSchedule(
  subject: CacheSubject,
  plan: Partial<CachePlan>,
  steps: readonly CacheStep[],
): Promise<CacheProblem | undefined> {
  const stage = new Stage(subject, { ...PLAIN_PLAN, ...plan })
  const { problems } = stage.judge
  await stage.world.run(100)
  for (const step of steps) {
    await stage.perform(step)
    stage.checkTimes()
    if (problems.length > 0) break
  }
  if (problems.length === 0) await stage.settle()
  if (problems.length === 0) await stage.finish()
  await stage.world.close()
  return problems[0]
}

/**
 * Runs random schedules: several processes read and change what they cache, while connections are lost, messages held, processes
 * and servers stopped, killed and begun again, data lost, and clocks set. After each step, and when everything is healed at the
 * end, it is checked that nothing was served, stored, lost or left over that should not be.
 *
 * @param subject What is put to the test: see `toCacheSubject`.
 * @param options What is tried.
 * @returns What was found, with the shortest schedule that shows it. It does not reject because of what it finds.
 */
export async function exploreCache(
  subject: CacheSubject,
  {
    seed = 1,
    from = 0,
    schedules = 100,
    steps = 50,
    plan: fixed,
    troubles,
    scene,
    only,
    shrinkRuns = 300,
  }: ExploreOptions = {},
): Promise<ExploreReport> {
  nonNegativeInteger('seed', seed)
  nonNegativeInteger('from', from)
  positiveInteger('schedules', schedules)
  positiveInteger('steps', steps)
  let taken = 0
  for (let schedule = from; schedule < from + schedules; schedule++) {
    const dice = new Dice(seed, schedule)
    const plan = drawPlan(dice, fixed)
    const drawn = drawSteps(dice, { plan, count: steps, troubles, scene }).filter((step) => only?.(step) ?? true)
    taken += drawn.length
    const found = await runCacheSchedule(subject, plan, drawn)
    if (found === undefined) continue
    let problem = found
    const fails = async (some: readonly CacheStep[]): Promise<boolean> => {
      const again = await runCacheSchedule(subject, plan, some)
      if (again?.rule !== found.rule) return false
      problem = again
      return true
    }
    const least =
      shrinkRuns > 0 ? await shrinkActions(drawn, fails, { runs: shrinkRuns, plainer: plainerSteps }) : drawn
    const text = toText(subject.name, seed, schedule, problem, plan, least)
    return {
      seed,
      schedules: schedule - from + 1,
      steps: taken,
      failure: { schedule, problem, plan, steps: least, text },
    }
  }
  return { seed, schedules, steps: taken, failure: undefined }
}

/**
 * The same, and fails if anything was found.
 *
 * @param subject What is put to the test.
 * @param options What is tried.
 * @throws {Error} With the shortest schedule that shows the first problem.
 */
export async function assertCache(subject: CacheSubject, options?: ExploreOptions): Promise<ExploreReport> {
  const report = await exploreCache(subject, options)
  if (report.failure !== undefined) throw new Error(report.failure.text)
  return report
}

function toText(
  name: string,
  seed: number,
  schedule: number,
  problem: CacheProblem,
  plan: CachePlan,
  steps: readonly CacheStep[],
): string {
  const special = Object.entries(plan).filter(([option, value]) => value !== PLAIN_PLAN[option as keyof CachePlan])
  return [
    `${name}: ${problem.text}`,
    `in schedule ${schedule} of seed ${seed}, which is:`,
    `  runCacheSchedule(subject, ${JSON.stringify(Object.fromEntries(special))}, [`,
    ...steps.map((step) => `    ${JSON.stringify(step)},`),
    '  ])',
  ].join('\n')
}
