import type { CircuitPlan } from './circuit-plan.ts'
import type { CircuitStep } from './circuit-steps.ts'

/** A schedule with its options. */
export interface Schedule {
  /** The options. */
  readonly plan: CircuitPlan
  /** What happens. */
  readonly steps: readonly CircuitStep[]
}

/** How a schedule fails, if it does. */
export type Fails = (schedule: Schedule) => Promise<Schedule | undefined>

/**
 * Makes a failing schedule shorter and plainer, as long as it fails.
 *
 * @param schedule The one that was found.
 * @param fails Runs another one; gives the steps that it took to fail.
 * @param runs How many may be tried.
 */
export async function shrink(schedule: Schedule, fails: Fails, runs: number): Promise<Schedule> {
  let best = schedule
  let left = runs
  const attempt = async (candidate: Schedule): Promise<boolean> => {
    if (left-- <= 0) return false
    const failed = await fails(candidate)
    if (failed !== undefined) best = failed
    return failed !== undefined
  }
  for (let size = 0; size !== sizeOf(best) && left > 0; ) {
    size = sizeOf(best)
    await dropSteps(() => best, attempt)
    for (let index = best.steps.length - 1; index > 0; index--) {
      const [earlier, later] = [best.steps[index - 1], best.steps[index]]
      if (earlier?.do !== 'advance' || later?.do !== 'advance') continue
      const both = { ...later, ms: earlier.ms + later.ms }
      await attempt({ ...best, steps: best.steps.toSpliced(index - 1, 2, both) })
    }
    for (const key of Object.keys(best.plan) as (keyof CircuitPlan)[]) {
      const { [key]: _, ...plan } = best.plan
      await attempt({ ...best, plan })
    }
    for (let index = 0; index < best.steps.length; index++)
      for (const plainer of plainerSteps(best.steps[index] as CircuitStep))
        if (await attempt({ ...best, steps: best.steps.with(index, plainer) })) break
  }
  return best
}

/** Halves, quarters and so on, down to single steps: delta debugging. */
async function dropSteps(best: () => Schedule, attempt: (candidate: Schedule) => Promise<boolean>): Promise<void> {
  for (let length = Math.ceil(best().steps.length / 2); length >= 1; length = length === 1 ? 0 : Math.ceil(length / 2))
    for (let start = best().steps.length - length; start >= 0; start -= length) {
      const { plan, steps } = best()
      await attempt({ plan, steps: steps.toSpliced(Math.min(start, steps.length), length) })
    }
}

function plainerSteps(step: CircuitStep): CircuitStep[] {
  switch (step.do) {
    case 'call': {
      const { nested, ...alone } = step
      return [
        ...(nested === undefined ? [] : [alone]),
        ...(step.door === 'execute' ? [] : [{ ...step, door: 'execute' as const }]),
        ...(step.signal === 'none' ? [] : [{ ...step, signal: 'none' as const }]),
        ...(step.isDeaf ? [{ ...step, isDeaf: false }] : []),
        ...(step.returns === 'thenable' ? [{ ...step, returns: 'promise' as const }] : []),
        ...(typeof step.returns === 'object' && step.returns.what !== 'plain'
          ? [{ ...step, returns: { ...step.returns, what: 'plain' as const } }]
          : []),
      ]
    }
    case 'end':
      return step.what === 'plain' ? [] : [{ ...step, what: 'plain' }]
    case 'advance':
      return [0, 1, Math.floor(step.ms / 2), Math.floor(step.ms)]
        .filter((ms) => ms < step.ms)
        .map((ms) => ({ ...step, ms }))
    case 'set wall clock':
      return Math.abs(step.byMs) > 1 ? [{ ...step, byMs: Math.trunc(step.byMs / 2) }] : []
    default:
      return []
  }
}

/** Goes down with each thing that is dropped or made plainer. */
function sizeOf({ plan, steps }: Schedule): number {
  return JSON.stringify(steps).length + JSON.stringify(plan).length
}
