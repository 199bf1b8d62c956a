import { expect, test } from 'vitest'
import { findMatch, fromIfMatch, toEncodedTag, toETag } from './etag.ts'

test('fromIfMatch() reads the tag that toETag() made', () => {
  expect(fromIfMatch(toETag(12))).toEqual([12])
})

test('fromIfMatch() reads a list, whatever is around its commas', () => {
  expect(fromIfMatch(' "1","2" , "30" ')).toEqual([1, 2, 30])
})

test('fromIfMatch() has no condition without the header, and with *', () => {
  expect(fromIfMatch(undefined)).toBeUndefined()
  expect(fromIfMatch(' * ')).toBeUndefined()
})

test('fromIfMatch() reads the tag of an answer that was compressed', () => {
  expect(fromIfMatch(`"1-br", "2-gzip", "3-zstd", W/"4-br"`)).toEqual([1, 2])
})

test.each(['W/"1"', '"abc"', '""', '"01"', '"9999999999"', '"-1"'])('fromIfMatch() lets %s match nothing', (header) => {
  expect(fromIfMatch(header)).toEqual([])
})

test.each(['1', '"1', '', '"1" "2"', '"1",', '*, "1"'])('fromIfMatch() refuses %j', (header) => {
  expect(() => fromIfMatch(header)).toThrow(expect.objectContaining({ code: 'ERR_INVALID_REQUEST' }))
})

test('toEncodedTag() tells strong tags of other bytes apart', () => {
  expect(toEncodedTag('"12"', 'br')).toBe('"12-br"')
  expect(toEncodedTag('W/"12"', 'br')).toBe('W/"12"')
})

test.each([
  ['"3"', '"3"', '"3"'],
  ['*', '"3"', '"3"'],
  [' * ', 'W/"abc"', 'W/"abc"'],
  ['W/"3"', '"3"', '"3"'],
  ['"abc"', 'W/"abc"', 'W/"abc"'],
  ['W/"abc"', 'W/"abc"', 'W/"abc"'],
  ['"1", W/"2" ,"3"', '"3"', '"3"'],
  ['"2","3-gzip","3-br"', '"3"', '"3-gzip"'],
  ['W/"3-br"', '"3"', '"3-br"'],
  ['"a,b", "3"', '"3"', '"3"'],
])('findMatch() finds in %s what %s is known by: %s', (header, tag, expected) => {
  expect(findMatch(header, tag)).toBe(expected)
})

test.each([
  [undefined, '"3"'],
  ['', '"3"'],
  ['3', '"3"'],
  ['"4"', '"3"'],
  ['"33"', '"3"'],
  ['"3-zstd"', '"3"'],
  ['"3-br-br"', '"3"'],
  ['"abc-br"', 'W/"abc"'],
  ['"ABC"', 'W/"abc"'],
  ['*, "3"', '"3"'],
  ['"3', '"3"'],
  ['x'.repeat(16_000), '"3"'],
])('findMatch() finds nothing in %.40s for %s', (header, tag) => {
  expect(findMatch(header, tag)).toBeUndefined()
})
