import type { HttpExchange } from '@breakwater/core'
import { expect } from 'vitest'
import type { ShedPriority } from '../src/lib/shed/priority.ts'
import type * as module from './shed-module.ts'

/** The sources, or a copy of them with a fault. */
export type ShedModule = typeof module

/** Something that must hold. */
export interface ShedCase {
  readonly name: string
  /** Throws if it does not. */
  readonly run: (sources: ShedModule) => void
}

/** The path says the priority. */
const byPath = { priority: ({ path }: HttpExchange) => path.slice(1) as ShedPriority }

const counts: readonly ShedCase[] = [
  {
    name: 'requests are counted once, whatever comes of them',
    run({ createShedSubject }) {
      const { shedder, request } = createShedSubject({ maxConcurrency: 3 })
      const [first, second, , refused] = [request(), request(), request(), request()]
      for (const { head, end } of [first, refused]) {
        head()
        end()
        end()
      }
      expect(shedder.underWay).toBe(2)
      second.end()
      second.head()
      expect(shedder.underWay).toBe(1)
      expect(shedder.takeResponseTimes().requests).toBe(2)
      expect(shedder.takeResponseTimes().requests).toBe(0)
    },
  },
  {
    name: 'vital requests are let in, and not counted',
    run({ createShedSubject }) {
      const { letIn, shedder } = createShedSubject({ ...byPath, maxConcurrency: 1 })
      expect(letIn(9, { path: '/vital' })).toBe(9)
      expect(shedder.underWay).toBe(0)
    },
  },
  {
    name: 'the more a request matters, the more of its kind are let in',
    run({ createShedSubject }) {
      const letIn = (path: string, most?: number): number =>
        createShedSubject({ ...byPath, maxConcurrency: most }).letIn(1_000, { path })
      expect(letIn('/normal')).toBeGreaterThan(letIn('/low'))
      expect(letIn('/high')).toBeGreaterThan(letIn('/normal'))
      expect(letIn('/low', 1)).toBe(1)
      expect(letIn('/normal', 7)).toBe(7)
    },
  },
  {
    name: 'the more a request matters, the longer it may wait in a turn',
    run({ createShedSubject }) {
      const waits = ['/low', '/normal', '/high'].map((path) => {
        const { idle, work, request } = createShedSubject(byPath)
        idle(1_000)
        let ms = 0
        while (ms < 5_000 && request({ path }).reply === undefined) work(++ms && 1)
        return ms
      })
      expect(waits).toEqual([...waits].sort((a, b) => a - b))
      expect(new Set(waits).size).toBe(3)
    },
  },
  {
    name: 'a turn that does not end is noticed, and the next one is another one',
    run({ createShedSubject }) {
      const { idle, work, request } = createShedSubject()
      idle(1_000)
      for (let ms = 0; ms < 2_000; ms += 25) {
        request().head()
        work(25)
      }
      expect(request().reply).toBeDefined()
      idle(0)
      expect(request().reply).toBeUndefined()
    },
  },
  {
    name: 'priorities that are none are told once, and normal',
    run({ createShedSubject }) {
      for (const priority of [() => 'urgent' as never, () => expect.fail()]) {
        const { letIn, events } = createShedSubject({ priority, maxConcurrency: 2 })
        expect(letIn(5)).toBe(2)
        expect(events.map(({ type }) => type)).toEqual(['priority:failed', 'shedding:started'])
      }
    },
  },
  {
    name: 'shedding begins and ends once, with its own numbers',
    run({ createShedSubject }) {
      const { letIn, idle, shedder, events } = createShedSubject({ maxConcurrency: 1 })
      letIn(1)
      for (const expected of [5, 2]) {
        letIn(expected - 1)
        idle(500)
        letIn(1)
        idle(800)
        shedder.refresh()
        expect(events.splice(0).map(({ type }) => type)).toEqual(['shedding:started'])
        idle(1_000)
        shedder.refresh()
        expect(events.splice(0)).toEqual([{ type: 'shedding:ended', refused: expected, lastedMs: 500 }])
      }
    },
  },
  {
    name: 'only what was answered well says how long it takes',
    run({ createShedSubject }) {
      const { request, idle, number } = createShedSubject()
      for (let index = 0; index < 1_000; index++) {
        const { head, end } = request({ status: index % 2 === 0 ? 500 : 200 })
        idle(10)
        if (index % 2 === 0) head()
        end()
      }
      expect(number('monitor_request_floor_seconds')).toBeUndefined()
    },
  },
  {
    name: 'clients are sent away for different times, that nobody can change',
    run({ Refusals }) {
      const refusals = new Refusals(30)
      const spread = (demandRatio: number): number =>
        new Set(Array.from({ length: 200 }, () => refusals.next(demandRatio))).size
      expect(spread(3)).toBeGreaterThan(1)
      expect(spread(10)).toBeGreaterThan(spread(3))
      expect(Object.isFrozen(refusals.next(1))).toBe(true)
    },
  },
  {
    name: 'probes are vital, and what sounds alike is not',
    run({ defaultPriority }) {
      const of = (path: string): string => defaultPriority({ path } as HttpExchange)
      expect([of('/health/db'), of('/healthy-food'), of('/')]).toEqual(['vital', 'normal', 'normal'])
    },
  },
]

const loop: readonly ShedCase[] = [
  {
    name: 'what refusing costs is not what requests cost',
    run({ LoopGate }) {
      for (const [refusalMs, costMs] of [
        [0.001, 5],
        [0.5, 2.5],
      ] as const) {
        let [nowMs, turns] = [1_000, 0]
        const gate = new LoopGate({ idleMs: () => 0, turns: () => turns, connections: () => 0 }, nowMs)
        for (let looks = 0; looks < 500; looks++) {
          turns++
          gate.isLate(nowMs, 1)
          for (let index = 0; index < 20; index++) gate.refuse(nowMs + index * refusalMs)
          gate.admit()
          nowMs += 20
          gate.look(nowMs, 24, 4)
        }
        expect(gate.costMs / costMs).toBeCloseTo(1, 1)
      }
    },
  },
  {
    name: 'nobody is late in a turn that is long without requests',
    run({ LoopGate }) {
      let turns = 0
      const gate = new LoopGate({ idleMs: () => 0, turns: () => turns, connections: () => 0 }, 1_000)
      for (let nowMs = 1_000; nowMs < 6_000; nowMs += 20) gate.look(nowMs, 8, 4)
      turns++
      expect(gate.isLate(6_000, 1)).toBe(false)
      expect(gate.isLate(16_000, 1)).toBe(false)
      for (let index = 0; index < 100; index++) gate.admit()
      expect(gate.isLate(16_000, 1)).toBe(true)
    },
  },
  {
    name: 'connections that wait to be accepted are seen, and those that come now and then are none',
    run({ LoopGate }) {
      for (const [perLook, isLate] of [
        [1, true],
        [0.4, false],
      ] as const) {
        let [nowMs, turns, connections] = [1_000, 0, 0]
        const gate = new LoopGate({ idleMs: () => 0, turns: () => turns, connections: () => connections }, nowMs)
        for (let looks = 0; looks < 500; looks++) {
          turns++
          connections += perLook
          nowMs += 20
          gate.look(nowMs, 4, 4)
        }
        turns++
        gate.isLate(nowMs, 1)
        for (let index = 0; index < 5; index++) gate.admit()
        expect(gate.isLate(nowMs + 50, 1)).toBe(isLate)
      }
    },
  },
  {
    name: 'a refusal that was held up is not what all of them cost',
    run({ LoopGate }) {
      let [nowMs, turns] = [1_000, 0]
      const gate = new LoopGate({ idleMs: () => 0, turns: () => turns, connections: () => 0 }, nowMs)
      for (let looks = 0; looks < 100; looks++) {
        turns++
        for (let index = 0; index < 100; index++) gate.refuse(nowMs + index * 0.05)
        if (looks === 99) gate.refuse(nowMs + 10)
        nowMs += 20
        gate.look(nowMs, 107, 7)
      }
      expect(gate.costMs).toBeGreaterThan(2)
    },
  },
  {
    name: 'what is done between refusals is not what they cost',
    run({ LoopGate }) {
      let nowMs = 1_000
      const gate = new LoopGate({ idleMs: () => 0, turns: () => 1, connections: () => 0 }, nowMs)
      for (let looks = 0; looks < 500; looks++) {
        for (let index = 0; index < 5; index++) {
          gate.refuse(nowMs)
          gate.admit()
          nowMs += 4
        }
        gate.look(nowMs, 10, 5)
      }
      expect(gate.costMs).toBeCloseTo(4, 0)
    },
  },
]

/** What must hold of counting, priorities, events and the loop's gate. */
export const countingCases: readonly ShedCase[] = [...counts, ...loop]
