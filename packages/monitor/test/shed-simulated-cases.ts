import { expect } from 'vitest'
import type { ShedCase, ShedModule } from './shed-cases.ts'
import { ceilingOf, loads, type SimulatedLoad } from './simulation/loads.ts'
import type { SimulationOptions, SimulationResult } from './simulation/simulate.ts'

const LENGTH_MS = 9_000
const FROM_MS = 3_000

/** Plays a load for some seconds, of which the first few are to learn. */
function play(
  { simulate }: ShedModule,
  load: SimulatedLoad,
  times: number,
  rest: Partial<SimulationOptions> = {},
): SimulationResult {
  const rate = (): number => times * ceilingOf(load)
  return simulate({ ...load, rate, lengthMs: LENGTH_MS, fromMs: FROM_MS, seed: 1, ...rest })
}

function toCases(load: SimulatedLoad): readonly ShedCase[] {
  const { name } = load
  return [
    {
      name: `${name}: what it does stays the same, and quick`,
      run(sources) {
        const alone = play(sources, load, 0.1, { shed: false, lengthMs: 30_000 })
        for (const times of [2, 8]) {
          const { goodput, variation, p99, refused } = play(sources, load, times)
          expect(goodput / ceilingOf(load, (refused * 1_000) / (LENGTH_MS - FROM_MS))).toBeGreaterThan(0.9)
          expect(variation).toBeLessThan(0.2)
          expect(p99 / alone.p99).toBeLessThan(4)
        }
      },
    },
    {
      name: `${name}: nobody is refused at 0.7`,
      run(sources) {
        for (let seed = 1; seed <= 3; seed++) expect(play(sources, load, 0.7, { seed, fromMs: 0 }).refused).toBe(0)
      },
    },
    {
      name: `${name}: few are refused that could be served`,
      run(sources) {
        const { refused, offered } = play(sources, load, 1, { lengthMs: 20_000 })
        expect(refused / offered).toBeLessThan(0.2)
      },
    },
    {
      name: `${name}: the demand is what is wanted`,
      run(sources) {
        const { demandRatio } = play(sources, load, 4)
        expect(demandRatio).toBeGreaterThan(2.5)
        expect(demandRatio).toBeLessThan(8)
      },
    },
    {
      name: `${name}: nobody is refused when it is over`,
      run(sources) {
        const rate = (ms: number): number => (ms < 6_000 ? 4 : 0.7) * ceilingOf(load)
        expect(play(sources, load, 1, { rate, fromMs: 8_000 }).refused).toBe(0)
      },
    },
  ]
}

const pool = loads.find(({ connections }) => connections === 10) as SimulatedLoad
const cpu = loads[0] as SimulatedLoad

/** What takes a simulation. */
export const simulatedCases: readonly ShedCase[] = [
  ...loads.flatMap(toCases),
  {
    name: 'a pool that gets slower is followed down and up again',
    run(sources) {
      const slow = (ms: number): number => (ms > 6_000 && ms < 12_000 ? 3 : 1)
      const work = () => ({ before: 0.1, pooled: (ms: number) => 20 * slow(ms), after: 0.1 })
      const { perSecond, p99 } = play(sources, pool, 2, { work, lengthMs: 20_000, fromMs: 0, seed: 3 })
      for (const second of perSecond.slice(8, 12)) expect(second).toBeGreaterThan(0.8 * (500 / 3))
      for (const second of perSecond.slice(15, 19)) expect(second).toBeGreaterThan(0.85 * 500)
      expect(p99).toBeLessThan(450)
    },
  },
  {
    name: 'a pool that stops for a while is as good as before afterwards',
    run(sources) {
      const query = (ms: number): number => (ms > 6_000 && ms < 9_000 ? 9_000 - ms + 20 : 20)
      const work = () => ({ before: 0.1, pooled: query, after: 0.1 })
      const { perSecond } = play(sources, pool, 0.7, { work, lengthMs: 18_000, fromMs: 0, seed: 5 })
      for (const second of perSecond.slice(12, 17)) expect(second).toBeGreaterThan(0.8 * 350)
    },
  },
  {
    name: 'a crowd that comes at once is let in',
    run(sources) {
      const rate = (ms: number): number => (ms > 5_000 && ms < 5_040 ? 1_000 : 100)
      expect(play(sources, pool, 1, { rate, fromMs: 0 }).refused).toBe(0)
    },
  },
  {
    name: 'what takes much at the begin of its life is let in once it is known',
    run(sources) {
      const many = loads.find(({ connections }) => connections === 100) as SimulatedLoad
      expect(play(sources, many, 0.7, { shed: { initialConcurrency: 5 }, fromMs: 6_000 }).refused).toBe(0)
    },
  },
  {
    name: 'a loop that is blocked for once refuses nobody',
    run(sources) {
      const work = (index: number) => ({ before: index === 600 ? 500 : 5, pooled: 0, after: 0 })
      expect(play(sources, cpu, 0.5, { work, fromMs: 0 }).refused).toBe(0)
    },
  },
]
