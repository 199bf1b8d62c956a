import { expect, test } from 'vitest'
import { fieldOf, toNumber } from './numbers.ts'

test.for([
  ['5\n', 5],
  [' -1 ', -1],
  ['0', 0],
  ['max\n', undefined],
  ['', undefined],
  ['\n', undefined],
  [undefined, undefined],
] as const)('toNumber() reads %j as %s', ([text, wanted]) => {
  expect(toNumber(text)).toBe(wanted)
})

const STAT = 'file 1\ninactive_file 2\ntotal_inactive_file 3\nmax max\nlast 5'

test.for([
  ['file', 1],
  ['inactive_file', 2],
  ['total_inactive_file', 3],
  ['last', 5],
  ['max', undefined],
  ['inactive', undefined],
  ['none', undefined],
] as const)('fieldOf() finds %s, and no other whose name has it', ([name, wanted]) => {
  expect(fieldOf(STAT, name)).toBe(wanted)
})

test('fieldOf() finds nothing in no text', () => {
  expect([fieldOf(undefined, 'file'), fieldOf('', 'file')]).toEqual([undefined, undefined])
})
