import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { size } from './check-size.ts'
import { createFixture, type Fixture, manifest, problemsWith, QUICK_BUILD } from './lib/fixture.ts'

const QUICK = { 'packages/core/tsup.config.ts': QUICK_BUILD, 'packages/express/tsup.config.ts': QUICK_BUILD }
const SOUND = {
  core: { bytes: { '.': 80 }, dependencies: [], peerDependencies: [] },
  express: { bytes: { '.': 113 }, dependencies: ['@breakwater/core'], peerDependencies: [] },
}

/** Built once. */
let fixture: Fixture

beforeAll(() => {
  fixture = createFixture(QUICK)
})

beforeEach(() => budget({}))

afterAll(() => fixture.remove())

function budget(changes: Readonly<Record<string, object>>): void {
  write('scripts/budgets.json', JSON.stringify({ ...SOUND, ...changes }))
}

function write(file: string, text: string): void {
  writeFileSync(join(fixture.root, file), text)
}

async function problems(): Promise<readonly string[]> {
  return (await size.check(fixture.root)).problems
}

test('size lets a sound workspace through', async () => {
  expect(await problems()).toEqual([])
})

test.for<[what: string, changes: Readonly<Record<string, object>>, problem: RegExp]>([
  [
    'a door over its budget',
    { core: { ...SOUND.core, bytes: { '.': 60 } } },
    /^packages\/core: \. has \d+ bytes, over its budget of 60$/,
  ],
  [
    'a budget that guards nothing',
    { core: { ...SOUND.core, bytes: { '.': 999 } } },
    /^packages\/core: \. has \d+ bytes, so little of its budget of 999 /,
  ],
  [
    'a door without a budget',
    { express: { ...SOUND.express, bytes: {} } },
    /^packages\/express: \. has \d+ bytes and no budget/,
  ],
  [
    'a budget without a door',
    { core: { ...SOUND.core, bytes: { '.': 80, './extra': 9 } } },
    /^packages\/core: .* has a budget for \.\/extra, which is no door$/,
  ],
  [
    'a dependency without a budget',
    { express: { ...SOUND.express, dependencies: [] } },
    /^packages\/express: has @breakwater\/core in dependencies, which is not in its budget/,
  ],
  [
    'a budget for a dependency that is gone',
    { core: { ...SOUND.core, dependencies: ['ms'] } },
    /^packages\/core: has no ms in dependencies, but a budget for it/,
  ],
])('size stops %s', async ([, changes, problem]) => {
  budget(changes)
  expect(await problems()).toEqual([expect.stringMatching(problem)])
})

test('size stops a peer without a budget', async () => {
  write('packages/core/package.json', manifest('core', { peerDependencies: { fastify: '^5.0.0' } }))
  const found = await problems()
  write('packages/core/package.json', manifest('core'))
  expect(found).toEqual([
    expect.stringContaining('packages/core: has fastify in peerDependencies, which is not in its'),
  ])
})

test('size stops a package that does not build', async () => {
  const faults = { ...QUICK, 'packages/core/src/index.ts': "export { a } from './lib/none.ts'\n" }
  expect(await problemsWith(size, faults)).toEqual([
    expect.stringMatching(/^packages\/core: does not build\n.*none\.ts/s),
  ])
})

test('size writes budgets of bytes when told to, and none of dependencies', async () => {
  write('scripts/budgets.json', '{}')
  await size.check(fixture.root, { update: true })
  const written = JSON.parse(readFileSync(join(fixture.root, 'scripts/budgets.json'), 'utf8'))
  expect(written.express).toEqual({ bytes: { '.': expect.any(Number) }, dependencies: [], peerDependencies: [] })
  expect(await problems()).toEqual([expect.stringContaining('@breakwater/core in dependencies')])
})
