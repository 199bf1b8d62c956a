import { join } from 'node:path'
import type { createCache } from '@breakwater/cache'
import { applyEdits, chooseMutants, importMutated } from '@breakwater/testing/mutants'
import { expect, test } from 'vitest'
import { checkCache } from './cache-model.ts'
import { casesAlone } from './engine-cases-alone.ts'
import { casesOfLeases } from './engine-cases-leases.ts'
import { casesOfOrder } from './engine-cases-order.ts'
import { casesOfOutage } from './engine-cases-outage.ts'
import { casesOfQueue } from './engine-cases-queue.ts'
import { casesOfSets } from './engine-cases-set.ts'
import { casesShared } from './engine-cases-shared.ts'
import { type Mutant, mutants } from './engine-mutants.ts'

const folder = join(import.meta.dirname, '../src/lib')
const { tried, left } = chooseMutants(mutants)
const cases = [
  ...casesAlone,
  ...casesShared,
  ...casesOfLeases,
  ...casesOfOrder,
  ...casesOfOutage,
  ...casesOfQueue,
  ...casesOfSets,
]
/** A case that hangs has failed, too. */
const LIMIT_MS = 2_000

/** The cache as one module of its own, with a fault. */
async function load(mutant?: Mutant): Promise<typeof createCache> {
  const contents = "export { createCache } from './cache.ts'"
  const edits = mutant === undefined ? [] : [mutant]
  return (await importMutated<{ readonly createCache: typeof createCache }>(folder, contents, edits)).createCache
}

/** The first case that fails. */
async function findFailure(create: typeof createCache): Promise<string | undefined> {
  for (const { name, run } of cases) {
    const { promise, reject } = Promise.withResolvers<never>()
    const timer = setTimeout(() => reject(new Error('It hangs')), LIMIT_MS)
    try {
      await Promise.race([run(create), promise])
    } catch {
      return name
    } finally {
      clearTimeout(timer)
    }
  }
  return undefined
}

test('the cases find nothing wrong without a mutant', async () => {
  expect(await findFailure(await load())).toBeUndefined()
})

test('mutants are many, and each is another one', () => {
  expect(mutants.length).toBeGreaterThanOrEqual(25)
  expect(new Set(mutants.map(({ file, from, to }) => `${file} ${from} ${to}`)).size).toBe(mutants.length)
})

test.each(left)('that $name could be tried', (mutant) => {
  expect(applyEdits({ folder, edits: [mutant] }).size).toBe(1)
})

test.for(tried)('the cases find that $name', async (mutant) => {
  expect(await findFailure(await load(mutant))).toBeDefined()
})

/** Random work finds these without having been told what to look for. */
const found = [
  'forgotten tags void nothing',
  'an invalidation that the log tells does not count here',
  'fenced values are kept',
  'values with invalidated tags are kept',
  'tags of a loader are lost',
  'who comes after an invalidation gets the older value',
  'nothing fences a load',
  'loads join what was fenced',
  'a key that changed stays',
]

test.for(found)('random work finds that %s', async (name) => {
  const mutant = mutants.find((one) => one.name === name)
  expect(mutant).toBeDefined()
  await expect(checkCache(await load(mutant), 3_000, 1)).rejects.toThrow()
})
