import fc from 'fast-check'
import { expect, test } from 'vitest'
import { quote } from './quote.ts'

test('quote() is JSON.stringify() for every string', () => {
  const unit = fc.oneof(
    fc.constantFrom('"', '\\', '\n', '\u0000', '\u001f', '\ud800', '\udfff', '\ud83d\ude00', '\u2028', 'ü', 'a'),
    fc.string(),
  )
  fc.assert(
    fc.property(fc.array(unit), (parts) => {
      const text = parts.join('')
      expect(quote(text)).toBe(JSON.stringify(text))
    }),
    { numRuns: 1_000 },
  )
})
