import { expect, test } from 'vitest'
import type { Round } from '../statistics.ts'
import { figureOf, goodput, lag } from './figures.ts'
import { whyVoid } from './group.ts'

function round(goodputs: number, lagMs = 1): Round {
  return { [figureOf(goodput, 4)]: goodputs, [figureOf(lag, 4)]: lagMs }
}

test('whyVoid() is nothing where the driver was in time and ours did as its twin', () => {
  expect(whyVoid({ ours: round(95, 20), again: round(86), peer: round(10) }, 'ours', 'again')).toBeUndefined()
})

test('whyVoid() names where the driver was late, whoever it was', () => {
  const taken = { ours: round(95), again: round(95), peer: round(95, 21) }
  expect(whyVoid(taken, 'ours', 'again')).toBe('The driver was 21 ms late at 4x of "peer"')
})

test.each([80, 110])('whyVoid() names where ours is not as its twin: 95 and %i', (again) => {
  const why = whyVoid({ ours: round(95), again: round(again) }, 'ours', 'again')
  expect(why).toBe('Ours and its twin differ by 15 points at 4x')
})
