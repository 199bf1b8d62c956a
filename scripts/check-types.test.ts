import { beforeAll, expect, test } from 'vitest'
import { types } from './check-types.ts'
import { createFixture, problemsWith } from './lib/fixture.ts'
import { runTool } from './lib/run.ts'

const LIB = 'packages/core/src/lib'
let problems: readonly string[]

beforeAll(async () => {
  problems = await problemsWith(types, {
    [`${LIB}/wrong.ts`]: "export const a: number = 'one'\n",
    [`${LIB}/too-new.ts`]: 'export const a: unknown = Promise.withResolvers()\n',
    [`${LIB}/unsaid.ts`]: 'export const a = Math.random()\n',
    [`${LIB}/new.test.ts`]: 'Promise.withResolvers()\n',
    'scripts/wrong.ts': "export const a: number = 'one'\n",
    // Has options of its own.
    'examples/nest-quickstart/tsconfig.json':
      '{ "compilerOptions": { "strict": true, "experimentalDecorators": true }, "include": ["src"] }\n',
    'examples/nest-quickstart/src/wrong.ts':
      "declare const said: (type: unknown) => void\n@said\nexport class A {\n  a: number = 'one'\n}\n",
  })
})

test('types stops a type error, wherever it is', () => {
  const error = "error TS2322: Type 'string' is not assignable to type 'number'."
  expect(problems).toContain(`${LIB}/wrong.ts(1,14): ${error}`)
  expect(problems).toContain(`scripts/wrong.ts(1,14): ${error}`)
  expect(problems.filter((problem) => problem.includes('nest-quickstart'))).toEqual([
    `examples/nest-quickstart/src/wrong.ts(4,3): ${error}`,
  ])
})

test('types stops a source that uses what the oldest Node lacks', () => {
  expect(problems).toContainEqual(
    expect.stringContaining(`${LIB}/too-new.ts(1,35): error TS2550: Property 'withResolvers' does not exist`),
  )
})

test('types lets a test use it', () => {
  expect(problems.filter((problem) => problem.includes('new.test.ts'))).toEqual([])
})

test('types stops an exported type that is not said outright', () => {
  expect(problems).toContainEqual(expect.stringContaining(`${LIB}/unsaid.ts(1,14): error TS9010`))
})

test('a wrong type test fails a test run', async () => {
  const { root, remove } = createFixture({
    'packages/core/test/greet.test-d.ts': `import { expectTypeOf, test } from 'vitest'
import { greet } from '../src/lib/greet.ts'

test('greet() gives a number', () => {
  expectTypeOf(greet('you')).toEqualTypeOf<number>()
})
`,
  })
  try {
    const { ok, output } = await runTool(root, 'vitest', ['run', '--reporter=default', '--project', 'core'])
    expect(ok).toBe(false)
    expect(output).toContain('test/greet.test-d.ts:4 > greet() gives a number')
  } finally {
    remove()
  }
}, 60_000)
