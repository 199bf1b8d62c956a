import { createManualClock } from '@breakwater/core/testing'
import { createRetry, type RetryOptions } from '@breakwater/resilience'
import { createRandom } from '@breakwater/testing/simulation'
import { ConstantBackoff, handleAll, retry } from 'cockatiel'
import { type FigureGroup, type FigureSubject, isAtMost } from '../../src/figures/group.ts'
import { problem } from './calls.ts'

/** Attempts all in all, with the first one; those of cockatiel are without it. */
const ATTEMPTS = 3
const SEEDS = [1, 2, 3]

const LOADS = [
  { figure: 'attempts per call, 1 call/s', perSecond: 1, forMs: 600_000 },
  { figure: '10 calls/s', perSecond: 10, forMs: 300_000 },
  { figure: '1,000 calls/s', perSecond: 1_000, forMs: 30_000 },
] as const
const [LIGHT, MEDIUM, HEAVY] = LOADS

/** An outage: calls come at random, and all attempts fail. Returns the attempts that each call made, on average. */
type Outage = (gapsMs: readonly number[], random: () => number) => Promise<number>

/** Of all seeds, that with the most attempts. */
function outage(name: string, run: Outage): FigureSubject {
  return {
    name,
    async measure(scale) {
      const figures: Record<string, number> = {}
      for (const { figure, perSecond, forMs } of LOADS) {
        const calls = Math.ceil((perSecond * forMs * scale) / 1_000)
        figures[figure] = 0
        for (const seed of SEEDS) {
          const random = createRandom(seed)
          const gapsMs = Array.from({ length: calls }, () => (-Math.log(1 - random()) * 1_000) / perSecond)
          figures[figure] = Math.max(figures[figure], await run(gapsMs, random))
        }
      }
      return figures
    },
  }
}

const ours = (name: string, budget: Pick<RetryOptions, 'budget'>): FigureSubject =>
  outage(name, async (gapsMs, random) => {
    const clock = createManualClock()
    const policy = createRetry({ name: 'bench', maxAttempts: ATTEMPTS, random, clock, ...budget })
    let attempts = 0
    const attempt = (): never => {
      attempts++
      throw problem
    }
    const calls: Promise<unknown>[] = []
    for (const gapMs of gapsMs) {
      await clock.advanceAsync(gapMs)
      calls.push(policy.execute(attempt).catch(() => {}))
    }
    await clock.advanceAsync(60_000)
    await Promise.all(calls)
    return attempts / calls.length
  })

/** It looks at no other call, so when they come does not matter: all at once. */
const cockatiel = outage('cockatiel', async (gapsMs) => {
  const policy = retry(handleAll, { maxAttempts: ATTEMPTS - 1, backoff: new ConstantBackoff(1) })
  let attempts = 0
  const attempt = (): never => {
    attempts++
    throw problem
  }
  await Promise.all(gapsMs.map(() => policy.execute(attempt).catch(() => {})))
  return attempts / gapsMs.length
})

const BUDGET = 'default budget'

/** What retries make of a total outage. */
export const outages: FigureGroup = {
  id: 'outage',
  title: 'What retries make of a total outage',
  about:
    'All attempts fail, for 30 seconds to 10 minutes of a simulated clock; calls come at random, and each may be attempted three times. Shown is the seed with the most attempts, of three. opossum has no retry.',
  figures: LOADS.map(({ figure }) => figure),
  ours: [ours(BUDGET, {}), ours('no budget', { budget: false })],
  peers: [cockatiel],
  claims: [
    isAtMost(BUDGET, LIGHT.figure, 2.2, '1.2, and a floor of one retry each second.'),
    isAtMost(BUDGET, MEDIUM.figure, 1.3, '1.2, and a floor of one retry each second.'),
    isAtMost(BUDGET, HEAVY.figure, 1.21, 'A service that is down must not get three times the load on top.'),
  ],
}
