import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { api } from './check-api.ts'
import { createFixture, door, manifest, problemsWith } from './lib/fixture.ts'

const GREET = 'packages/core/src/lib/greet.ts'
const HINT = 'packages/core/api.d.ts: is not what the sources offer; see what changed and run pnpm check api --update\n'

test('api stops a changed signature', async () => {
  const faults = {
    [GREET]: 'export function greet(name: string, times?: number): string {\n  return name.repeat(times ?? 1)\n}\n',
  }
  expect(await problemsWith(api, faults)).toEqual([
    `${HINT}-   export function greet(name: string): string\n+   export function greet(name: string, times?: number): string`,
  ])
})

test('api stops a new name', async () => {
  const faults = {
    'packages/core/src/index.ts': door('core', "export { greet, type Name } from './lib/greet.ts'"),
    [GREET]: 'export type Name = string\nexport function greet(name: Name): string {\n  return name\n}\n',
  }
  expect(await problemsWith(api, faults)).toEqual([expect.stringContaining('+   export type Name = string')])
})

test('api stops a package that has none', async () => {
  expect(await problemsWith(api, { 'packages/core/api.d.ts': undefined })).toEqual([expect.stringContaining(HINT)])
})

test('api lets what no user sees change', async () => {
  const faults = {
    [GREET]:
      '/** Greets politely. */\nexport function greet(name: string): string {\n  return hello + name\n}\nconst hello: string = "Good day "\n',
  }
  expect(await problemsWith(api, faults)).toEqual([])
})

test('api stops a signature that names what no door exports', async () => {
  const faults = { [GREET]: 'type Name = string\nexport function greet(name: Name): string {\n  return name\n}\n' }
  expect(await problemsWith(api, faults)).toContain(
    'packages/core: greet of @breakwater/core uses Name, which no door exports',
  )
})

test('api stops two imports of one name', async () => {
  const faults = {
    'packages/core/src/index.ts': door(
      'core',
      "export { greet } from './lib/greet.ts'\nexport { open } from './lib/open.ts'",
    ),
    [GREET]: "import type { Server } from 'node:http'\nexport function greet(name: Server): void {}\n",
    'packages/core/src/lib/open.ts':
      "import type { Server } from 'node:net'\nexport function open(name: Server): void {}\n",
  }
  expect(await problemsWith(api, faults)).toContain(
    'packages/core: @breakwater/core uses a Server of node:net and one of node:http; import one by another name',
  )
})

test('api writes down every door, sorted, when told to', async () => {
  const { root, remove } = createFixture({
    'packages/core/package.json': manifest('core', {
      exports: { '.': './src/index.ts', './testing': './src/testing.ts' },
    }),
    'packages/core/src/index.ts': door('core', "export { type Named, serve, Greeter } from './lib/greet.ts'"),
    'packages/core/src/testing.ts': "export { named } from './lib/named.ts'\n",
    [GREET]: `import type { Server as HttpServer } from 'node:http'

/** Has a name. */
export interface Named {
  /** The name. */
  readonly name: string
}

export class Greeter implements Named {
  readonly name: string = 'one'
  #times = 0
  greet(): void {
    this.#times++
  }
}

export function serve(server: HttpServer): void
export function serve(server: HttpServer, port: number): void
export function serve(): void {}
`,
    'packages/core/src/lib/named.ts':
      "import type { Named } from './greet.ts'\n\nexport const named: Named = { name: 'one' }\n",
  })
  try {
    expect((await api.check(root, { update: true })).problems).toEqual([])
    expect(readFileSync(join(root, 'packages/core/api.d.ts'), 'utf8')).toBe(`\
// What @breakwater/core offers, written by \`pnpm check api --update\`. A difference here decides the next version.

declare module '@breakwater/core' {
  import type { Server as HttpServer } from 'node:http'

  export class Greeter implements Named {
    #private
    readonly name: string
    greet(): void
  }
  export interface Named {
    readonly name: string
  }
  export function serve(server: HttpServer): void
  export function serve(server: HttpServer, port: number): void
}

declare module '@breakwater/core/testing' {
  import type { Named } from '@breakwater/core'

  export const named: Named
}
`)
    expect((await api.check(root)).problems).toEqual([])
  } finally {
    remove()
  }
})
