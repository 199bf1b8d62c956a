import { expect, test } from 'vitest'
import { architecture } from './check-architecture.ts'
import { door, type Files, manifest, problemsWith } from './lib/fixture.ts'

const LIB = 'packages/express/src/lib'
const CORE_LIB = 'packages/core/src/lib'

/** A source of `express` that nothing else names. */
function source(code: string): Files {
  return { [`${LIB}/fault.ts`]: `${code}\n` }
}

function dependsOn(dependencies: Readonly<Record<string, string>>, more = {}): Files {
  const core = { '@breakwater/core': 'workspace:^' }
  return {
    'packages/express/package.json': manifest('express', { dependencies: { ...core, ...dependencies }, ...more }),
  }
}

function lines(count: number): string {
  return Array.from({ length: count }, (_, line) => `export const line${line} = ${line} // a comment\n\n`).join('')
}

const FAULTS: readonly (readonly [what: string, faults: Files, problem: string])[] = [
  [
    'an import from the same floor',
    source("import { toPlugin } from '@breakwater/fastify'\ntoPlugin"),
    `${LIB}/fault.ts:1: express may not see fastify, it is not on a lower floor`,
  ],
  [
    'an import from a higher floor',
    { [`${CORE_LIB}/fault.ts`]: "\nimport { a } from '@breakwater/express'\na\n" },
    `${CORE_LIB}/fault.ts:2: core may not see express, it is not on a lower floor`,
  ],
  [
    'an import of a type only',
    source("import type { Cache } from '@breakwater/nest'\nexport type A = Cache"),
    `${LIB}/fault.ts:1: express may not see nest, it is not on a lower floor`,
  ],
  [
    "a type of import('…')",
    source("export type A = import('@breakwater/nest').Cache"),
    `${LIB}/fault.ts:1: express may not see nest, it is not on a lower floor`,
  ],
  [
    'import()',
    source("export const load = () => import('@breakwater/nest')"),
    `${LIB}/fault.ts:1: express may not see nest, it is not on a lower floor`,
  ],
  [
    'import() of no literal',
    source('export const load = (name: string) => import(name)'),
    `${LIB}/fault.ts:1: import() of something that is no literal cannot be checked`,
  ],
  [
    'an augmented module',
    source("declare module '@breakwater/nest' {}\nexport {}"),
    `${LIB}/fault.ts:1: express may not see nest, it is not on a lower floor`,
  ],
  [
    'an import for its side effects',
    source("import './greet-all.ts'"),
    `${LIB}/fault.ts:1: imports "./greet-all.ts" for its side effects, and the package promises to have none`,
  ],
  ['require()', source("export const a = require('node:fs')"), `${LIB}/fault.ts:1: calls require(node:fs); import it`],
  [
    'createRequire()',
    source("import { createRequire } from 'node:module'\nexport const load = createRequire(import.meta.url)"),
    `${LIB}/fault.ts:2: calls require(); import it`,
  ],
  [
    'a re-export of another package',
    source("export { greet } from '@breakwater/core'"),
    `${LIB}/fault.ts:1: re-exports "@breakwater/core"; let users import it from its owner`,
  ],
  [
    'a door that exports everything',
    { 'packages/express/src/index.ts': door('express', "export * from './lib/greet-all.ts'") },
    'packages/express/src/index.ts:6: exports everything of "./lib/greet-all.ts"; a door names what it exports',
  ],
  [
    'a package outside the allow-list',
    source("import ms from 'ms'\nms"),
    `${LIB}/fault.ts:1: imports "ms", which express may not carry`,
  ],
  [
    'a builtin by its bare name',
    source("import { readFileSync } from 'fs'\nreadFileSync"),
    `${LIB}/fault.ts:1: imports "fs" without node: before it`,
  ],
  [
    'a room that has no floor',
    source("import { a } from '@breakwater/utils'\na"),
    `${LIB}/fault.ts:1: imports @breakwater/utils, which has no floor`,
  ],
  [
    'a path that leaves the package',
    source("import { greet } from '../../../core/src/lib/greet.ts'\ngreet"),
    `${LIB}/fault.ts:1: imports "../../../core/src/lib/greet.ts", which leaves packages/express`,
  ],
  [
    'a test whose path leaves the package',
    { [`${LIB}/fault.test.ts`]: "import { greet } from '../../../core/src/lib/greet.ts'\ngreet\n" },
    `${LIB}/fault.test.ts:1: imports "../../../core/src/lib/greet.ts", which leaves packages/express`,
  ],
  [
    'an example whose path leaves its folder',
    {
      'examples/shop/package.json': '{ "name": "shop", "private": true }',
      'examples/shop/src/main.ts': "import { greet } from '../../../packages/core/src/index.ts'\ngreet\n",
    },
    'examples/shop/src/main.ts:1: imports "../../../packages/core/src/index.ts", which leaves examples/shop',
  ],
  [
    'a private member in a source',
    {
      'testing/package.json': '{ "name": "@breakwater/testing", "private": true }',
      ...source("import { start } from '@breakwater/testing/services'\nstart"),
    },
    `${LIB}/fault.ts:1: imports @breakwater/testing, which is private and never published`,
  ],
  [
    'a test that imports what nobody declared',
    { [`${LIB}/fault.test.ts`]: "import ms from 'ms'\nms\n" },
    `${LIB}/fault.test.ts:1: imports "ms", which is in no dependencies of this package or of the workspace`,
  ],
  [
    'an import of a lower floor that is no dependency',
    { 'packages/express/package.json': manifest('express', { dependencies: {} }) },
    `${LIB}/greet-all.ts:1: imports @breakwater/core, which is not in dependencies`,
  ],
  [
    'a dependency on a higher floor',
    dependsOn({ '@breakwater/nest': 'workspace:^' }),
    'packages/express/package.json: depends on @breakwater/nest, which is not on a lower floor',
  ],
  [
    'a dependency within the house by version',
    { 'packages/express/package.json': manifest('express', { dependencies: { '@breakwater/core': '^0.1.0' } }) },
    'packages/express/package.json: @breakwater/core is not in dependencies as workspace:^',
  ],
  [
    'a dependency outside the allow-list',
    dependsOn({ ms: '2.1.3' }),
    'packages/express/package.json: depends on ms, which express may not carry',
  ],
  [
    'a peer outside the allow-list',
    dependsOn({}, { peerDependencies: { express: '^5.0.0' } }),
    'packages/express/package.json: depends on express, which express may not carry',
  ],
  [
    'a dependency on a private member',
    {
      'testing/package.json': '{ "name": "@breakwater/testing", "private": true }',
      ...dependsOn({ '@breakwater/testing': 'workspace:^' }),
    },
    'packages/express/package.json: depends on @breakwater/testing, which is private and never published',
  ],
  [
    'a source that is no door',
    { 'packages/express/src/extra.ts': 'export const a = 1\n' },
    'packages/express: src/extra.ts is neither lib/ nor named in exports',
  ],
  [
    'a door that publishConfig forgets',
    {
      'packages/express/src/extra.ts': door('express', "export { greetAll } from './lib/greet-all.ts'"),
      'packages/express/package.json': manifest('express', {
        exports: { '.': './src/index.ts', './extra': './src/extra.ts' },
        publishConfig: {
          ...JSON.parse(manifest('express')).publishConfig,
          typesVersions: { '*': { extra: ['./dist/extra.d.cts'] } },
        },
      }),
    },
    'packages/express/package.json: publishConfig.exports does not mirror exports; it should be {".":{"import":{"types":"./dist/index.d.ts","default":"./dist/index.js"},"require":{"types":"./dist/index.d.cts","default":"./dist/index.cjs"}},"./extra":{"import":{"types":"./dist/extra.d.ts","default":"./dist/extra.js"},"require":{"types":"./dist/extra.d.cts","default":"./dist/extra.cjs"}},"./package.json":"./package.json"}',
  ],
  [
    'a type test where none is run',
    { [`${LIB}/fault.test-d.ts`]: 'export {}\n' },
    `${LIB}/fault.test-d.ts: is never run; type tests belong in packages/express/test`,
  ],
  ...['README.md', 'LICENSE', 'tsconfig.json', 'tsup.config.ts', 'api.d.ts'].map(
    (file) =>
      [`no ${file}`, { [`packages/express/${file}`]: undefined }, `packages/express: ${file} is missing`] as const,
  ),
  [
    'another sentence in the README',
    { 'packages/express/README.md': '# express\n\nSomething else.\n' },
    'packages/express/README.md: its first paragraph is not "What express is for."',
  ],
  [
    'another sentence at the door',
    { 'packages/express/src/index.ts': '/**\n * Something else.\n *\n * @module\n */\nexport {}\n' },
    'packages/express/src/index.ts: its @module comment does not begin with "What express is for."',
  ],
  [
    'a door without a sentence',
    { 'packages/express/src/index.ts': 'export {}\n' },
    'packages/express/src/index.ts: does not begin with a comment that says what it is for, and @module',
  ],
  [
    'a scope in the title of a README',
    { 'packages/express/README.md': '# @breakwater/express\n\nWhat express is for.\n' },
    'packages/express/README.md: does not begin with "# express"',
  ],
  [
    'another name',
    { 'packages/express/package.json': manifest('express', { name: '@breakwater/web' }) },
    'packages/express/package.json: name is not @breakwater/express',
  ],
  [
    'a private package',
    { 'packages/express/package.json': manifest('express', { private: true }) },
    'packages/express/package.json: is private, but everything in packages/ is published',
  ],
  [
    'another licence',
    { 'packages/express/package.json': manifest('express', { license: 'ISC' }) },
    'packages/express/package.json: license is not MIT',
  ],
  [
    'another folder in repository, which provenance compares',
    { 'packages/express/package.json': manifest('express', { repository: { directory: 'packages/core' } }) },
    'packages/express/package.json: repository.directory is not packages/express',
  ],
  [
    'another oldest Node',
    { 'packages/express/package.json': manifest('express', { engines: { node: '>=18' } }) },
    'packages/express/package.json: engines.node is not >=20.19',
  ],
  [
    'a circle of modules',
    {
      [`${LIB}/a.ts`]: "import { b } from './b.ts'\nexport const a = b\n",
      [`${LIB}/b.ts`]: "import { c } from './c.ts'\nexport const b = c\n",
      [`${LIB}/c.ts`]: "import type { a } from './a.ts'\nexport const c: typeof a = 1\n",
    },
    'packages/express: modules go round in a circle: lib/a.ts → lib/b.ts → lib/c.ts → lib/a.ts',
  ],
  [
    'a file of 301 lines',
    { [`${LIB}/fault.ts`]: lines(301) },
    `${LIB}/fault.ts: has 301 lines of code, over 300; split it`,
  ],
  [
    'an eleventh file in core',
    Object.fromEntries(Array.from({ length: 10 }, (_, index) => [`${CORE_LIB}/file${index}.ts`, lines(1)])),
    'packages/core: has 11 files in src/lib, over 10',
  ],
  [
    'too many lines in core',
    Object.fromEntries([300, 300, 198].map((count, index) => [`${CORE_LIB}/file${index}.ts`, lines(count)])),
    'packages/core: has 801 lines of code in src/lib, over 800; what only one package needs belongs there',
  ],
]

test('architecture lets a sound workspace through', async () => {
  expect(await problemsWith(architecture, {})).toEqual([])
})

test.for(FAULTS)('architecture stops %s', async ([, faults, problem]) => {
  expect(await problemsWith(architecture, faults)).toEqual([problem])
})

test('architecture stops another sentence in package.json', async () => {
  const faults = { 'packages/express/package.json': manifest('express', { description: 'What express was for.' }) }
  expect(await problemsWith(architecture, faults)).toEqual([
    'packages/express/README.md: its first paragraph is not "What express was for."',
    'packages/express/src/index.ts: its @module comment does not begin with "What express was for."',
  ])
})

test('architecture lets tests import private members and devDependencies', async () => {
  const problems = await problemsWith(architecture, {
    'testing/package.json': '{ "name": "@breakwater/testing", "private": true }',
    'packages/express/package.json': manifest('express', { devDependencies: { '@breakwater/testing': 'workspace:*' } }),
    [`${LIB}/fault.test.ts`]: "import { start } from '@breakwater/testing/services'\nimport { test } from 'vitest'\n",
  })
  expect(problems).toEqual([])
})

test('architecture stops a room that is on no floor', async () => {
  const problems = await problemsWith(architecture, {
    'packages/utils/package.json': manifest('utils', { dependencies: {} }),
    'packages/utils/src/index.ts': door('utils', 'export {}'),
  })
  expect(problems).toContain('packages/utils: has no floor; add it to scripts/lib/rooms.ts')
})

test('architecture stops a package that a room may carry and does not declare', async () => {
  const problems = await problemsWith(architecture, {
    'packages/fastify/package.json': manifest('fastify'),
    'packages/fastify/src/index.ts': door('fastify', 'export {}'),
    'packages/fastify/src/lib/a.ts':
      "import type { FastifyInstance } from 'fastify'\nexport type A = FastifyInstance\n",
  })
  expect(problems).toContain(
    'packages/fastify/src/lib/a.ts:1: imports "fastify", which is in neither dependencies nor peerDependencies',
  )
})
