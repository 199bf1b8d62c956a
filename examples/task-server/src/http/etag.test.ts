import { expect, test } from 'vitest'
import { fromIfMatch, toETag } from './etag.ts'

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

test.each(['W/"1"', '"abc"', '""', '"01"', '"9999999999"', '"-1"'])('fromIfMatch() lets %s match nothing', (header) => {
  expect(fromIfMatch(header)).toEqual([])
})

test.each(['1', '"1', '', '"1" "2"', '"1",', '*, "1"'])('fromIfMatch() refuses %j', (header) => {
  expect(() => fromIfMatch(header)).toThrow(expect.objectContaining({ code: 'ERR_INVALID_REQUEST' }))
})
