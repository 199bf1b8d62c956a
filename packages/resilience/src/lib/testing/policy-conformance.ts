import { createManualClock, type ManualClock } from '@breakwater/core/testing'
import { createDependency } from './dependency.ts'
import { FaultWatch, nextTurnOfTheLoop } from './faults.ts'
import { A_DAY_MS, check, LISTENER_ERROR, type PolicyUnderTest, refusals, type Trial, trials } from './policy-trials.ts'

/** One thing that every policy should do. */
export interface PolicyCase {
  /** What it should do. */
  readonly name: string
  /**
   * Tries it, with a policy of its own. One case at a time: it takes over the process's uncaught exceptions meanwhile.
   *
   * @returns Rejects with an error that says what is wrong.
   */
  run(): Promise<void>
}

/** What `policyConformance` needs. */
export interface PolicyConformanceOptions {
  /**
   * Makes a policy that lets at least two calls run at once. It may try again what failed.
   *
   * @param clock What it should read the time from; nothing else lets time pass.
   */
  create(clock: ManualClock): PolicyUnderTest
  /**
   * Makes a policy that refuses every call.
   *
   * @param clock As above.
   */
  createRefusing?: ((clock: ManualClock) => PolicyUnderTest | Promise<PolicyUnderTest>) | undefined
}

/**
 * Cases that every policy should pass, whoever wrote it, to be run by any test runner. Leave out those whose opposite is
 * what a policy is for: a fallback gives callers something other than the error.
 *
 * @param options How policies are made.
 *
 * @example
 * ```ts
 * for (const { name, run } of policyConformance({ create: (clock) => createMyPolicy({ clock }) })) test(name, run)
 * ```
 */
export function policyConformance({ create, createRefusing }: PolicyConformanceOptions): readonly PolicyCase[] {
  const cases = Object.entries(trials).map(([name, trial]) => toCase(name, create, trial))
  if (createRefusing === undefined) return cases
  return [...cases, ...Object.entries(refusals).map(([name, trial]) => toCase(name, createRefusing, trial))]
}

function toCase(
  name: string,
  create: NonNullable<PolicyConformanceOptions['createRefusing']>,
  trial: Trial,
): PolicyCase {
  return {
    name,
    async run() {
      const clock = createManualClock()
      const faults = new FaultWatch()
      try {
        await trial({ policy: await create(clock), clock, dependency: createDependency() })
        await nextTurnOfTheLoop()
        const [uncaught] = faults.uncaught.filter((error) => error !== LISTENER_ERROR)
        check(uncaught === undefined, `no exception surfaces, but ${String(uncaught)} does`)
        check(faults.unhandled.length === 0, 'no rejection is left unhandled')
        // A timer that many calls share may wait for its time, but not start anew.
        await clock.advanceAsync(A_DAY_MS)
        check(clock.pending === 0, `no timers are left, but ${clock.pending} are`)
      } finally {
        faults.stop()
      }
    },
  }
}
