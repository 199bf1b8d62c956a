import { readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { createCircuitBreaker } from '@breakwater/resilience'
import { checkCircuitBreaker, toCircuitSubject } from '@breakwater/resilience/testing'
import { build } from 'esbuild'
import { expect, test } from 'vitest'
import { type Mutant, mutants } from './mutants.ts'

const root = join(import.meta.dirname, '..')
const folder = join(root, 'src/lib/circuit-breaker')
/** Most are found in the first ten, the shyest in about 150. */
const SCHEDULES = 1_000

/** The circuit breaker as one module of its own, with a fault. */
async function load(mutant?: Mutant): Promise<typeof createCircuitBreaker> {
  const { outputFiles } = await build({
    entryPoints: [join(folder, 'circuit-breaker.ts')],
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'node',
    plugins: [
      {
        name: 'mutant',
        setup({ onLoad }) {
          onLoad({ filter: /circuit-breaker[\\/][a-z-]+\.ts$/ }, ({ path }) => {
            const text = readFileSync(path, 'utf8')
            const isHere = mutant?.file === basename(path)
            return { contents: isHere ? text.replace(mutant.from, () => mutant.to) : text, loader: 'ts' }
          })
        },
      },
    ],
  })
  const url = `data:text/javascript,${encodeURIComponent(outputFiles[0]?.text ?? '')}`
  return (await import(/* @vite-ignore */ url)).createCircuitBreaker
}

test('checkCircuitBreaker() finds nothing wrong without a mutant', async () => {
  const { failure } = await checkCircuitBreaker(toCircuitSubject(await load()), { schedules: 300 })
  expect(failure?.text).toBeUndefined()
})

test('mutants are many, and each is another one', () => {
  expect(mutants.length).toBeGreaterThanOrEqual(20)
  expect(new Set(mutants.map(({ file, from, to }) => `${file} ${from} ${to}`)).size).toBe(mutants.length)
})

test.for(mutants)('checkCircuitBreaker() finds that $name', async (mutant) => {
  const text = readFileSync(join(folder, mutant.file), 'utf8')
  expect(text.split(mutant.from).length - 1, `places with ${mutant.from}`).toBe(1)

  const subject = toCircuitSubject(await load(mutant))
  const { failure } = await checkCircuitBreaker(subject, {
    schedules: SCHEDULES,
    shrinkRuns: 1,
    plan: mutant.plan,
  })
  expect(failure?.problem).toBeDefined()
})
