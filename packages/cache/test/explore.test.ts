import { expect, test } from 'vitest'
import { createCache } from '../src/index.ts'
import { createRedisTier } from '../src/redis.ts'
import { assertCache, exploreCache, runCacheSchedule } from './explore/explore-cache.ts'
import { toCacheSubject } from './explore/our-subject.ts'
import type { ReadStep, WriteStep } from './explore/steps.ts'

const SOAK = Number(process.env.SOAK ?? 1)
const schedules = SOAK >= 20 ? Math.max(1_000 * SOAK, 100_000) : 1_000 * SOAK
/** Another one each time when soaking, so that it does not look at the same schedules again and again. */
const seed = Number(process.env.SEED ?? (SOAK > 1 ? Date.now() % 1_000_000 : 1))
const ours = toCacheSubject({ createCache, createRedisTier })

test('createCache() keeps its promises in every schedule', { timeout: 60_000 + schedules * 200 }, async () => {
  const report = await assertCache(ours, { seed, schedules, steps: 40 })
  console.log(`cache: ${report.schedules} schedules, ${report.steps} steps, seed ${report.seed}`)
  expect(report.schedules).toBe(schedules)
})

test('exploreCache() gives the same report for the same seed', async () => {
  const [one, other] = [
    await exploreCache(ours, { seed: 5, schedules: 5 }),
    await exploreCache(ours, { seed: 5, schedules: 5 }),
  ]
  expect(one).toEqual(other)
})

/** Ours, but deleting says that it was done and does nothing. */
const forgetful = {
  ...ours,
  name: 'forgetful one',
  create: (setting: Parameters<typeof ours.create>[0]) => ({ ...ours.create(setting), delete: async () => 'applied' }),
}

test('exploreCache() finds a broken promise, and gives the shortest schedule that shows it', async () => {
  const { failure } = await exploreCache(forgetful)
  expect(failure?.steps.length).toBeLessThanOrEqual(4)
  expect(failure?.text).toContain('forgetful one: C')
  expect(failure?.text).toContain('of seed 1')
})

test('runCacheSchedule() finds the same again', async () => {
  const { failure } = await exploreCache(forgetful)
  const again = await runCacheSchedule(forgetful, failure?.plan ?? {}, failure?.steps ?? [])
  expect(again).toEqual(failure?.problem)
})

test('assertCache() rejects with the schedule', async () => {
  await expect(assertCache(forgetful, { shrinkRuns: 0 })).rejects.toThrow(/in schedule \d+ of seed 1/)
})

// What the explorer found, as short as it made it.
test('runCacheSchedule() finds that what several keys are read for is older than what was heard meanwhile', async () => {
  const plan = { seed: 68460076, staleWhileRevalidateMs: 5_000, graceMs: 500, softTimeoutMs: 30, maxStalenessMs: 300 }
  const problem = await runCacheSchedule(ours, plan, [
    read('getOrSet', 2, 0),
    read('getOrSet', 1, 1),
    { do: 'wait', ms: 6 },
    write('delete', 1, 1),
    read('getOrSetMany', 2, 1),
  ])
  expect(problem).toBeUndefined()
})

test('runCacheSchedule() finds that a load of several keys keeps a lease while others load', async () => {
  const plan = {
    seed: 490980629,
    version: '6.2.14',
    isCalm: true,
    ttlMs: 100,
    staleWhileRevalidateMs: 5_000,
    graceMs: 10_000,
  }
  const problem = await runCacheSchedule(ours, { ...plan, eagerRefreshRatio: 0.5 }, [
    { ...read('getOrSet', 0, 0), afterMs: 40 },
    { ...read('getOrSet', 0, 1), end: 'hang' },
    { do: 'wait', ms: 2 },
    { ...read('getOrSetMany', 1, 2), afterMs: 1 },
    read('getOrSetMany', 2, 0),
    { do: 'wait', ms: 25 },
    write('delete', 1, 0),
  ])
  expect(problem).toBeUndefined()
})

test('runCacheSchedule() finds that who joined a load is not told of another history', async () => {
  const plan = { seed: 890958414, staleWhileRevalidateMs: 300, softTimeoutMs: 30, maxStalenessMs: 300, maxTags: 1 }
  const problem = await runCacheSchedule(ours, plan, [
    { ...write('delete', 1, 0), isNew: false },
    write('delete', 2, 2),
    write('delete', 0, 2),
    { ...read('getOrSetMany', 0, 2), afterMs: 300 },
    { do: 'wait', ms: 10 },
    write('tag', 0, 2),
    read('getOrSet', 0, 0),
    { do: 'flush', server: 0 },
  ])
  expect(problem).toBeUndefined()
})

test('runCacheSchedule() finds that a set goes around a change that came after it was called', async () => {
  const plan = {
    seed: 23376941,
    nodes: 2,
    version: '6.2.14',
    isCalm: true,
    graceMs: 10_000,
    softTimeoutMs: 30,
    maxLog: 4,
  }
  const problem = await runCacheSchedule(ours, plan, [
    { ...write('set', 1, 1), isNew: false },
    write('clear', 0, 1),
    { do: 'wait', ms: 1 },
    read('getOrSet', 0, 1),
  ])
  expect(problem).toBeUndefined()
})

test('runCacheSchedule() finds that a set in a new process goes around what changed before it met the log', async () => {
  const problem = await runCacheSchedule(ours, { seed: 616714593, version: '6.2.14' }, [
    { do: 'kill', node: 2 },
    write('set', 2, 1),
    write('clear', 0, 0),
  ])
  expect(problem).toBeUndefined()
})

test('runCacheSchedule() finds that a process that stood still lets others join a load from before', async () => {
  const plan = { seed: 557149243, ttlMs: 700, staleWhileRevalidateMs: 5_000, graceMs: 10_000, maxStalenessMs: 300 }
  const problem = await runCacheSchedule(ours, { ...plan, eagerRefreshRatio: 0.5, retryDelayMs: 0 }, [
    write('delete', 0, 2),
    { ...read('getOrSet', 0, 2), afterMs: 5 },
    { do: 'freeze', node: 0, forMs: 375 },
    write('tag', 2, 0),
    read('getOrSetMany', 0, 1),
    { do: 'wait', ms: 400 },
  ])
  expect(problem).toBeUndefined()
})

test('runCacheSchedule() finds that a process that is cut off loads what it is loading', async () => {
  const plan = { seed: 309669070, staleWhileRevalidateMs: 300, maxStalenessMs: 300, retryDelayMs: 0, maxTags: 1 }
  const problem = await runCacheSchedule(ours, plan, [
    { ...read('getOrSetMany', 0, 0), end: 'hang' },
    { do: 'pause', server: 0, forMs: 1_000 },
    { do: 'wait', ms: 600 },
    read('getOrSet', 0, 1),
  ])
  expect(problem).toBeUndefined()
})

test('runCacheSchedule() finds that what was changed in a new history is forgotten with the old one', async () => {
  const problem = await runCacheSchedule(ours, { seed: 401185426, shards: 3 }, [
    read('getMany', 0, 0),
    { do: 'crash', server: 0, isSilent: false, forMs: 300, data: 'everything' },
    { do: 'evict', server: 0, index: 4 },
    { do: 'wait', ms: 100 },
    { ...write('delete', 0, 0), isNew: false },
    { do: 'wait', ms: 400 },
    read('getOrSet', 0, 0),
    { do: 'wait', ms: 5 },
    { do: 'snapshot', server: 0 },
    write('delete', 1, 0),
    { do: 'wait', ms: 1 },
    { do: 'crash', server: 0, isSilent: false, forMs: 0, data: 'snapshot' },
  ])
  expect(problem).toBeUndefined()
})

test('runCacheSchedule() finds that a lease beside a value is forgotten with the value', async () => {
  const plan = { seed: 514998568, nodes: 2, isCalm: true, ttlMs: 100, staleWhileRevalidateMs: 300, softTimeoutMs: 30 }
  const problem = await runCacheSchedule(ours, plan, [
    { ...write('set', 0, 1), isNew: true },
    { do: 'wait', ms: 400 },
    { ...read('getOrSet', 0, 1), end: 'hang' },
    read('getOrSetMany', 1, 0),
  ])
  expect(problem).toBeUndefined()
})

function read(how: ReadStep['how'], node: number, key: number): ReadStep {
  return { do: 'read', how, node, key, beforeMs: 0, afterMs: 0, end: 'value', tagsInside: false }
}

function write(how: WriteStep['how'], node: number, key: number): WriteStep {
  return { do: 'write', how, node, key, isNew: true }
}
