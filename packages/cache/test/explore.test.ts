import { expect, test } from 'vitest'
import { createCache } from '../src/index.ts'
import { assertCache, exploreCache, runCacheSchedule } from '../src/lib/testing/explore/explore-cache.ts'
import { toCacheSubject } from '../src/lib/testing/explore/our-subject.ts'
import { createRedisTier } from '../src/redis.ts'

const SOAK = Number(process.env.SOAK ?? 1)
const schedules = SOAK >= 20 ? Math.max(2_000 * SOAK, 100_000) : 2_000 * SOAK
/** Another one each time when soaking, so that it does not look at the same schedules again and again. */
const seed = Number(process.env.SEED ?? (SOAK > 1 ? Date.now() % 1_000_000 : 1))
const ours = toCacheSubject({ createCache, createRedisTier })

test('createCache() keeps its promises in every schedule', { timeout: 60_000 + schedules * 200 }, async () => {
  const report = await assertCache(ours, { seed, schedules })
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
