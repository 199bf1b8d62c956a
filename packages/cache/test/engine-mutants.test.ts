import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { createCache } from '@breakwater/cache'
import { build } from 'esbuild'
import { expect, test } from 'vitest'
import { checkCache } from './cache-model.ts'
import { casesAlone } from './engine-cases-alone.ts'
import { casesOfLeases } from './engine-cases-leases.ts'
import { casesOfOrder } from './engine-cases-order.ts'
import { casesOfOutage } from './engine-cases-outage.ts'
import { casesOfQueue } from './engine-cases-queue.ts'
import { casesShared } from './engine-cases-shared.ts'
import { type Mutant, mutants } from './engine-mutants.ts'

const folder = join(import.meta.dirname, '../src/lib')
const cases = [...casesAlone, ...casesShared, ...casesOfLeases, ...casesOfOrder, ...casesOfOutage, ...casesOfQueue]
/** A case that hangs has failed, too. */
const LIMIT_MS = 2_000

/** The cache as one module of its own, with a fault. */
async function load(mutant?: Mutant): Promise<typeof createCache> {
  const { outputFiles } = await build({
    entryPoints: [join(folder, 'cache.ts')],
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'node',
    plugins: [
      {
        name: 'mutant',
        setup({ onLoad }) {
          if (mutant === undefined) return
          const path = join(folder, mutant.file)
          onLoad({ filter: /[\\/]src[\\/]lib[\\/].*\.ts$/ }, ({ path: asked }) =>
            asked === path
              ? { contents: readFileSync(path, 'utf8').replace(mutant.from, () => mutant.to), loader: 'ts' }
              : undefined,
          )
        },
      },
    ],
  })
  const url = `data:text/javascript,${encodeURIComponent(outputFiles[0]?.text ?? '')}`
  return (await import(/* @vite-ignore */ url)).createCache
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

test.for(mutants)('the cases find that $name', async (mutant) => {
  const text = readFileSync(join(folder, mutant.file), 'utf8')
  expect(text.split(mutant.from).length - 1, `places with ${mutant.from}`).toBe(1)
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
