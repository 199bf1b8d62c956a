import { cpSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Gate, GateOptions } from './gate.ts'
import { createTemporary } from './temporary.ts'

const REPOSITORY = join(import.meta.dirname, '..', '..')

/** What the tools read, as it is here. */
const SHARED: readonly string[] = [
  '.changeset/config.json',
  '.gitignore',
  'LICENSE',
  'biome.json',
  'package.json',
  'pnpm-lock.yaml',
  'pnpm-workspace.yaml',
  'scripts/closing-line.ts',
  'scripts/smoke/main.mjs',
  'tsconfig.base.json',
  'tsconfig.json',
  'tsconfig.sources.json',
  'tsup.base.ts',
  'typedoc.json',
  'vitest.config.ts',
  'vitest.workspace.ts',
]

/** Files by path. `undefined` takes one away. */
export type Files = Readonly<Record<string, string | undefined>>

/** A small workspace in a temporary folder. */
export interface Fixture {
  readonly root: string
  remove(): void
}

/**
 * Makes a workspace of two packages, `core` and `express`, with this repository's own settings, that passes every gate.
 *
 * @param faults Files that differ from that.
 */
export function createFixture(faults: Files = {}): Fixture {
  const { folder: root, remove } = createTemporary('fixture')
  for (const file of SHARED) cpSync(join(REPOSITORY, file), join(root, file))
  for (const folder of ['examples', 'testing', 'benchmarks']) mkdirSync(join(root, folder))
  symlinkSync(join(REPOSITORY, 'node_modules'), join(root, 'node_modules'), 'junction')
  for (const [file, text] of Object.entries({ ...SOUND, ...faults })) {
    if (text === undefined) continue
    mkdirSync(join(root, dirname(file)), { recursive: true })
    writeFileSync(join(root, file), text)
  }
  mkdirSync(join(root, 'packages/express/node_modules/@breakwater'), { recursive: true })
  symlinkSync('../../../core', join(root, 'packages/express/node_modules/@breakwater/core'), 'junction')
  return { root, remove }
}

/**
 * What a gate says about a workspace with faults in it.
 *
 * @param gate The gate.
 * @param faults Files that differ from a sound workspace.
 * @param options How the gate is run.
 */
export async function problemsWith(gate: Gate, faults: Files, options?: GateOptions): Promise<readonly string[]> {
  const { root, remove } = createFixture(faults)
  try {
    return (await gate.check(root, options)).problems
  } finally {
    remove()
  }
}

/**
 * A package.json as it should be.
 *
 * @param room The package.
 * @param changes What differs from that.
 */
export function manifest(room: string, changes: Readonly<Record<string, unknown>> = {}): string {
  const fields = {
    name: `@breakwater/${room}`,
    version: '0.0.0',
    description: sentence(room),
    license: 'MIT',
    repository: {
      type: 'git',
      url: 'git+https://github.com/breakwater/breakwater.git',
      directory: `packages/${room}`,
    },
    type: 'module',
    sideEffects: false,
    files: ['dist', 'CHANGELOG.md'],
    exports: { '.': './src/index.ts', './package.json': './package.json' },
    engines: { node: '>=20.19' },
    ...(room === 'core' ? {} : { dependencies: { '@breakwater/core': 'workspace:^' } }),
    publishConfig: {
      access: 'public',
      main: './dist/index.cjs',
      module: './dist/index.js',
      types: './dist/index.d.cts',
      exports: {
        '.': {
          import: { types: './dist/index.d.ts', default: './dist/index.js' },
          require: { types: './dist/index.d.cts', default: './dist/index.cjs' },
        },
        './package.json': './package.json',
      },
    },
    ...changes,
  }
  return `${JSON.stringify(fields, null, 2)}\n`
}

/** The one sentence of a package. */
export function sentence(room: string): string {
  return `What ${room} is for.`
}

/** A door that begins as it should. */
export function door(room: string, code: string): string {
  return `/**\n * ${sentence(room)}\n *\n * @module\n */\n${code}\n`
}

/** A tsup.config.ts that builds no types, for tests that need none: most of a build's time goes there. */
export const QUICK_BUILD = `import { defineConfig } from 'tsup'

export default defineConfig({ entry: ['src/index.ts'], format: ['esm', 'cjs'], silent: true })
`

/** What every package has. */
function room(name: string): Files {
  return {
    [`packages/${name}/package.json`]: manifest(name),
    [`packages/${name}/README.md`]: `# ${name}\n\n${sentence(name)}\n\nMore of it.\n`,
    [`packages/${name}/LICENSE`]: 'MIT\n',
    [`packages/${name}/tsconfig.json`]: '{ "extends": "../../tsconfig.base.json", "include": ["src", "test"] }\n',
    [`packages/${name}/tsup.config.ts`]: "export { default } from '../../tsup.base.ts'\n",
  }
}

const SOUND: Files = {
  ...room('core'),
  'packages/core/src/index.ts': door('core', "export { greet } from './lib/greet.ts'"),
  'packages/core/src/lib/greet.ts': `/**
 * Greets.
 *
 * @param name Whom.
 */
export function greet(name: string): string {
  return \`Hello \${name}\`
}
`,
  'packages/core/src/lib/greet.test.ts': `import { expect, test } from 'vitest'
import { greet } from './greet.ts'

test('greet() says the name', () => {
  expect(greet('you')).toBe('Hello you')
})
`,
  'packages/core/api.d.ts': `// What @breakwater/core offers, written by \`pnpm check api --update\`. A difference here decides the next version.

declare module '@breakwater/core' {
  export function greet(name: string): string
}
`,
  ...room('express'),
  'packages/express/src/index.ts': door('express', "export { greetAll } from './lib/greet-all.ts'"),
  'packages/express/src/lib/greet-all.ts': `import { greet } from '@breakwater/core'

/**
 * Greets everybody.
 *
 * @param names Whom.
 */
export function greetAll(names: readonly string[]): readonly string[] {
  return names.map(greet)
}
`,
  'packages/express/src/lib/greet-all.test.ts': `import { expect, test } from 'vitest'
import { greetAll } from './greet-all.ts'

test('greetAll() says every name', () => {
  expect(greetAll(['you', 'me'])).toEqual(['Hello you', 'Hello me'])
})
`,
  'packages/express/api.d.ts': `// What @breakwater/express offers, written by \`pnpm check api --update\`. A difference here decides the next version.

declare module '@breakwater/express' {
  export function greetAll(names: readonly string[]): readonly string[]
}
`,
  '.changeset/greetings.md': "---\n'@breakwater/core': minor\n---\n\nGreets.\n",
  'scripts/budgets.json': `${JSON.stringify({
    core: { bytes: { '.': 80 }, dependencies: [], peerDependencies: [] },
    express: { bytes: { '.': 113 }, dependencies: ['@breakwater/core'], peerDependencies: [] },
  })}\n`,
  'scripts/smoke/core.mjs': `import assert from 'node:assert/strict'

export async function smoke({ '@breakwater/core': { greet } }) {
  assert.equal(greet('you'), 'Hello you')
}
`,
  'scripts/smoke/express.mjs': `import assert from 'node:assert/strict'

export async function smoke({ '@breakwater/express': { greetAll } }) {
  assert.deepEqual(greetAll(['you']), ['Hello you'])
}
`,
  'scripts/smoke/interop.mjs': 'export function interop() {}\n',
}
