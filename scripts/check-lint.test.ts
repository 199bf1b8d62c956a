import { beforeAll, expect, test } from 'vitest'
import { lint } from './check-lint.ts'
import { problemsWith } from './lib/fixture.ts'

let report: string

beforeAll(async () => {
  const problems = await problemsWith(lint, {
    'packages/core/src/lib/form.ts': 'export const a = 1;\n',
    'packages/core/src/lib/order.ts':
      "import { b } from './b.ts'\nimport { a } from './a.ts'\n\nexport const c = [a, b]\n",
    'packages/core/src/lib/habit.ts': 'export function isNone(a: unknown) {\n  return a == 1\n}\n',
    'packages/core/src/lib/promise.ts': 'async function load() {}\n\nexport function run() {\n  load()\n}\n',
    'packages/core/src/lib/warning.ts': 'export const a = (1, 2)\n',
  })
  report = problems.join('\n')
})

test.for([
  ['bad form', 'form.ts format'],
  ['imports out of order', 'order.ts:1:1 assist/source/organizeImports'],
  ['a bad habit', 'habit.ts:2:12 lint/suspicious/noDoubleEquals'],
  ['a promise that nobody awaits', 'promise.ts:4:3 lint/nursery/noFloatingPromises'],
  ['what is only a warning', 'warning.ts:1:20 lint/complexity/noCommaOperator'],
])('lint stops %s', ([, line]) => {
  expect(report).toContain(`packages/core/src/lib/${line}`)
})
