import { describe, expect, test } from 'vitest'
import { ceilingOf, loads, type SimulatedLoad } from './simulation/loads.ts'
import { type SimulationResult, simulate } from './simulation/simulate.ts'

const SEEDS = 2 * Number(process.env.SOAK ?? 1)
const LENGTH_MS = 14_000
/** Until then it may still learn. */
const FROM_MS = 3_000
const SECONDS = (LENGTH_MS - FROM_MS) / 1_000

function play(load: SimulatedLoad, times: number, seed: number, rest = {}): SimulationResult {
  const rate = (): number => times * ceilingOf(load)
  return simulate({ ...load, rate, lengthMs: LENGTH_MS, fromMs: FROM_MS, seed, ...rest })
}

describe.each(loads)('$name', (load) => {
  test('nothing is refused at 0.7 of what it can do', () => {
    for (let seed = 1; seed <= 4 * SEEDS; seed++) expect(play(load, 0.7, seed).refused, `seed ${seed}`).toBe(0)
  })

  test.each([2, 4, 10])('at %d times of it, what it does stays the same, and quick', (times) => {
    const unloaded = play(load, 0.1, 1, { shed: false, lengthMs: 30_000 })
    for (let seed = 1; seed <= SEEDS; seed++) {
      const { goodput, variation, p99, refused } = play(load, times, seed)
      const ceiling = ceilingOf(load, refused / SECONDS)
      expect(goodput / ceiling, `seed ${seed}`).toBeGreaterThan(0.93)
      expect(variation, `seed ${seed}`).toBeLessThan(0.16)
      expect(p99 / unloaded.p99, `seed ${seed}`).toBeLessThan(3.5)
    }
  })

  test('without it, it does nothing in time at twice of it', () => {
    expect(play(load, 2, 1, { shed: false }).perSecond.at(-1)).toBeLessThan(0.05 * ceilingOf(load))
  })

  test('once the load is back to 0.7, refusing ends', () => {
    for (let seed = 1; seed <= SEEDS; seed++) {
      const rate = (ms: number): number => (ms < 6_000 ? 4 : 0.7) * ceilingOf(load)
      const { refused } = play(load, 1, seed, { rate, fromMs: 8_000 })
      expect(refused, `seed ${seed}`).toBe(0)
    }
  })

  test('it is soon over a sudden load', () => {
    for (let seed = 1; seed <= SEEDS; seed++) {
      const rate = (ms: number): number => (ms < 5_000 ? 0.5 : 4) * ceilingOf(load)
      const { perSecond } = play(load, 1, seed, { rate, fromMs: 0 })
      for (const second of perSecond.slice(7, 13))
        expect(second / ceilingOf(load, 3 * ceilingOf(load)), `seed ${seed}`).toBeGreaterThan(0.75)
    }
  })
})

const pool = loads[3] as SimulatedLoad

test('a pool that gets slower is followed down and up again', () => {
  const slow = (ms: number): number => (ms > 6_000 && ms < 12_000 ? 3 : 1)
  const work = () => ({ before: 0.1, pooled: (ms: number) => 20 * slow(ms), after: 0.1 })
  const { perSecond, p99 } = simulate({ ...pool, work, rate: () => 1_000, lengthMs: 20_000, seed: 3 })
  for (const second of perSecond.slice(8, 12)) expect(second).toBeGreaterThan(0.85 * (500 / 3))
  for (const second of perSecond.slice(14, 19)) expect(second).toBeGreaterThan(0.9 * 500)
  expect(p99).toBeLessThan(400)
})

test('a pool that stops for a while holds up no more than may be under way', () => {
  const query = (ms: number): number => (ms > 6_000 && ms < 9_000 ? 9_000 - ms + 20 : 20)
  const work = () => ({ before: 0.1, pooled: query, after: 0.1 })
  const { perSecond } = simulate({ ...pool, work, rate: () => 350, lengthMs: 18_000, seed: 5 })
  for (const second of perSecond.slice(11, 17)) expect(second).toBeGreaterThan(0.85 * 350)
})

test('a loop that is blocked for half a second refuses nobody at half of what it can do', () => {
  const cpu = loads[0] as SimulatedLoad
  const work = (index: number) => ({ before: index === 600 ? 500 : 5, pooled: 0, after: 0 })
  const { refused } = simulate({ ...cpu, work, rate: () => 100, lengthMs: 12_000, seed: 1 })
  expect(refused).toBe(0)
})

test('a crowd that comes at once is let in, if it is no more than can be done soon', () => {
  const rate = (ms: number): number => (ms > 5_000 && ms < 5_040 ? 1_000 : 100)
  const { refused } = simulate({ ...pool, rate, lengthMs: 8_000, seed: 1 })
  expect(refused).toBe(0)
})

test.each(loads)('few clients that ask without a pause are never refused: $name', (load) => {
  for (let seed = 1; seed <= SEEDS; seed++) {
    const { refused } = simulate({ ...load, rate: { clients: 12 }, lengthMs: 12_000, seed })
    expect(refused, `seed ${seed}`).toBe(0)
  }
})

test.each(loads)('nor on a machine that stops the process now and then: $name', (load) => {
  const pauseMs = (random: () => number): number => (random() < 0.02 ? 150 * random() : 0)
  for (let seed = 1; seed <= SEEDS; seed++) {
    const { refused } = simulate({ ...load, rate: { clients: 12 }, pauseMs, lengthMs: 12_000, seed })
    expect(refused, `seed ${seed}`).toBe(0)
  }
})
