import { expect, test } from 'vitest'
import { passesLuhn } from './luhn.ts'

test.each(['0', '18', '79927398713', '4111111111111111', '378282246310005'])('passesLuhn() passes %s', (digits) => {
  expect(passesLuhn(digits)).toBe(true)
})

test.each(['', '1', '81', '79927398710', '4111111111111112', '1411111111111111'])(
  'passesLuhn() does not pass %j',
  (digits) => {
    expect(passesLuhn(digits)).toBe(false)
  },
)

test('passesLuhn() passes exactly one of ten last digits', () => {
  for (const digits of ['7992739871', '411111111111111', '5'])
    expect([...'0123456789'].filter((last) => passesLuhn(digits + last))).toHaveLength(1)
})
