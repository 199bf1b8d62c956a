import { expect, test } from 'vitest'
import { describeThrown } from './errors.ts'

test.each([
  [Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }), 'ECONNREFUSED', 'refused'],
  [new TypeError('wrong'), 'TypeError', 'wrong'],
  [Object.assign(new Error('x'), { code: 7 }), 'Error', 'x'],
  ['text', 'string', 'text'],
  [undefined, 'undefined', 'undefined'],
  [null, 'object', 'null'],
  [{ code: 'x'.repeat(200), message: 'm' }, 'x'.repeat(100), 'm'],
  [Object.create(null), 'unreadable', ''],
])('describeThrown() of %j', (error, type, message) => {
  expect(describeThrown(error)).toEqual({ type, message })
})

test('describeThrown() of what throws when it is read', () => {
  const error = {
    get code(): never {
      throw new Error('no')
    },
  }
  expect(describeThrown(error)).toEqual({ type: 'unreadable', message: '' })
})
