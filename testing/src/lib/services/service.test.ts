import { expect, test } from 'vitest'
import { isSet } from './service.ts'

test('isSet() is false for what says no', () => {
  const env = { CI: 'true', ONE: '1', EMPTY: '', NO: 'false', ZERO: '0' }
  expect(['CI', 'ONE', 'EMPTY', 'NO', 'ZERO', 'NONE'].filter((name) => isSet(env, name))).toEqual(['CI', 'ONE'])
})
