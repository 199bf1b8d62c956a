import { expect, test } from 'vitest'
import type { MonitorEvent } from '../events.ts'
import { Signals } from './signals.ts'

interface Subject {
  readonly signals: Signals
  readonly values: Record<string, number | undefined>
  readonly events: MonitorEvent[]
}

function create(...names: readonly string[]): Subject {
  const events: MonitorEvent[] = []
  const values: Record<string, number | undefined> = {}
  const signals = new Signals({ raiseAfter: 1, clearAfter: 1 }, (event) => events.push(event))
  for (const name of names) signals.add(name, { warning: 10, critical: 20 }, () => values[name])
  return { signals, values, events }
}

test('update() tells the change of a signal, and that of the worst', () => {
  const { signals, values, events } = create('a', 'b')
  values.a = 12
  signals.update()
  expect(events).toEqual([
    { type: 'level:changed', signal: 'a', from: 'ok', to: 'warning', value: 12, threshold: 10 },
    { type: 'pressure:changed', from: 'ok', to: 'warning', signals: ['a'] },
  ])
})

test('update() tells nothing while nothing changes', () => {
  const { signals, values, events } = create('a', 'b')
  signals.update()
  values.a = 25
  signals.update()
  events.length = 0
  for (let sample = 0; sample < 5; sample++) signals.update()
  expect(events).toEqual([])
})

test('update() tells no change of the worst where another one is as bad', () => {
  const { signals, values, events } = create('a', 'b')
  values.a = 25
  signals.update()
  values.b = 25
  signals.update()
  values.a = 0
  signals.update()
  expect(signals.level).toBe('critical')
  expect(events.filter(({ type }) => type === 'pressure:changed')).toEqual([
    { type: 'pressure:changed', from: 'ok', to: 'critical', signals: ['a'] },
  ])
  values.b = undefined
  signals.update()
  expect(events.slice(-2)).toEqual([
    { type: 'level:changed', signal: 'b', from: 'critical', to: 'ok', value: undefined, threshold: 20 },
    { type: 'pressure:changed', from: 'critical', to: 'ok', signals: [] },
  ])
})

test('report() tells each signal with its thresholds', () => {
  const { signals, values } = create('a', 'b')
  values.a = 12
  signals.update()
  expect(signals.report()).toEqual({
    a: { level: 'warning', value: 12, warning: 10, critical: 20 },
    b: { level: 'ok', value: undefined, warning: 10, critical: 20 },
  })
  expect([signals.levelOf('a'), signals.levelOf('nobody')]).toEqual(['warning', 'ok'])
})
