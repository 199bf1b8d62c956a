import { join } from 'node:path'
import { applyEdits, chooseMutants, importMutated } from '@breakwater/testing/mutants'
import { expect, test } from 'vitest'
import { countingCases, type ShedModule } from './shed-cases.ts'
import { learningCases } from './shed-learning-cases.ts'
import * as sources from './shed-module.ts'
import { type Mutant, mutants } from './shed-mutants.ts'
import { simulatedCases } from './shed-simulated-cases.ts'

const folder = join(import.meta.dirname, '../src/lib')
const { tried, left } = chooseMutants(mutants)
const cases = [...countingCases, ...learningCases, ...simulatedCases]

/** The first case that fails. */
async function findFailure(mutant: Mutant): Promise<string | undefined> {
  const faulty = await importMutated<ShedModule>(folder, "export * from '../../test/shed-module.ts'", [mutant])
  for (const { name, run } of cases) {
    try {
      run(faulty)
    } catch (error) {
      if (process.env.SHOW_MUTANTS) console.log(`${mutant.name}: ${name}: ${(error as Error).message.split('\n')[0]}`)
      return name
    }
  }
  return undefined
}

test.for(cases)('$name', ({ run }) => run(sources))

test('mutants are many, and each is another one', () => {
  expect(mutants.length).toBeGreaterThanOrEqual(40)
  expect(new Set(mutants.map(({ file, from, to }) => `${file} ${from} ${to}`)).size).toBe(mutants.length)
})

test.each(left)('that $name could be tried', (mutant) => {
  expect(applyEdits({ folder, edits: [mutant] }).size).toBe(1)
})

test.for(tried)('the cases find that $name', async (mutant) => {
  expect(await findFailure(mutant)).toBeDefined()
})
