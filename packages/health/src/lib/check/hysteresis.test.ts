import { expect, test } from 'vitest'
import type { HealthStatus } from '../report.ts'
import { Hysteresis } from './hysteresis.ts'

const LETTERS: Readonly<Record<string, HealthStatus>> = { h: 'healthy', d: 'degraded', u: 'unhealthy' }

/** The status after each result, a letter each. */
function follow(failures: number, successes: number, results: string): string {
  const hysteresis = new Hysteresis(failures, successes)
  return [...results].map((letter) => hysteresis.settle(LETTERS[letter] as HealthStatus)[0]).join('')
}

test.for([
  ['counts the first result at once', 3, 3, 'uu', 'uu'],
  ['goes down after so many failures in a row', 3, 1, 'huuu', 'hhhu'],
  ['begins to count anew after a success', 3, 1, 'huuhuuhuuu', 'hhhhhhhhhu'],
  ['comes up after so many successes in a row', 1, 3, 'uhhuhhh', 'uuuuuuh'],
  ['goes only as far as all of them agree', 2, 1, 'hduu', 'hhdu'],
  ['comes back only as far as all of them agree', 1, 2, 'uhdhh', 'uuddh'],
  ['counts what is worse for what is less bad', 2, 1, 'hudd', 'hhdd'],
  ['follows each result with thresholds of one', 1, 1, 'hdudh', 'hdudh'],
] as const)('settle() %s', ([_, failures, successes, results, wanted]) => {
  expect(follow(failures, successes, results)).toBe(wanted)
})

test('reset() makes the next result count at once', () => {
  const hysteresis = new Hysteresis(5, 5)
  hysteresis.settle('healthy')
  hysteresis.reset()
  expect(hysteresis.status).toBeUndefined()
  expect(hysteresis.settle('unhealthy')).toBe('unhealthy')
  expect(hysteresis.failuresInARow).toBe(1)
})
