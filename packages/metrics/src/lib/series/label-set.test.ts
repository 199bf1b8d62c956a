import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createLabelSet } from './label-set.ts'

test('createLabelSet() renders labels in their order, escaped', () => {
  expect(createLabelSet({ b: 'x', a: 'say "hi"\\\nthere' }).text).toBe('b="x",a="say \\"hi\\"\\\\\\nthere"')
  expect(createLabelSet({}).text).toBe('')
})

test('createLabelSet() renders any value so that it can be read again', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (value) => {
      const { text } = createLabelSet({ a: value })
      expect(text).not.toContain('\n')
      const read = /^a="((?:[^"\\]|\\["\\n])*)"$/.exec(text)?.[1]
      expect(read?.replace(/\\(.)/g, (_, one) => (one === 'n' ? '\n' : one))).toBe(Buffer.from(value).toString())
    }),
  )
})

test('createLabelSet() replaces what has no UTF-8', () => {
  expect(createLabelSet({ a: '\ud800x\udc00😀' }).labels.a).toBe('\ufffdx\ufffd😀')
})

test.each(['', '1a', 'a-b', '__name__', 'é', 'le', 'quantile'])('createLabelSet() refuses the name %j', (name) => {
  expect(() => createLabelSet({ [name]: 'x' })).toThrow(/labels/)
})

test('createLabelSet() refuses values that are no text, naming them', () => {
  expect(() => createLabelSet({ a: undefined as never })).toThrow('Expected `labels.a` to be a string, got undefined')
})
