import { join } from 'node:path'
import { applyEdits, chooseMutants, type Edit, importMutated } from '@breakwater/testing/mutants'
import { expect, test } from 'vitest'
import { exploreCache } from './explore/explore-cache.ts'
import { type CacheSubjectParts, toCacheSubject } from './explore/our-subject.ts'
import { type Mutant, mutants } from './mutants.ts'

const lib = join(import.meta.dirname, '../src/lib')
/** Most are found in the first fifty, and nearly all in the first two hundred. */
const SCHEDULES = 500
const SEED = Number(process.env.SEED ?? 1)
const { tried, left } = chooseMutants(mutants)

function editsOf({ edits }: Pick<Mutant, 'edits'>): readonly Edit[] {
  return edits.map(([file, from, to]) => ({ file, from, to }))
}

/** The cache and its shared tier as one module of its own, with a fault. */
async function load(mutant: Pick<Mutant, 'edits' | 'twins'>): Promise<CacheSubjectParts> {
  const { twins } = mutant
  const contents = "export { createCache } from './cache.ts'\nexport { createRedisTier } from './redis/redis-tier.ts'"
  const { createCache, createRedisTier } = await importMutated<CacheSubjectParts>(lib, contents, editsOf(mutant))
  return { createCache, createRedisTier, redis: twins && { twins } }
}

test('exploreCache() finds nothing wrong without a mutant', async () => {
  const { failure } = await exploreCache(toCacheSubject(await load({ edits: [] })), { schedules: 50 })
  expect(failure?.text).toBeUndefined()
})

test('mutants are many, and each is another one', () => {
  expect(mutants.length).toBeGreaterThanOrEqual(15)
  expect(new Set(mutants.map(({ name }) => name)).size).toBe(mutants.length)
})

test.each(left)('that $name could be tried', (mutant) => {
  expect(() => applyEdits({ folder: lib, edits: editsOf(mutant) })).not.toThrow()
})

test.for(tried)('exploreCache() finds that $name', { timeout: 120_000 }, async (mutant) => {
  const subject = toCacheSubject(await load(mutant), mutant.name)
  const { plan, troubles, scene, steps, isReading } = mutant.focus ?? {}
  const { failure } = await exploreCache(subject, {
    seed: SEED,
    schedules: SCHEDULES,
    shrinkRuns: 0,
    plan,
    troubles,
    scene,
    steps,
    only: (step) => !isReading || (step.do !== 'write' && step.do !== 'kill' && step.do !== 'leave'),
  })
  expect(failure?.problem).toBeDefined()
  if (process.env.SHOW_MUTANTS) console.log(`${mutant.name}: schedule ${failure?.schedule}, ${failure?.problem.rule}`)
})
