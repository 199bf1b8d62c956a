import { createRandom } from '@breakwater/testing/simulation'
import { expect, test } from 'vitest'
import { LimitLoad, pool } from '../../../../test/support/limit-load.ts'
import { UNMEASURED } from './concurrency-limit.ts'

const quiet = { underWay: 2, tookMs: () => 10 }

/** A limit that knows how long a request takes. */
function learned(bounds?: ConstructorParameters<typeof LimitLoad>[0]): LimitLoad {
  const load = new LimitLoad(bounds)
  load.run(5_000, quiet)
  return load
}

test('floorMs is not known before requests have ended', () => {
  const { limit } = new LimitLoad()
  expect(limit.floorMs).toBeUndefined()
  expect([limit.demandRatio, limit.isFull]).toEqual([0, false])
})

test('floorMs is how long requests take while few are under way', () => {
  expect(learned().limit.floorMs).toBeCloseTo(10)
})

test('floorMs follows what gets slower while few are under way', () => {
  const load = learned()
  load.run(5_000, { ...quiet, tookMs: () => 40 })
  expect(load.limit.floorMs).toBeCloseTo(40, 0)
})

test('floorMs takes no notice of what got busy meanwhile', () => {
  const load = learned()
  for (let round = 0; round < 5; round++) {
    load.run(40, { underWay: 2, tookMs: () => 10 })
    load.run(500, { underWay: 500, tookMs: () => 1_000 })
    load.drain(1_000)
    load.wait(1_500)
  }
  expect(load.limit.floorMs).toBeLessThan(15)
})

test('floorMs takes no notice of one that hangs', () => {
  const load = new LimitLoad()
  load.run(20_000, { underWay: 2, tookMs: (_, index) => (index === 200 ? 100_000 : 10) })
  expect(load.limit.floorMs).toBeLessThan(15)
})

test('floorMs follows what gets much faster, though many are under way', () => {
  const load = learned()
  load.run(5_000, { underWay: 99, tookMs: () => 2 })
  expect(load.limit.floorMs).toBeLessThan(5)
})

test('gate lets in what is taken for harmless while nothing is known, and a burst', () => {
  for (const initial of [1, 10, 100]) expect(new LimitLoad({ initial }).limit.gate).toBeGreaterThan(initial)
})

test('gate is never over the most', () => {
  const load = learned({ initial: 20, max: 20 })
  expect(load.limit.gate).toBe(20)
  load.run(10_000, { underWay: 500, tookMs: () => 10, wanted: 2 })
  expect(load.highest).toBeLessThanOrEqual(20)
})

test('gate is whole and at least one, whatever is learned', () => {
  const load = learned({ initial: 1 })
  load.run(10_000, { underWay: 50, tookMs: pool(1, 10), wanted: 10 })
  expect(load.lowest).toBeGreaterThanOrEqual(1)
  expect(Number.isInteger(load.limit.gate)).toBe(true)
})

test.for([5, 20, 80])('limit comes near to what %d workers can do, and leaves a short queue', (workers) => {
  const load = learned()
  load.run(20_000, { underWay: 1_000, tookMs: pool(workers, 10), wanted: 3 })
  expect(load.limit.limit).toBeGreaterThan(workers)
  expect(load.limit.limit).toBeLessThan(1.5 * workers + 5)
  expect(load.highest).toBeGreaterThanOrEqual(workers)
})

test('limit grows while there is no queue', () => {
  const load = learned({ initial: 5 })
  load.run(10_000, { underWay: 200, tookMs: () => 10 })
  expect(load.limit.limit).toBeGreaterThan(200)
})

test('limit grows while too much is wanted, up to what can be done', () => {
  const load = learned({ initial: 5 })
  load.run(20_000, { underWay: 1_000, tookMs: pool(60, 10), wanted: 3 })
  expect(load.limit.limit).toBeGreaterThan(60)
})

test('limit does not grow by itself where few are under way', () => {
  const load = learned({ initial: 5 })
  const { limit } = load.limit
  load.run(20_000, quiet)
  expect(load.limit.limit).toBeLessThanOrEqual(1.5 * limit)
})

test('limit stays where slow routes are wanted instead of quick ones', () => {
  const load = new LimitLoad({ initial: 50 })
  const slow = (index: number): boolean => index % 10 === 0
  const route = (index: number): string => (slow(index) ? '/slow' : '/quick')
  load.run(20_000, { underWay: 2, tookMs: (_, index) => (slow(index) ? 200 : 5), route })
  const before = load.limit.limit
  load.run(10_000, { underWay: 49, tookMs: () => 200, route: () => '/slow' })
  expect(load.limit.limit).toBeGreaterThanOrEqual(before)
})

test('limit is not lowered by times that merely vary', () => {
  const random = createRandom(1)
  const tookMs = (): number => -Math.log(1 - random()) * 20
  const load = new LimitLoad({ initial: 50 })
  load.run(20_000, { underWay: 2, tookMs })
  load.run(20_000, { underWay: 49, tookMs })
  expect(load.limit.limit).toBeGreaterThan(40)
})

test('limit is lowered by requests that do not end', () => {
  const load = learned({ initial: 50 })
  load.run(2_000, { underWay: 49, tookMs: () => 10 })
  const before = load.limit.limit
  load.wait(500)
  for (let underWay = 50; underWay < 150; underWay++) load.limit.start(underWay, load.nowMs)
  load.wait(20_000)
  expect(load.limit.limit).toBeLessThan(0.7 * before)
})

test('limit is that of the loop while that is less, and only then', () => {
  const load = learned()
  const before = load.limit.limit
  const loop = { demandRatio: 3, costMs: 2, budgetMs: 4 }
  load.limit.look(load.nowMs, 300, 100, loop)
  expect(load.limit.limit).toBeGreaterThan(5)
  expect(load.limit.limit).toBeLessThan(10)
  expect(load.limit.isFull).toBe(true)
  load.limit.look(load.nowMs + 20, 10, 10, undefined)
  expect(load.limit.limit).toBe(before)
})

test('limit takes no loop for too small that costs nothing', () => {
  const load = learned()
  const before = load.limit.limit
  load.limit.look(load.nowMs, 1, 1, { demandRatio: 3, costMs: 0, budgetMs: 4 })
  expect(load.limit.limit).toBe(before)
})

test('demandRatio says how much more comes than can be done', () => {
  const load = learned({ initial: 20 })
  load.run(20_000, { underWay: 1_000, tookMs: pool(20, 10), wanted: 4 })
  expect(load.limit.demandRatio).toBeGreaterThan(3)
  expect(load.limit.demandRatio).toBeLessThan(5)
  expect(load.limit.isFull).toBe(true)
  load.drain(10)
  load.run(5_000, quiet)
  expect(load.limit.isFull).toBe(false)
})

test('gate is lowered for a moment where nobody knows how long requests take', () => {
  const load = new LimitLoad()
  load.run(20_000, { underWay: 1_000, tookMs: pool(20, 10), wanted: 3 })
  expect(load.lowest).toBeLessThan(60)
  expect(load.limit.floorMs).toBeLessThan(13)
  expect(load.limit.limit).toBeLessThan(40)
})

test('gate is lowered again and again while too much is wanted, and mostly is not', () => {
  const load = learned()
  load.run(20_000, { underWay: 1_000, tookMs: pool(40, 10), wanted: 3 })
  let lowered = 0
  for (let ms = 0; ms < 60_000; ms += 50) {
    load.run(50, { underWay: 1_000, tookMs: pool(40, 10), wanted: 3 })
    if (load.lowest < 30) lowered++
  }
  expect(lowered).toBeGreaterThan(0)
  expect(lowered).toBeLessThan(0.1 * (60_000 / 50))
})

test('gate is never lowered while it is not too much', () => {
  const load = learned({ initial: 50 })
  load.run(60_000, { underWay: 30, tookMs: () => 10 })
  expect(load.lowest).toBeGreaterThan(50)
})

test('gate is raised as soon as it is not too much any more', () => {
  const load = new LimitLoad()
  while (load.limit.gate > 60) load.run(20, { underWay: 1_000, tookMs: pool(20, 10), wanted: 3 })
  load.wait(2_000)
  expect(load.limit.gate).toBeGreaterThan(60)
})

test('gate is raised where those that were let in do not end', () => {
  const load = learned()
  load.run(8_000, { underWay: 1_000, tookMs: pool(40, 10), wanted: 3 })
  const before = load.limit.gate
  while (load.lowest > 30) load.run(20, { underWay: 1_000, tookMs: pool(40, 10), wanted: 3 })
  for (let looks = 0; looks < 250; looks++) load.come(10, 1, 1_000)
  expect(load.limit.gate).toBeGreaterThan(0.5 * before)
})

test('start() measures neither what begins with some, nor more than are wanted', () => {
  const { limit } = learned()
  expect(limit.start(70, 20_000)).toBe(UNMEASURED)
  const ids = Array.from({ length: 2_000 }, () => limit.start(1, 20_000))
  expect(ids[0]).not.toBe(UNMEASURED)
  expect(ids.at(-1)).toBe(UNMEASURED)
})

test('end() takes no notice of whom nobody waits for any more', () => {
  const { limit } = learned()
  const id = limit.start(1, 20_000)
  limit.look(50_000, 0, 0, undefined)
  for (let index = 0; index < 1_000; index++) limit.end(id, 10_000, '/a', 1, 50_000)
  expect(limit.floorMs).toBeCloseTo(10)
})

test('end() learns nothing of times that are none', () => {
  const load = new LimitLoad()
  for (let index = 0; index < 1_000; index++) {
    load.limit.end(load.limit.start(1, load.nowMs), undefined, '/a', 1, load.nowMs)
    load.nowMs += 10
  }
  expect(load.limit.floorMs).toBeUndefined()
})
