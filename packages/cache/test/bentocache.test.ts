import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createCache } from '../src/index.ts'
import { createRedisTier } from '../src/redis.ts'
import { bentocache, simulateTime } from './bentocache-subject.ts'
import { exploreCache, runCacheSchedule } from './explore/explore-cache.ts'
import { toCacheSubject } from './explore/our-subject.ts'
import type { CachePlan } from './explore/plan.ts'
import type { CacheStep, ReadStep, WriteStep } from './explore/steps.ts'

let stop: () => void
beforeAll(() => {
  stop = simulateTime()
})
afterAll(() => stop())

const ours = toCacheSubject({ createCache, createRedisTier })

/** A failure of bentocache, as short as the explorer made it. */
interface Case {
  readonly name: string
  /** Which promise it breaks. */
  readonly rule: RegExp
  readonly plan?: Partial<CachePlan>
  readonly steps: readonly CacheStep[]
}

const CASES: readonly Case[] = [
  {
    name: 'delete while the loader of the same key runs: the old value is stored afterwards',
    rule: /own change|lost invalidation/,
    steps: [read(0, 40), wait(5), write('delete', 0), wait(100), read(0)],
  },
  {
    name: 'set while a loader runs: the old value is stored over it',
    rule: /own change|lost invalidation/,
    steps: [read(0, 40), wait(5), write('set', 0), wait(100), read(0)],
  },
  {
    name: 'a tag invalidated while a loader runs: lost',
    rule: /own change|lost invalidation/,
    steps: [read(0, 40), wait(5), write('tag', 0), wait(100), read(0)],
  },
  {
    name: 'delete on one node while another one loads: the old value is stored afterwards',
    rule: /C1|lost invalidation/,
    steps: [read(1, 40), wait(5), write('delete', 0), wait(400), read(1)],
  },
  {
    name: 'delete while the subscriber of another node reconnects: stale until the ttl',
    rule: /C1|lost invalidation/,
    steps: [
      read(1),
      wait(20),
      { do: 'refuse', node: 1, server: 0, forMs: 100 },
      wait(20),
      write('delete', 0),
      wait(20),
    ],
  },
  {
    name: 'a tag invalidated by a node whose clock is 5 s late: lost',
    rule: /C1|lost invalidation/,
    plan: { isCalm: true },
    steps: [{ do: 'set wall clock', node: 0, byMs: -5_000 }, read(1), wait(20), write('tag', 0), wait(1_000), read(1)],
  },
  {
    name: 'two nodes, one cold key: two loads',
    rule: /C4 one load/,
    plan: { isCalm: true },
    steps: [read(0, 40), read(1, 40)],
  },
  {
    name: 'the server accepts and never answers: hangs',
    rule: /C5 time/,
    steps: [{ do: 'pause', server: 0, forMs: 60_000 }, read(0), wait(4_000), wait(4_000)],
  },
  {
    name: 'delete while the server is down: lost, and says that it was done',
    rule: /C5 time|C1|lost invalidation/,
    steps: [
      read(1),
      wait(20),
      { do: 'crash', server: 0, isSilent: false, forMs: 300, data: 'everything' },
      write('delete', 0),
      wait(4_000),
    ],
  },
  {
    name: 'a failing loader with callers that wait runs one after the other',
    rule: /C4 backoff|C4 one load/,
    plan: { isCalm: true },
    steps: [read(0, 20, 'throw'), read(0, 20, 'throw'), read(0, 20, 'throw'), wait(400)],
  },
]

describe('bentocache:', () => {
  test.for(CASES)('$name', async ({ rule, plan = {}, steps }) => {
    const problem = await runCacheSchedule(bentocache, plan, steps)
    expect(problem?.rule).toMatch(rule)
  })
})

describe('createCache() holds where bentocache does not:', () => {
  test.for(CASES)('$name', async ({ plan = {}, steps }) => {
    expect(await runCacheSchedule(ours, plan, steps)).toBeUndefined()
  })
})

describe('exploreCache() finds by itself of bentocache', () => {
  const SEARCHES: readonly {
    name: string
    rule: RegExp
    only: (step: CacheStep) => boolean
    plan?: Partial<CachePlan>
  }[] = [
    {
      name: 'that changes are lost while loaders run',
      rule: /own change|C1|lost/,
      only: kinds('read', 'write', 'wait'),
    },
    { name: 'that each process loads', rule: /C4/, only: kinds('read', 'wait'), plan: { ttlMs: 600_000, graceMs: 0 } },
    {
      name: 'that it hangs',
      rule: /C5|leftover/,
      only: kinds('read', 'pause', 'wait'),
      plan: { nodes: 1, isCalm: false },
    },
  ]
  test.for(SEARCHES)('$name', async ({ rule, only, plan = { isCalm: true } }) => {
    const { failure } = await exploreCache(bentocache, { schedules: 400, plan, only, shrinkRuns: 60 })
    expect(failure?.problem.rule).toMatch(rule)
    expect(failure?.steps.length).toBeLessThanOrEqual(8)
    const { failure: own } = await exploreCache(ours, { schedules: 20, plan, only })
    expect(own?.text).toBeUndefined()
  })
})

function read(node: number, afterMs = 0, end: ReadStep['end'] = 'value'): CacheStep {
  return { do: 'read', how: 'getOrSet', node, key: 0, beforeMs: 0, afterMs, end, tagsInside: false }
}

function write(how: WriteStep['how'], node: number): CacheStep {
  return { do: 'write', how, node, key: 0, isNew: true }
}

function wait(ms: number): CacheStep {
  return { do: 'wait', ms }
}

function kinds(...wanted: readonly CacheStep['do'][]): (step: CacheStep) => boolean {
  return (step) => wanted.includes(step.do) && !(step.do === 'read' && step.end !== 'value')
}
