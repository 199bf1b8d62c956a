import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { blocks } from './check-blocks.ts'
import { createFixture, type Files, problemsWith } from './lib/fixture.ts'

const CODE = 'examples/snippets/src/greet.ts'
const OPTIONS = 'packages/core/src/lib/options.ts'

/** A page with a block of either kind, as it was last written. */
const PAGE: Files = {
  [CODE]: "import { greet } from '@breakwater/core'\n\n// #region\ngreet('you')\n// #endregion\n",
  [OPTIONS]: `export interface GreetOptions {
  /**
   * How often.
   *
   * @defaultValue \`1\`
   */
  readonly times?: number | undefined
}
`,
  'docs/guides/greet.md': `# Greet

<!-- code: ${CODE} -->
\`\`\`ts
greet('you')
\`\`\`
<!-- end -->

<!-- options: ${OPTIONS} GreetOptions -->
| Option | Type | Meaning | Default |
| --- | --- | --- | --- |
| \`times\` | \`number\` | How often. | \`1\` |
<!-- end -->
`,
}

test('blocks lets pages through that show what is there', async () => {
  expect(await problemsWith(blocks, PAGE)).toEqual([])
})

test.for([
  ['a copy of code that has changed', CODE, "// #region\ngreet('me')\n// #endregion\n"],
  ['a table of options that have changed', OPTIONS, 'export interface GreetOptions {\n  readonly name: string\n}\n'],
] as const)('blocks stops %s', async ([, file, text]) => {
  expect(await problemsWith(blocks, { ...PAGE, [file]: text })).toEqual([
    `docs/guides/greet.md: its block of ${file} is out of date; run \`pnpm check blocks --update\``,
  ])
})

test('blocks writes them anew when told to', async () => {
  const { root, remove } = createFixture({ ...PAGE, [CODE]: "// #region\ngreet('me')\n// #endregion\n" })
  try {
    await blocks.check(root, { update: true })
    expect(readFileSync(join(root, 'docs/guides/greet.md'), 'utf8')).toContain("```ts\ngreet('me')\n```\n")
    expect((await blocks.check(root)).problems).toEqual([])
  } finally {
    remove()
  }
})
