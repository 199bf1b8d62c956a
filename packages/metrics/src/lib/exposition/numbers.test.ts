import fc from 'fast-check'
import { expect, test } from 'vitest'
import { toText } from './format.ts'
import { LONGEST_NUMBER, writeNumber } from './numbers.ts'

function written(value: number): string {
  const bytes = Buffer.alloc(LONGEST_NUMBER + 2, '#')
  const end = writeNumber(bytes, 1, value)
  expect(bytes.toString('latin1')).toMatch(/^#.*#$/)
  return bytes.toString('latin1', 1, end)
}

test('writeNumber() writes every number as text has it', () => {
  const decimals = fc
    .tuple(fc.integer({ min: -(2 ** 40), max: 2 ** 40 }), fc.constantFrom(1, 10, 100, 1_000, 10_000, 4, 7))
    .map(([parts, of]) => parts / of)
  const sums = fc.array(fc.integer({ min: 0, max: 5_000 }).map((ms) => ms / 1_000)).map((all) => {
    return all.reduce((sum, one) => sum + one, 0)
  })
  fc.assert(
    fc.property(fc.oneof(fc.double(), fc.double({ min: -1e-5, max: 1e-5 }), fc.integer(), decimals, sums), (value) => {
      expect(written(value)).toBe(toText(value))
    }),
    { numRuns: 2_000 },
  )
})

test.each([
  0,
  -0,
  9,
  10,
  999_999_999,
  1_000_000_000,
  2_147_483_647,
  2_147_483_648,
  -2_147_483_647.999,
  0.001,
  0.0005,
  1e-7,
  0.9999999999,
  1.9995,
  0.1 + 0.2,
  -Number.MIN_VALUE,
  -2.2250738585072014e-308,
  -0.0000010335218688546781,
  Number.MAX_VALUE,
  Infinity,
  -Infinity,
  Number.NaN,
])('writeNumber() writes %d', (value) => {
  expect(written(value)).toBe(toText(value))
})
