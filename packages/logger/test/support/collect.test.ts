import { expect, test } from 'vitest'
import { parseLine, repeatedNames } from './collect.ts'

test('repeatedNames() finds a name that an object has twice, at any depth', () => {
  expect(repeatedNames('{"a":1,"b":{"c":1,"d":[{"e":"x"},{"e":"y"}],"c":2},"a":3}')).toEqual(['c', 'a'])
  expect(repeatedNames(String.raw`{"a":"\"a\":","b":["a","a"],"\"":1}`)).toEqual([])
})

test('parseLine() takes one whole object on one line', () => {
  expect(parseLine('{"a":1}\n')).toEqual({ a: 1 })
  for (const wrong of ['{"a":1}', '{"a":1}\n\n', '{"a":\n1}\n', '{"a":1', '{"a":1,"a":2}\n'])
    expect(() => parseLine(wrong), wrong).toThrow()
})
