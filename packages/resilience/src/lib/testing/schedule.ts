import type { CircuitModel } from './circuit-model.ts'
import type { CircuitPlan } from './circuit-plan.ts'
import type { CircuitStep } from './circuit-steps.ts'
import type { CircuitSubject } from './circuit-subject.ts'
import { findDifference, findMiscount } from './compare.ts'
import { type FaultWatch, nextTurnOfTheLoop } from './faults.ts'
import { type CircuitHazard, hazardsOf } from './hazards.ts'
import { Lockstep } from './lockstep.ts'

/** What a schedule may contain. */
export interface ScheduleLimits {
  /** Steps with other hazards are left out. */
  readonly hazards: ReadonlySet<CircuitHazard>
  /** What else steps have to be like. */
  readonly only: ((step: CircuitStep, model: CircuitModel) => boolean) | undefined
}

/** How a schedule went. */
export interface ScheduleRun {
  /** The steps that were taken. */
  readonly steps: readonly CircuitStep[]
  /** What was wrong after the last one. */
  readonly problem: string | undefined
}

/**
 * Takes the steps of a schedule until one shows a difference.
 *
 * @param subject What is under test.
 * @param plan Its options.
 * @param next Gives the steps.
 * @param limits Which of them are taken.
 * @param faults Hears what surfaces.
 */
export async function runSchedule(
  subject: CircuitSubject,
  plan: CircuitPlan,
  next: (lockstep: Lockstep) => CircuitStep | undefined,
  { hazards, only }: ScheduleLimits,
  faults: FaultWatch,
): Promise<ScheduleRun> {
  const lockstep = new Lockstep(subject, plan)
  const steps: CircuitStep[] = []
  const uncaughtBefore = faults.uncaught.length
  const unhandledBefore = faults.unhandled.length
  let problem: string | undefined
  for (let step = next(lockstep); step !== undefined; step = next(lockstep)) {
    if (!isPossible(step, lockstep)) continue
    if (!hazardsOf(step, lockstep).every((hazard) => hazards.has(hazard))) continue
    if (only !== undefined && !only(step, lockstep.model)) continue
    steps.push(step)
    await lockstep.take(step)
    problem = findDifference(lockstep, faults.uncaught.length - uncaughtBefore)
    if (problem !== undefined) break
  }
  problem ??= findMiscount(lockstep)
  lockstep.subject.close?.()
  await nextTurnOfTheLoop()
  const unhandled = faults.unhandled.length - unhandledBefore
  if (unhandled > 0) problem ??= `${unhandled} rejections were left unhandled`
  return { steps, problem }
}

/** Whether the subject can do it, and there is something to do it with. */
function isPossible(step: CircuitStep, { subject, pairs, hasSnapshot }: Lockstep): boolean {
  switch (step.do) {
    case 'call':
      return (
        (step.door === 'execute' || subject[step.door] !== undefined) &&
        (step.nested === undefined || step.nested.door === 'execute' || subject[step.nested.door] !== undefined)
      )
    case 'end':
    case 'abort':
      return pairs.has(step.call)
    case 'listen':
      return step.trouble === 'throws' ? subject.disturb !== undefined : subject.tryAcquire !== undefined
    case 'restore':
      return subject.restore !== undefined && hasSnapshot
    case 'force':
    case 'reset':
    case 'explain':
    case 'snapshot':
      return subject[step.do] !== undefined
    default:
      return true
  }
}
