import { createRandom } from '@breakwater/testing/simulation'
import { expect } from 'vitest'
import type { ShedCase } from './shed-cases.ts'

/** What must hold of how many may be under way. */
export const learningCases: readonly ShedCase[] = [
  {
    name: 'what has ended says nothing of those who came later',
    run({ LimitLoad }) {
      const { limit } = new LimitLoad()
      for (let nowMs = 10_000; nowMs < 40_000; nowMs += 10) limit.end(limit.start(1, nowMs), 10, '/a', 1, nowMs)
      const late = limit.start(1, 50_000)
      limit.look(80_000, 0, 0, undefined)
      for (let index = 0; index < 500; index++) limit.end(late, 10_000, '/a', 1, 80_000)
      expect(limit.floorMs).toBeCloseTo(10)
    },
  },
  {
    name: 'what got busy meanwhile does not say how long requests take',
    run({ LimitLoad }) {
      const load = new LimitLoad()
      load.run(5_000, { underWay: 2, tookMs: () => 10 })
      for (let round = 0; round < 5; round++) {
        load.wait(1_500)
        const ids = Array.from({ length: 400 }, () => load.limit.start(1, load.nowMs))
        for (const id of ids) load.limit.end(id, 100, '/a', 500, load.nowMs)
      }
      expect(load.limit.floorMs).toBeCloseTo(10)
    },
  },
  {
    name: 'one that hangs does not say how long requests take',
    run({ LimitLoad }) {
      const { limit } = new LimitLoad()
      for (let index = 0; index < 2_000; index++) {
        const nowMs = 10_000 + 10 * index
        limit.end(limit.start(1, nowMs), index % 200 === 199 ? 100_000 : 10, '/a', 1, nowMs)
      }
      expect(limit.floorMs).toBeLessThan(20)
    },
  },
  {
    name: 'times that vary say less than others',
    run({ Cohort }) {
      const noiseOf = (...times: readonly number[]): number => {
        const cohort = new Cohort(1, 2)
        cohort.open(1_000, 4)
        for (const tookMs of times) {
          cohort.start(1_000, 1)
          cohort.measure(tookMs, 10)
        }
        cohort.conclude()
        return cohort.noise
      }
      expect(noiseOf(1, 19, 1, 19)).toBeGreaterThan(noiseOf(10, 10, 10, 10))
      expect(noiseOf(1, 39, 1, 39)).toBeGreaterThan(noiseOf(5, 15, 5, 15))
    },
  },
  {
    name: 'times that merely vary are mostly taken for no queue',
    run({ LimitLoad }) {
      let [runs, fallen] = [0, 0]
      for (const seed of [1, 2, 3]) {
        for (const isSlowSometimes of [false, true]) {
          const random = createRandom(seed)
          const slowSometimes = (): number => (random() < 0.1 ? 110 : 10)
          const tookMs = isSlowSometimes ? slowSometimes : () => -Math.log(1 - random()) * 20
          const load = new LimitLoad({ initial: 60, max: 60 })
          load.run(20_000, { underWay: 2, tookMs })
          const before = load.limit.limit
          for (let run = 0; run < 100; run++, runs++) {
            load.run(200, { underWay: 60, tookMs })
            if (load.limit.limit < before) fallen++
          }
        }
      }
      expect(fallen / runs).toBeLessThan(0.22)
    },
  },
  {
    name: 'the limit does not fall below what was measured without a queue',
    run({ LimitLoad }) {
      const load = new LimitLoad()
      load.run(5_000, { underWay: 40, tookMs: () => 10 })
      for (let run = 0; run < 10; run++) {
        load.run(250, { underWay: 200, tookMs: () => 40, wanted: 1.5 })
        expect(load.limit.limit).toBeGreaterThan(40)
      }
    },
  },
  {
    name: 'what gets faster or slower is followed',
    run({ LimitLoad }) {
      const load = new LimitLoad()
      load.run(5_000, { underWay: 2, tookMs: () => 10 })
      load.run(5_000, { underWay: 99, tookMs: () => 2 })
      expect(load.limit.floorMs).toBeLessThan(5)
      load.run(5_000, { underWay: 2, tookMs: () => 50 })
      expect(load.limit.floorMs).toBeGreaterThan(30)
      load.run(20_000, { underWay: 2, tookMs: () => 65 })
      expect(load.limit.floorMs).toBeGreaterThan(60)
    },
  },
  {
    name: 'requests that do not end are too many',
    run({ LimitLoad }) {
      const load = new LimitLoad({ initial: 50 })
      load.run(5_000, { underWay: 2, tookMs: () => 10 })
      load.run(2_000, { underWay: 49, tookMs: () => 10 })
      const before = load.limit.limit
      load.wait(500)
      for (let underWay = 50; underWay < 150; underWay++) load.limit.start(underWay, load.nowMs)
      load.wait(20_000)
      expect(load.limit.limit).toBeLessThan(0.7 * before)
    },
  },
  {
    name: 'a gate is raised again though nothing ends',
    run({ LimitLoad, pool }) {
      const load = new LimitLoad()
      const full = { underWay: 1_000, tookMs: pool(40, 10), wanted: 3 }
      load.run(5_000, { underWay: 2, tookMs: () => 10 })
      load.run(8_000, full)
      const before = load.limit.gate
      for (let ms = 0; ms < 30_000 && load.lowest > 0.7 * before; ms += 20) load.run(20, full)
      expect(load.lowest).toBeLessThan(0.7 * before)
      for (let looks = 0; looks < 250; looks++) load.come(10, 1, 1_000)
      expect(load.limit.gate).toBeGreaterThan(0.7 * before)
    },
  },
  {
    name: 'a gate is raised at once when nobody is refused any more',
    run({ LimitLoad, pool }) {
      const load = new LimitLoad()
      for (let ms = 0; ms < 5_000 && load.limit.gate > 60; ms += 20)
        load.run(20, { underWay: 1_000, tookMs: pool(20, 10), wanted: 3 })
      expect(load.limit.gate).toBeLessThanOrEqual(60)
      for (let looks = 0; looks < 25; looks++) load.come(50, 50, 2)
      expect(load.limit.gate).toBeGreaterThan(60)
    },
  },
  {
    name: 'another mix of routes is no queue',
    run({ LimitLoad }) {
      const load = new LimitLoad({ initial: 50 })
      const isSlow = (index: number): boolean => index % 10 === 0
      const tookMs = (_: number, index: number): number => (isSlow(index) ? 200 : 5)
      load.run(20_000, { underWay: 2, tookMs, route: (index) => (isSlow(index) ? '/slow' : '/quick') })
      const before = load.limit.limit
      load.run(10_000, { underWay: 49, tookMs: () => 200, route: () => '/slow' })
      expect(load.limit.limit).toBeGreaterThanOrEqual(before)
    },
  },
  {
    name: 'no more than the most are under way, and routes have an end',
    run({ LimitLoad, Floors }) {
      const load = new LimitLoad({ initial: 20, max: 20 })
      load.run(10_000, { underWay: 500, tookMs: () => 10, wanted: 2 })
      expect(load.highest).toBeLessThanOrEqual(20)
      const floors = new Floors()
      for (let index = 0; index < 3_000; index++) floors.learn(`/${index}`, 10 + index)
      floors.settle(undefined)
      expect(floors.of('/2999')).toBe(floors.meanMs)
      floors.learn('/0', 1e6)
      floors.discard()
      floors.settle(undefined)
      expect(floors.of('/0')).toBe(10)
    },
  },
  {
    name: 'a probe rests, unless it can look deeper',
    run({ Probe }) {
      const probe = new Probe()
      probe.begin(100_000, 20)
      probe.end(100_100)
      expect(probe.isDue(100_200, 20, 100_100, 20, true)).toBe(false)
      expect(probe.isDue(100_200, 2, 100_100, 20, true)).toBe(true)
      expect(probe.isDue(900_000, 20, 100_100, 20, false)).toBe(true)
    },
  },
]
