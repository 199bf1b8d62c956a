import { beforeAll, expect, test } from 'vitest'
import { docs } from './check-docs.ts'
import { door, problemsWith } from './lib/fixture.ts'

let problems: readonly string[]

beforeAll(async () => {
  problems = await problemsWith(docs, {
    'packages/core/src/index.ts': door('core', "export { greet, type Undocumented, unnamed } from './lib/greet.ts'"),
    'packages/core/src/lib/greet.ts': `
/** Greets. */
export function greet(): void {}

/** Something. */
export interface Undocumented {
  field: number
}

interface Hidden {
  /** A field. */
  field: number
}

/** Uses what nobody can import. */
export function unnamed(): Hidden {
  return { field: 1 }
}
`,
    'packages/express/src/lib/greet-all.ts': 'export function greetAll(): void {}\n',
  })
})

test.for([
  ['a property without a docstring', 'Undocumented.field (Property)'],
  [
    'a signature that names what no door exports',
    'Hidden, defined in @breakwater/core/src/lib/greet.ts, is referenced by unnamed',
  ],
  ['a fault in any package', 'greetAll (CallSignature), defined in @breakwater/express'],
])('docs stops %s', ([, text]) => {
  expect(problems.join('\n')).toContain(text)
})

// Links are looked at last, once nothing else is wrong.
test('docs stops a link that leads nowhere', async () => {
  const found = await problemsWith(docs, {
    'packages/core/src/lib/greet.ts': '/** Greets. See {@link nowhere}. */\nexport function greet(): void {}\n',
  })
  expect(found).toContain('[warning] Failed to resolve link to "nowhere" in comment for @breakwater/core.greet')
}, 60_000)
