import { join } from 'node:path'
import { expect, test } from 'vitest'
import { coverage } from './check-coverage.ts'
import { problemsWith } from './lib/fixture.ts'
import { createTemporary } from './lib/temporary.ts'

const UNTESTED = Array.from({ length: 9 }, (_, index) => `  console.log(${index})\n`).join('')

test('coverage stops a package whose tests miss lines', async () => {
  const problems = await problemsWith(coverage, {
    'packages/core/src/lib/untested.ts': `export function never(): void {\n${UNTESTED}}\n`,
  })
  expect(problems).toEqual([
    'packages/core: 10.0 % of its lines are tested, under 90; most are missed in packages/core/src/lib/untested.ts',
  ])
}, 60_000)

test('coverage stops tests that fail', async () => {
  const [problem] = await problemsWith(coverage, {
    'packages/core/src/lib/greet.test.ts':
      "import { test } from 'vitest'\n\ntest('greet() is late', () => {\n  throw new Error('too late')\n})\n",
  })
  expect(problem).toContain('greet() is late')
}, 60_000)

test('coverage takes what a run of all tests has written down, and says if it has not', async () => {
  const { folder, remove } = createTemporary('report')
  try {
    const coverageFolder = join(folder, 'report')
    expect(await problemsWith(coverage, {}, { coverageFolder })).toEqual([
      `There is no ${join(coverageFolder, 'coverage-summary.json')}: tests have to run with COVERAGE_FOLDER before`,
    ])
  } finally {
    remove()
  }
})
