import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { sum } from './fixtures/sum.ts'
import { importMutated } from './import-mutated.ts'
import type { Edit } from './mutation.ts'

const folder = join(import.meta.dirname, 'fixtures')
const contents = "export { sum } from './sum.ts'"

function load(...edits: Edit[]): Promise<{ readonly sum: typeof sum }> {
  return importMutated(folder, contents, edits)
}

test('importMutated() changes nothing that it was not told to', async () => {
  expect((await load()).sum([1, 2])).toBe(3)
})

test('importMutated() changes several files, and one of them twice', async () => {
  const mutated = await load(
    { file: 'sum.ts', from: 'total + number', to: 'total * number' },
    { file: 'start.ts', from: '= 0', to: '= 10' },
    { file: 'sum.ts', from: 'numbers.reduce', to: '-numbers.reduce' },
  )
  expect(mutated.sum([1, 2])).toBe(-20)
  expect((await load()).sum([1, 2])).toBe(3)
})

test.each([
  [{ file: 'sum.ts', from: 'nothing', to: '' }, 'Expected one place in sum.ts with "nothing", got 0'],
  [{ file: 'sum.ts', from: 'total', to: '' }, 'Expected one place in sum.ts with "total", got 2'],
  [{ file: 'unused.ts', from: 'true', to: 'false' }, 'unused.ts to be a part of this'],
])('importMutated() refuses %j', async (edit, message) => {
  await expect(load(edit)).rejects.toThrow(message)
})
