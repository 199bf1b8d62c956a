import { expect, test } from 'vitest'
import { repository } from './check-repository.ts'
import { type Files, problemsWith } from './lib/fixture.ts'

/** Put together, so that this file has none itself. */
const HOME = ['', 'home', 'somebody', 'notes.txt'].join('/')

const FAULTS: readonly (readonly [what: string, faults: Files, problem: string])[] = [
  ["somebody's folder", { 'docs/a.md': `One.\nSee ${HOME}\n` }, "docs/a.md:2: names a folder of somebody's machine"],
  ['a merge conflict', { 'docs/a.md': `${'<'.repeat(7)} HEAD\n` }, 'docs/a.md:1: has a merge conflict'],
  ['an npm token', { 'docs/a.md': `token=npm_${'a1B2'.repeat(9)}\n` }, 'docs/a.md:1: holds an npm token'],
  [
    'a registry in the lockfile',
    { 'pnpm-lock.yaml': 'lockfileVersion: 9\n  resolution: {tarball: https://registry.example/a.tgz}\n' },
    'pnpm-lock.yaml:2: names a registry',
  ],
  [
    'a changeset of an unknown package',
    { '.changeset/a.md': "---\n'@breakwater/nowhere': minor\n---\n\nText.\n" },
    `.changeset/a.md: "'@breakwater/nowhere': minor" names no published package`,
  ],
  [
    'a changeset of an unknown size',
    { '.changeset/a.md': "---\n'@breakwater/core': huge\n---\n\nText.\n" },
    '.changeset/a.md: "huge" is not major, minor or patch',
  ],
  [
    'a changeset that says nothing',
    { '.changeset/a.md': "---\n'@breakwater/core': patch\n---\n\n" },
    '.changeset/a.md: does not say what changed',
  ],
  [
    'a changeset without packages',
    { '.changeset/a.md': 'Text.\n' },
    '.changeset/a.md: does not begin with the packages it is about, between two lines of ---',
  ],
]

test('repository lets a sound workspace through', async () => {
  expect(await problemsWith(repository, {})).toEqual([])
})

test.for(FAULTS)('repository stops %s', async ([, faults, problem]) => {
  expect(await problemsWith(repository, faults)).toEqual([problem])
})
