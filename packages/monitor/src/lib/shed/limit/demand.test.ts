import { expect, test } from 'vitest'
import { Demand } from './demand.ts'

const EVERY_MS = 20
/** How many can be worked on at once. */
const KNEE = 10

/** What comes all the time. */
interface Load {
  /** In each 20 ms. */
  readonly arrived: number
  readonly admitted?: number
  readonly underWay: number
}

/** The ratio after some time in which it was always the same. */
function after(
  ms: number,
  { arrived, admitted = arrived, underWay }: Load,
  demand = new Demand(0),
  fromMs = 0,
): number {
  for (let now = fromMs + EVERY_MS; now <= fromMs + ms; now += EVERY_MS) {
    for (let index = 0; index < arrived; index++) demand.arrive(underWay, KNEE)
    demand.look(now, arrived, admitted, KNEE, 5)
  }
  return demand.ratio
}

test('ratio is nothing while nobody comes', () => {
  expect(new Demand(0).ratio).toBe(0)
  expect(after(1_000, { arrived: 0, underWay: 0 })).toBe(0)
})

test('ratio is the share of what can be worked on that arrivals find under way', () => {
  expect(after(1_000, { arrived: 4, underWay: 0 })).toBe(0)
  expect(after(1_000, { arrived: 4, underWay: 3 })).toBeCloseTo(0.3)
  expect(after(1_000, { arrived: 4, underWay: 9 })).toBeCloseTo(0.9)
})

test('ratio is one where all is taken, however long the queue is', () => {
  expect(after(1_000, { arrived: 4, underWay: 10 })).toBeCloseTo(1)
  expect(after(1_000, { arrived: 4, underWay: 500 })).toBeCloseTo(1)
})

test('ratio does not fall because of refusing', () => {
  expect(after(2_000, { arrived: 8, admitted: 4, underWay: 10 })).toBeCloseTo(2)
  expect(after(2_000, { arrived: 40, admitted: 4, underWay: 10 })).toBeCloseTo(10)
})

test('ratio stays finite where nobody is let in', () => {
  const ratio = after(2_000, { arrived: 10, admitted: 0, underWay: 10 })
  expect(ratio).toBeGreaterThan(10)
  expect(Number.isFinite(ratio)).toBe(true)
})

test('ratio falls once nobody comes any more', () => {
  const demand = new Demand(0)
  const before = after(2_000, { arrived: 8, admitted: 4, underWay: 10 }, demand)
  expect(before).toBeGreaterThan(1.5)
  expect(after(5_000, { arrived: 0, underWay: 0 }, demand, 2_000)).toBeLessThan(0.01)
})

test('ratio remembers longer where requests take longer', () => {
  const [quick, slow] = [new Demand(0), new Demand(0)]
  for (const demand of [quick, slow]) after(1_000, { arrived: 50, underWay: 10 }, demand)
  quick.look(3_000, 0, 0, KNEE, 5)
  slow.look(3_000, 0, 0, KNEE, 1_000)
  expect(slow.ratio).toBeGreaterThan(quick.ratio)
})

test('ratio is finite after a long time, and after none', () => {
  const demand = new Demand(0)
  demand.arrive(5, KNEE)
  demand.look(0, 1, 1, KNEE, 0)
  expect(demand.ratio).toBeCloseTo(0.5)
  demand.arrive(5, KNEE)
  demand.look(1e12, 1, 1, KNEE, 0)
  expect(demand.ratio).toBe(0)
})
