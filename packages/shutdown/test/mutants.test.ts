import { join } from 'node:path'
import { applyEdits, chooseMutants } from '@breakwater/testing/mutants'
import { bundleSubject, problemsOf, type RunReport, runShutdown } from '@breakwater/testing/shutdown'
import { expect, test } from 'vitest'
import { mutants } from './mutants.ts'

const script = join(import.meta.dirname, 'subjects/ours.ts')
const folder = join(import.meta.dirname, '../src/lib')
const { tried, left } = chooseMutants(mutants)
/** Some are shy: they depend on what arrives in the very moment of the signal. */
const SEEDS = 8

/** What is wrong with a run in which everything was to go well. */
function findProblem(report: RunReport): string | undefined {
  const { exit, closeCodes, scenario } = report
  const [problem] = problemsOf(report)
  if (problem !== undefined) return problem
  if (exit.code !== 0) return `ended with ${exit.code ?? exit.signal}`
  const strange = Object.keys(closeCodes).find((code) => code !== '1001')
  return scenario === 'websocket' ? strange : undefined
}

test('mutants are many, and each is another one', () => {
  expect(mutants.length).toBeGreaterThanOrEqual(15)
  expect(new Set(mutants.map(({ file, from, to }) => `${file} ${from} ${to}`)).size).toBe(mutants.length)
})

test.each(left)('that $name could be tried', (mutant) => {
  expect(applyEdits({ folder, edits: [mutant] }).size).toBe(1)
})

test.concurrent.for(tried)(
  'the harness finds that $name',
  { timeout: 120_000 },
  async ({ name, scenario, options, ...edit }) => {
    const subject = { name, script: await bundleSubject(script, { folder, edits: [edit] }) }
    const problems: (string | undefined)[] = []
    for (let seed = 1; seed <= SEEDS && problems.at(-1) === undefined; seed++)
      problems.push(findProblem(await runShutdown(subject, scenario, { seed, ...options })))
    if (process.env.SHOW_MUTANTS) console.log(`${name}: run ${problems.length}, ${problems.at(-1)}`)
    expect(problems.at(-1)).toBeDefined()
  },
)
