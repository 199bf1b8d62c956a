import { expect, test } from 'vitest'
import { bucketBounds } from './bounds.ts'

test.each([
  [[], 'Expected `bounds` to be 1 to 255 numbers, got 0'],
  [[1, 1], 'Expected `bounds[1]` to be over 1, got 1'],
  [[2, 1], 'Expected `bounds[1]` to be over 2, got 1'],
  [[Number.NaN], 'Expected `bounds[0]` to be a finite number, got NaN'],
  [[1, Infinity], 'Expected `bounds[1]` to be finite: the bucket of +Inf is always there'],
  [['1'], 'Expected `bounds[0]` to be a number, got string'],
  [7, 'Expected `bounds` to be an array of numbers'],
])('bucketBounds() refuses %j', (bounds, message) => {
  expect(() => bucketBounds('bounds', bounds as never)).toThrow(message)
})

test('bucketBounds() keeps a copy', () => {
  const given = [1, 2]
  const bounds = bucketBounds('bounds', given)
  given.push(0)
  expect(bounds).toEqual([1, 2])
})
