import { readFileSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { build } from 'esbuild'
import { expect, test } from 'vitest'
import { exploreCache } from './explore/explore-cache.ts'
import { type CacheSubjectParts, toCacheSubject } from './explore/our-subject.ts'
import { type Mutant, mutants } from './mutants.ts'

const lib = join(import.meta.dirname, '../src/lib')
/** Most are found in the first fifty, and nearly all in the first two hundred. */
const SCHEDULES = 500
const SEED = Number(process.env.SEED ?? 1)

/** The cache and its shared tier as one module of its own, with a fault. */
async function load({ edits, twins }: Pick<Mutant, 'edits' | 'twins'>): Promise<CacheSubjectParts> {
  const { outputFiles } = await build({
    stdin: {
      contents: "export { createCache } from './cache.ts'\nexport { createRedisTier } from './redis/redis-tier.ts'",
      resolveDir: lib,
      loader: 'ts',
    },
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'node',
    plugins: [
      {
        name: 'mutant',
        setup({ onLoad }) {
          onLoad({ filter: /[\\/]src[\\/]lib[\\/].+\.ts$/ }, ({ path }) => {
            const here = edits.filter(([file]) => file === relative(lib, path).split(sep).join('/'))
            if (here.length === 0) return undefined
            const contents = here.reduce(
              (text, [, from, to]) => text.replace(from, () => to),
              readFileSync(path, 'utf8'),
            )
            return { contents, loader: 'ts' }
          })
        },
      },
    ],
  })
  const url = `data:text/javascript,${encodeURIComponent(outputFiles[0]?.text ?? '')}`
  const { createCache, createRedisTier } = await import(/* @vite-ignore */ url)
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

test.for(mutants)('exploreCache() finds that $name', { timeout: 120_000 }, async (mutant) => {
  for (const [file, from] of mutant.edits) {
    const text = readFileSync(join(lib, file), 'utf8')
    expect(text.split(from).length - 1, `places in ${file} with ${from}`).toBe(1)
  }
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
