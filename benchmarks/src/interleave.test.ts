import { createManualClock } from '@breakwater/core/testing'
import { expect, test } from 'vitest'
import { interleave, shuffled } from './interleave.ts'
import { ratioOf } from './statistics.ts'

const items = ['a', 'b', 'c'].map((name) => ({ name }))

test('shuffled() keeps everybody, in the same order for the same seed, and leaves what it was given', () => {
  const given = ['a', 'b', 'c', 'd']
  expect([...shuffled(given, 1)].sort()).toEqual(given)
  expect(shuffled(given, 1)).toEqual(shuffled(given, 1))
  expect(given).toEqual(['a', 'b', 'c', 'd'])
})

test('shuffled() puts everybody everywhere equally often', () => {
  const firsts = { a: 0, b: 0, c: 0 }
  for (let seed = 0; seed < 3_000; seed++) firsts[shuffled(['a', 'b', 'c'] as const, seed)[0] as 'a']++
  for (const count of Object.values(firsts)) expect(Math.abs(count - 1_000)).toBeLessThan(100)
})

test('interleave() measures everybody once in each round, in orders that differ', async () => {
  const seen: string[] = []
  const rounds = await interleave(items, 20, 1, ({ name }) => seen.push(name))
  for (let round = 0; round < 20; round++) expect(seen.slice(3 * round, 3 * round + 3).sort()).toEqual(['a', 'b', 'c'])
  expect(new Set(rounds.map((round) => Object.keys(round).join(''))).size).toBeGreaterThan(3)
  expect(Object.values(rounds[0] ?? {}).sort()).toEqual([1, 2, 3])
})

test('interleave() finds the true ratio on a machine that becomes slower all the time', async () => {
  const clock = createManualClock()
  const began = clock.now()
  /** A machine that takes twice as long for the same after 300 ms. */
  const work = (cost: number): number => {
    const startMs = clock.now()
    clock.advance(cost * (1 + (startMs - began) / 300))
    return clock.now() - startMs
  }
  const subjects = [
    { name: 'floor', cost: 10 },
    { name: 'ours', cost: 15 },
    { name: 'floor, again', cost: 10 },
  ]

  const rounds = await interleave(subjects, 60, 1, ({ cost }) => work(cost))
  expect(ratioOf(rounds, 'ours', 'floor').median).toBeCloseTo(1.5, 1)
  expect(ratioOf(rounds, 'floor, again', 'floor').median).toBeCloseTo(1, 1)

  const allOfOne = Array.from({ length: 12 }, () => work(10))
  const thenTheOther = Array.from({ length: 12 }, () => work(10))
  const wrong = allOfOne.map((floor, i) => ({ floor, again: thenTheOther[i] as number }))
  expect(ratioOf(wrong, 'again', 'floor').median).toBeGreaterThan(1.3)
})
