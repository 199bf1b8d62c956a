import { type AdaptiveLimit, createAdaptiveLimit } from '@breakwater/resilience'
import { Simulation, type World } from '@breakwater/testing/simulation'
import { type FigureGroup, isBetween } from '../../src/figures/group.ts'

const NAME = 'createAdaptiveLimit'
const SEEDS = [1, 2, 3]
const SETTLE_MS = 20_000
const PHASE_MS = 120_000
const LOOK_MS = 100

/** One after the other, on the same server: 20 calls at once keep it busy, which is 200 calls a second. */
const PHASES: readonly { readonly name: string; readonly change: Partial<World> }[] = [
  { name: 'overload', change: { arrivalsPerSecond: 800 } },
  { name: 'halved', change: { workers: 10 } },
  { name: 'recovered', change: { workers: 20 } },
  { name: 'low load', change: { arrivalsPerSecond: 100 } },
]
const least = (name: string): string => `${name}: least`
const most = (name: string): string => `${name}: most`

/** How far from the ideal an adaptive limit is. */
export const limits: FigureGroup = {
  id: 'adaptive-limit',
  title: 'An adaptive limit, divided by the ideal one',
  about:
    'A simulated server of 20 workers and 100 ms of work, in four phases of two minutes each: four times what it can do, the same with half of the workers, with all of them again, and half of what it can do. Shown are the least and the most of what is read every 100 ms, once 20 seconds of a phase are over, of three seeds. The ideal limit is as many calls as keep all workers busy. No peer has one.',
  figures: PHASES.flatMap(({ name }) => [least(name), most(name)]),
  ours: [
    {
      name: NAME,
      measure(scale) {
        const figures: Record<string, number> = {}
        for (const seed of SEEDS) {
          let limit: AdaptiveLimit | undefined
          const simulation = new Simulation(seed, {}, (clock) => {
            limit = createAdaptiveLimit({ name: NAME, clock })
            return limit
          })
          for (const { name, change } of PHASES) {
            Object.assign(simulation.world, change)
            simulation.run(SETTLE_MS)
            const look = (): void => {
              const ratio = (limit?.limit ?? Number.NaN) / simulation.ideal
              figures[least(name)] = Math.min(figures[least(name)] ?? ratio, ratio)
              figures[most(name)] = Math.max(figures[most(name)] ?? ratio, ratio)
            }
            simulation.run(PHASE_MS * scale, look, LOOK_MS)
          }
        }
        return figures
      },
    },
  ],
  peers: [],
  claims: PHASES.flatMap(({ name }) =>
    [least(name), most(name)].map((figure) =>
      isBetween(NAME, figure, 0.8, 1.5, 'Less wastes what the server can do, more makes its callers queue.'),
    ),
  ),
}
