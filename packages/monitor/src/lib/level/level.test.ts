import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Level, SignalLevel } from './level.ts'

const THRESHOLDS = { warning: 0.6, critical: 0.8 }

/** The level after each number, a letter each. */
function follow(values: readonly (number | undefined)[], raiseAfter = 2, clearAfter = 3): string {
  const signal = new SignalLevel(THRESHOLDS, { raiseAfter, clearAfter })
  return values
    .map((value) => {
      signal.add(value)
      return signal.level[0]
    })
    .join('')
}

test.for([
  ['rises after so many samples in a row', [0.6, 0.6, 0.6], 'oww'],
  ['rises at its threshold, and not just below', [0.5999, 0.5999, 0.6, 0.6], 'ooow'],
  ['counts anew after a lower one', [0.7, 0.5, 0.7, 0.7], 'ooow'],
  ['goes to critical at once where it is that high', [0.9, 0.9], 'oc'],
  ['goes only as far as all of them agree', [0.7, 0.9, 0.9], 'owc'],
  ['stays between a threshold and nine tenths of it', [0.6, 0.6, 0.55, 0.55, 0.55, 0.55], 'owwwww'],
  ['falls after so many samples in a row below nine tenths', [0.6, 0.6, 0.53, 0.53, 0.53], 'owwwo'],
  ['begins to fall anew after a higher one', [0.6, 0.6, 0.1, 0.1, 0.55, 0.1, 0.1, 0.1], 'owwwwwwo'],
  ['falls from critical to warning', [0.9, 0.9, 0.7, 0.7, 0.7], 'occcw'],
  ['falls from critical to ok at once where it is that low', [0.9, 0.9, 0.1, 0.1, 0.1], 'occco'],
  ['falls only as far as all of them agree', [0.9, 0.9, 0.7, 0.1, 0.1, 0.1], 'occcwo'],
  ['is critical for good between 0.72 and 0.8', [0.9, 0.9, 0.73, 0.73, 0.73, 0.73], 'occccc'],
  ['is ok at once when nobody knows the number', [0.9, 0.9, undefined, 0.9, 0.9], 'ocooc'],
] as const)('add() %s', ([_, values, wanted]) => {
  expect(follow(values)).toBe(wanted)
})

test('add() follows each sample where one is enough', () => {
  expect(follow([0.6, 0.1, 0.9, 0.7, 0.1], 1, 1)).toBe('wocwo')
})

test('add() tells a change, and the threshold that was crossed', () => {
  const signal = new SignalLevel(THRESHOLDS, { raiseAfter: 1, clearAfter: 1 })
  const changes = [0.65, 0.65, 0.85, 0.65, 0.1].map((value) => signal.add(value))
  expect(changes).toEqual([
    { from: 'ok', to: 'warning', threshold: 0.6 },
    undefined,
    { from: 'warning', to: 'critical', threshold: 0.8 },
    { from: 'critical', to: 'warning', threshold: 0.8 },
    { from: 'warning', to: 'ok', threshold: 0.6 },
  ])
})

test('thresholds can be set: the level stays until samples against them say otherwise', () => {
  const signal = new SignalLevel(THRESHOLDS, { raiseAfter: 2, clearAfter: 2 })
  signal.add(0.5)
  signal.add(0.5)
  signal.thresholds = { warning: 0.3, critical: 0.4 }
  // The two that came before do not count.
  expect([signal.level, signal.add(0.5), signal.level]).toEqual(['ok', undefined, 'ok'])
  expect(signal.add(0.5)).toEqual({ from: 'ok', to: 'critical', threshold: 0.4 })
  signal.thresholds = { warning: 0.8, critical: 0.9 }
  expect([signal.level, signal.add(0.5), signal.level]).toEqual(['critical', undefined, 'critical'])
  expect(signal.add(0.5)).toEqual({ from: 'critical', to: 'ok', threshold: 0.9 })
  expect(signal.thresholds).toEqual({ warning: 0.8, critical: 0.9 })
})

/** What the level should be, found by looking at the whole history each time. */
function model(history: readonly number[], before: Level, raiseAfter: number, clearAfter: number): Level {
  const all = (count: number, is: (value: number) => boolean): boolean =>
    history.length >= count && history.slice(-count).every(is)
  const isOver = (threshold: number): boolean => all(raiseAfter, (value) => value >= threshold)
  const isUnder = (threshold: number): boolean => all(clearAfter, (value) => value < threshold * 0.9)
  if (isOver(THRESHOLDS.critical)) return 'critical'
  if (before === 'ok') return isOver(THRESHOLDS.warning) ? 'warning' : 'ok'
  if (isUnder(THRESHOLDS.warning)) return 'ok'
  return before === 'critical' && !isUnder(THRESHOLDS.critical) ? 'critical' : 'warning'
}

test('add() does what its rules say, whatever comes', () => {
  const value = fc.constantFrom(0, 0.539, 0.54, 0.5999, 0.6, 0.7, 0.719, 0.72, 0.7999, 0.8, 2)
  const series = fc.array(value, { maxLength: 60 })
  const count = fc.integer({ min: 1, max: 4 })
  fc.assert(
    fc.property(series, count, count, (values, raiseAfter, clearAfter) => {
      const signal = new SignalLevel(THRESHOLDS, { raiseAfter, clearAfter })
      let wanted: Level = 'ok'
      values.forEach((value, index) => {
        const before = wanted
        wanted = model(values.slice(0, index + 1), wanted, raiseAfter, clearAfter)
        const change = signal.add(value)
        expect(signal.level).toBe(wanted)
        expect(change === undefined).toBe(wanted === before)
      })
    }),
    { numRuns: 500 },
  )
})
