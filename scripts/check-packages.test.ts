import { beforeAll, expect, test } from 'vitest'
import { checkTarballs } from './check-packages.ts'
import { door, manifest, problemsWith } from './lib/fixture.ts'

const HERE = process.versions.node
const SOUND = JSON.parse(manifest('express'))
let report: string

beforeAll(async () => {
  const gate = { name: 'packages', check: (root: string) => checkTarballs(root, [HERE]) }
  const problems = await problemsWith(gate, {
    // Works where it is imported, and nowhere else.
    'packages/core/src/lib/greet.ts':
      "export function greet(name: string): string {\n  return import.meta.url ? 'Hello '.concat(name) : ''\n}\n",
    'packages/express/package.json': manifest('express', {
      files: ['dist', 'src'],
      devDependencies: { 'fast-check': '*' },
      publishConfig: {
        ...SOUND.publishConfig,
        main: './dist/main.cjs',
        exports: {
          '.': {
            import: { types: './dist/index.d.cts', default: './dist/index.js' },
            require: { types: './dist/index.d.cts', default: './dist/index.cjs' },
          },
        },
      },
    }),
    'packages/express/src/index.ts': door('express', "export { random } from './lib/random.ts'"),
    'packages/express/src/lib/random.ts':
      "import type { Random } from 'fast-check'\n\nexport function random(): Random | undefined {\n  return undefined\n}\n",
    'scripts/smoke/express.mjs': undefined,
    'examples/lame-quickstart/package.json':
      '{ "name": "lame-quickstart", "scripts": { "start": "node src/server.js" } }\n',
    'examples/lame-quickstart/src/server.js': "require('@breakwater/express').missing()\n",
  })
  report = problems.join('\n')
}, 120_000)

test.for([
  ['what publint finds', '@breakwater/express: publint says'],
  ['what attw finds', '@breakwater/express: attw says'],
  [
    'a file that is nothing to publish',
    '@breakwater/express: its tarball has src/index.ts, which is nothing to publish',
  ],
  ['types that their user cannot resolve', "error TS2307: Cannot find module 'fast-check'"],
  ['a package that is not put to work', 'packages/express: nothing shows that it works once packed'],
  ['a quickstart that does not run with the packages', 'examples/lame-quickstart, packed: Error: It ended with 1'],
  ['a package that does not work by require', `on Node ${HERE}:\ncore by require: AssertionError`],
])('packages stops %s', ([, text]) => {
  expect(report).toContain(text)
})

test('packages lets it work by import', () => {
  expect(report).not.toContain('core by import')
})
