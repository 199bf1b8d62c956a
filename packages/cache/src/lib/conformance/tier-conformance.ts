import type { ConformanceCase } from './case.ts'
import { openSetting, type TierTrial, type TierUnderTest } from './tier-setting.ts'
import { changeTrials } from './trials-of-changes.ts'
import { leaseTrials } from './trials-of-leases.ts'
import { logTrials } from './trials-of-log.ts'
import { valueTrials } from './trials-of-values.ts'

/** Makes a tier as another process would: with connections of its own, to one server for all. */
export type CreateTier = (name: string) => Promise<TierUnderTest>

/**
 * Cases that every shared tier should pass, to be run by any test runner. They say what holds while the server answers;
 * what holds while it does not is for the tier's own tests. Each case uses names of its own, so a server may be shared.
 *
 * @param create Makes a tier. Called several times by a case, which closes all of them; the name is that of the cache.
 *
 * @example
 * ```ts
 * const create = async () => {
 *   const client = new Redis(url)
 *   return { tier: createRedisTier(client), close: async () => client.disconnect() }
 * }
 * for (const { name, run } of tierConformance(create)) test(name, run)
 * ```
 */
export function tierConformance(create: CreateTier): readonly ConformanceCase[] {
  const trials: Readonly<Record<string, TierTrial>> = { ...valueTrials, ...leaseTrials, ...changeTrials, ...logTrials }
  return Object.entries(trials).map(([name, trial]) => ({
    name,
    async run() {
      const setting = openSetting(create)
      try {
        await trial(setting)
      } finally {
        await setting.close()
      }
    },
  }))
}
