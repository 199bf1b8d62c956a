import { expect, test } from 'vitest'
import { shrinkActions } from './shrink.ts'

test('shrinkActions() leaves what it takes to fail, in its order', async () => {
  const actions = Array.from({ length: 60 }, (_, index) => index)
  const fails = (some: readonly number[]): boolean => some.includes(7) && some.indexOf(50) > some.indexOf(7)
  expect(await shrinkActions(actions, fails)).toEqual([7, 50])
})

test('shrinkActions() makes actions plainer', async () => {
  const fails = (some: readonly number[]): boolean => some.some((number) => number >= 10)
  const plainer = (number: number): readonly number[] => [0, Math.floor(number / 2), number - 1]
  expect(await shrinkActions([3, 99, 40], fails, { plainer })).toEqual([10])
})

test('shrinkActions() tries no more than it may', async () => {
  let runs = 0
  const fails = async (): Promise<boolean> => ++runs < 0
  await shrinkActions([1, 2, 3, 4, 5, 6, 7, 8], fails, { runs: 3 })
  expect(runs).toBe(3)
})

test('shrinkActions() can leave nothing', async () => {
  expect(await shrinkActions([1, 2, 3], () => true)).toEqual([])
})
