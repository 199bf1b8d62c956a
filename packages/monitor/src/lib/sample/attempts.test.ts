import { createManualClock } from '@breakwater/core/testing'
import { expect, test } from 'vitest'
import { Attempts } from './attempts.ts'

const fail = (): never => {
  throw new Error('gone')
}

test('run() tells once of a source that fails, until it works again', () => {
  const clock = createManualClock()
  const told: string[] = []
  const attempts = new Attempts(clock, (source, error) => told.push(`${source} ${error}`))
  expect(attempts.run('a', fail)).toBeUndefined()
  attempts.run('a', fail)
  attempts.run('b', fail)
  expect(told).toEqual(['a Error: gone', 'b Error: gone'])
  expect(attempts.run('a', () => 5)).toBe(5)
  clock.advance(300_000)
  attempts.run('a', fail)
  attempts.run('b', fail)
  expect(told.slice(2)).toEqual(['a Error: gone'])
})

test('run() does not tell each time of a source that fails off and on', () => {
  const clock = createManualClock()
  let told = 0
  const attempts = new Attempts(clock, () => told++)
  for (let second = 0; second < 3_600; second++) {
    attempts.run('a', second % 2 === 0 ? fail : () => 1)
    clock.advance(1_000)
  }
  expect(told).toBe(12)
})
