import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { release } from './check-release.ts'
import { createFixture, type Fixture, problemsWith, QUICK_BUILD } from './lib/fixture.ts'
import { rehearse } from './lib/rehearsal.ts'

const QUICK = { 'packages/core/tsup.config.ts': QUICK_BUILD, 'packages/express/tsup.config.ts': QUICK_BUILD }
let fixture: Fixture
let lines: readonly string[]

beforeAll(async () => {
  fixture = createFixture(QUICK)
  lines = await rehearse(fixture.root)
})

afterAll(() => fixture.remove())

test('rehearse() says what would be published, and what its users are told', () => {
  expect(lines.map((line) => line.replace(/\d+ files, [\d.]+ kB/, '…'))).toEqual([
    '@breakwater/core 0.0.0 → 0.1.0: …, needs nothing',
    '    ### Minor Changes',
    '    - Greets.',
    '@breakwater/express 0.0.0 → 0.0.1: …, needs @breakwater/core ^0.1.0',
    '    ### Patch Changes',
    '    - Updated dependencies',
    '      - @breakwater/core@0.1.0',
    'Dry run: 2 packages would be published, and nothing was',
  ])
})

test('rehearse() leaves the workspace as it was', () => {
  expect(JSON.parse(readFileSync(join(fixture.root, 'packages/core/package.json'), 'utf8')).version).toBe('0.0.0')
  expect(existsSync(join(fixture.root, '.changeset/greetings.md'))).toBe(true)
  expect(existsSync(join(fixture.root, 'packages/core/CHANGELOG.md'))).toBe(false)
})

test('release stops a changeset that cannot be released', async () => {
  const problems = await problemsWith(release, {
    ...QUICK,
    '.changeset/a.md': "---\n'@breakwater/nowhere': minor\n---\n\nText.\n",
  })
  expect(problems).toEqual([expect.stringContaining('.changeset/a.md')])
})

test('release lets a workspace through in which nothing waits', async () => {
  expect(await problemsWith(release, { ...QUICK, '.changeset/greetings.md': undefined })).toEqual([])
})
