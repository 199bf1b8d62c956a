import { join } from 'node:path'
import type { createCircuitBreaker } from '@breakwater/resilience'
import { checkCircuitBreaker, toCircuitSubject } from '@breakwater/resilience/testing'
import { importMutated } from '@breakwater/testing/mutants'
import { expect, test } from 'vitest'
import { type Mutant, mutants } from './mutants.ts'

const folder = join(import.meta.dirname, '../src/lib/circuit-breaker')
/** Most are found in the first ten, the shyest in about 150. */
const SCHEDULES = 1_000

/** The circuit breaker as one module of its own, with a fault. */
async function load(mutant?: Mutant): Promise<typeof createCircuitBreaker> {
  const contents = "export { createCircuitBreaker } from './circuit-breaker.ts'"
  const edits = mutant === undefined ? [] : [mutant]
  const loaded = await importMutated<{ createCircuitBreaker: typeof createCircuitBreaker }>(folder, contents, edits)
  return loaded.createCircuitBreaker
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
  const subject = toCircuitSubject(await load(mutant))
  const { failure } = await checkCircuitBreaker(subject, {
    schedules: SCHEDULES,
    shrinkRuns: 1,
    plan: mutant.plan,
  })
  expect(failure?.problem).toBeDefined()
})
