import { expect, test } from 'vitest'
import { SeriesCap } from './cap.ts'
import type { Family } from './family.ts'
import { createCounter, createGauge, createHistogramInstrument } from './instruments.ts'

const capOf = (family: string): SeriesCap => new SeriesCap(family, 3, () => {})

function read(family: Family): unknown {
  return Object.fromEntries([...family.rows()].map(({ labels, value }) => [labels.text, value]))
}

test('createCounter() counts by labels', () => {
  const { instrument, family } = createCounter({ name: 'jobs_total', help: 'Jobs.', labels: ['queue', 'kind'] }, capOf)
  instrument.with({ queue: 'mail', kind: 'new' }).add()
  instrument.with({ kind: 'new', queue: 'mail' }).add(2)
  instrument.with({ queue: 'mail', kind: 'old' }).add()
  expect(read(family)).toEqual({ 'queue="mail",kind="new"': 3, 'queue="mail",kind="old"': 1 })
})

test('createCounter() shows 0 from the beginning if it has no labels', () => {
  const { instrument, family } = createCounter({ name: 'jobs_total', help: 'Jobs.' }, capOf)
  expect(read(family)).toEqual({ '': 0 })
  instrument.add(1.5)
  expect(read(family)).toEqual({ '': 1.5 })
})

test('add() of a counter ignores what is no amount', () => {
  const { instrument, family } = createCounter({ name: 'jobs_total', help: 'Jobs.' }, capOf)
  for (const by of [-1, Number.NaN, Infinity, '1' as never]) instrument.add(by)
  expect(read(family)).toEqual({ '': 0 })
})

test('rows() are not changed by what is counted later', () => {
  const { instrument, family } = createCounter({ name: 'jobs_total', help: 'Jobs.' }, capOf)
  const [before] = family.rows()
  instrument.add()
  expect(before?.value).toBe(0)
})

test('with() never throws, whatever the labels', () => {
  const { instrument, family } = createGauge({ name: 'jobs', help: 'Jobs.', labels: ['queue'] }, capOf)
  instrument.with(undefined as never).set(1)
  instrument.with({ queue: 7 as never }).set(2)
  instrument.with({ queue: Symbol('x') as never, other: 'x' } as never).add(3)
  expect(read(family)).toEqual({ 'queue=""': 4, 'queue="7"': 2 })
})

test('with() gives one series for all that are beyond the cap', () => {
  const { instrument, family } = createCounter({ name: 'jobs_total', help: 'Jobs.', labels: ['queue'] }, capOf)
  for (let queue = 0; queue < 100; queue++) instrument.with({ queue: String(queue) }).add()
  expect(read(family)).toEqual({ 'queue="0"': 1, 'queue="1"': 1, 'queue="2"': 1, 'queue="overflow"': 97 })
})

test('with() gives one series to values that are the same text', () => {
  const { instrument, family } = createCounter({ name: 'jobs_total', help: 'Jobs.', labels: ['queue'] }, capOf)
  for (const queue of ['overflow', '\ud800', '\udc00', 'd', 'e']) instrument.with({ queue }).add()
  expect([...family.rows()].map(({ labels, value }) => [labels.text, value])).toEqual([
    ['queue="overflow"', 3],
    ['queue="\ufffd"', 2],
  ])
})

test('createHistogramInstrument() counts into its bounds', () => {
  const { instrument, family } = createHistogramInstrument({ name: 'wait_seconds', help: 'W.', bounds: [-1, 1] }, capOf)
  for (const value of [-2, 0, 1, 2, Number.NaN]) instrument.record(value)
  expect(read(family)).toEqual({ '': { bounds: [-1, 1], counts: [1, 3], count: 4, sum: 1 } })
})

test.each([
  [{ name: 'jobs', help: 'x' }, 'Expected `name` to end in "_total"'],
  [{ name: '1_total', help: 'x' }, 'Expected `name` to be letters, digits and "_"'],
  [{ name: 'jobs_total', help: '' }, 'Expected `help` to be a string that is not empty'],
  [{ name: 'jobs_total', help: 'x', labels: ['a-b'] }, 'Expected `labels[0]` to be letters'],
  [{ name: 'jobs_total', help: 'x', labels: ['a', 'a'] }, 'Expected `labels` to be different names, got "a" twice'],
  [{ name: 'jobs_total', help: 'x', labels: ['le'] }, 'Expected `labels[0]` to be no name that Prometheus itself uses'],
])('createCounter() refuses %j', (options, message) => {
  expect(() => createCounter(options, capOf)).toThrow(message)
})

test.each(['jobs_total', 'jobs_count', 'jobs_bucket', 'jobs_sum'])('createGauge() refuses the name %s', (name) => {
  expect(() => createGauge({ name, help: 'x' }, capOf)).toThrow(/not to end in/)
})
