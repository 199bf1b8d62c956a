import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { ChannelMessage } from '@breakwater/core'
import { createManualClock } from '@breakwater/core/testing'
import { expect, test } from 'vitest'
import { RESILIENCE_CHANNEL, type RetryEvent } from '../events.ts'
import { createRetryBudget, type RetryBudget, type RetryBudgetOptions } from './budget.ts'

const times = (count: number, run: () => void): void => {
  for (let index = 0; index < count; index++) run()
}

/** Takes all that there is. */
function drain(budget: RetryBudget): number {
  let taken = 0
  while (budget.withdraw()) taken++
  return taken
}

function create(options: RetryBudgetOptions = {}) {
  const clock = createManualClock()
  const budget = createRetryBudget({ name: 'db', clock, ...options })
  const events: RetryEvent['type'][] = []
  budget.subscribe(({ type }) => events.push(type))
  return { clock, budget, events }
}

test('withdraw() allows ten retries in ten seconds where there are few calls', () => {
  const { clock, budget } = create()
  expect(budget.balance).toBe(10)
  expect(drain(budget)).toBe(10)
  expect(budget.balance).toBe(0)
  budget.deposit()
  expect(drain(budget)).toBe(0)
  clock.advance(10_000)
  expect(drain(budget)).toBe(10)
})

test('withdraw() allows a fifth of the calls where there are many', () => {
  const { budget } = create()
  times(50, () => budget.deposit())
  expect(budget.balance).toBe(10)
  times(50, () => budget.deposit())
  expect(budget.balance).toBe(20)
  expect(drain(budget)).toBe(20)
})

test('withdraw() keeps to another ratio and minimum', () => {
  const { budget } = create({ ratio: 0.5, minPerSecond: 0.2 })
  expect(budget.balance).toBe(2)
  times(10, () => budget.deposit())
  expect(drain(budget)).toBe(5)
})

test('withdraw() allows nothing without calls and minimum', () => {
  const { budget } = create({ minPerSecond: 0 })
  expect(drain(budget)).toBe(0)
  times(4, () => budget.deposit())
  expect(drain(budget)).toBe(0)
  budget.deposit()
  expect(drain(budget)).toBe(1)
})

test('withdraw() allows only the minimum with a ratio of 0', () => {
  const { budget } = create({ ratio: 0 })
  times(1_000, () => budget.deposit())
  expect(drain(budget)).toBe(10)
})

test('withdraw() forgets calls and retries after ten steps, each in its own', () => {
  const { clock, budget } = create({ minPerSecond: 0 })
  times(100, () => budget.deposit())
  clock.advance(5_000)
  times(50, () => budget.deposit())
  expect(drain(budget)).toBe(30)
  clock.advance(4_999)
  expect(budget.balance).toBe(0)
  clock.advance(1) // the first calls are gone, the retries are not
  expect(budget.balance).toBe(0)
  times(100, () => budget.deposit())
  expect(budget.balance).toBe(0)
  clock.advance(5_000)
  expect(budget.balance).toBe(20)
  clock.advance(5_000)
  expect(budget.balance).toBe(0)
})

test('withdraw() begins its first step where its clock stands', () => {
  const clock = createManualClock({ nowMs: 1_000_999 })
  const budget = createRetryBudget({ minPerSecond: 0, clock })
  times(5, () => budget.deposit())
  clock.advance(1)
  times(5, () => budget.deposit())
  clock.advance(8_999)
  expect(budget.balance).toBe(2)
  clock.advance(1)
  expect(budget.balance).toBe(1)
  clock.advance(1_000)
  expect(budget.balance).toBe(0)
})

test.each([10_000, 25_000, 1e12])('withdraw() forgets all after %d idle ms', (idleMs) => {
  const { clock, budget } = create()
  times(1_000, () => budget.deposit())
  clock.advance(3_000)
  times(1_000, () => budget.deposit())
  expect(drain(budget)).toBe(400)
  clock.advance(idleMs)
  expect(budget.balance).toBe(10)
  times(100, () => budget.deposit())
  expect(drain(budget)).toBe(20)
})

test('withdraw() sees a clock that began below zero', () => {
  let now = -3_500
  const budget = createRetryBudget({ minPerSecond: 0, clock: { ...createManualClock(), coarse: () => now } })
  times(10, () => budget.deposit())
  now = 500
  times(10, () => budget.deposit())
  expect(budget.balance).toBe(4)
  now = 6_000
  expect(budget.balance).toBe(2)
  now = 10_000
  expect(budget.balance).toBe(0)
})

test('withdraw() takes other windows', () => {
  const { clock, budget } = create({ windowMs: 1, minPerSecond: 2_000 })
  expect(drain(budget)).toBe(2)
  clock.advance(1)
  expect(drain(budget)).toBe(2)
})

test('withdraw() tells of an outage once, and of its end once', () => {
  const { clock, budget, events } = create()
  times(10, () => budget.withdraw())
  expect(events).toEqual([])
  for (let second = 0; second < 60; second++) {
    times(100, () => {
      budget.deposit()
      budget.withdraw()
    })
    clock.advance(1_000)
  }
  expect(events).toEqual(['retry-budget:exhausted'])
  for (let second = 0; second < 8; second++) {
    times(100, () => budget.deposit())
    clock.advance(1_000)
  }
  budget.deposit()
  expect(events).toEqual(['retry-budget:exhausted'])
  clock.advance(1_000)
  times(5, () => budget.deposit())
  expect(events).toEqual(['retry-budget:exhausted', 'retry-budget:recovered'])
})

test('withdraw() tells of a second outage', () => {
  const { clock, budget, events } = create()
  drain(budget)
  clock.advance(10_000)
  drain(budget)
  expect(events).toEqual(['retry-budget:exhausted', 'retry-budget:recovered', 'retry-budget:exhausted'])
})

test('withdraw() tells on the channel, by its name', () => {
  const { budget } = create()
  const heard: unknown[] = []
  const listener = (message: unknown): void => void heard.push((message as ChannelMessage<RetryEvent>).source)
  subscribe(RESILIENCE_CHANNEL, listener)
  drain(budget)
  unsubscribe(RESILIENCE_CHANNEL, listener)
  expect(heard).toEqual(['db'])
})

test('withdraw() is done before listeners hear of it', () => {
  const { clock, budget } = create()
  const balances: number[] = []
  budget.subscribe(() => balances.push(budget.balance))
  drain(budget)
  clock.advance(10_000)
  budget.deposit()
  expect(balances).toEqual([0, 10])
})

test('measure() counts what was asked for', () => {
  const { budget } = create()
  times(12, () => budget.withdraw())
  expect(budget.kind).toBe('retry_budget')
  expect(budget.measure().map(({ name, labels, value }) => [name, labels?.outcome, value])).toEqual([
    ['retry_budget_retries_total', 'allowed', 10],
    ['retry_budget_retries_total', 'refused', 2],
    ['retry_budget_balance', undefined, 0],
  ])
})

test('createRetryBudget() leaves no timer', () => {
  const { clock, budget } = create()
  budget.deposit()
  drain(budget)
  expect(clock.pending).toBe(0)
})

test.each<[RetryBudgetOptions, Error]>([
  [{ name: '' }, new TypeError('Expected `name` to be a string that is not empty, got ""')],
  [{ ratio: 1.5 }, new RangeError('Expected `ratio` to be a ratio between 0 and 1, got 1.5')],
  [{ ratio: -0.1 }, new RangeError('Expected `ratio` to be a ratio between 0 and 1, got -0.1')],
  [{ minPerSecond: -1 }, new RangeError('Expected `minPerSecond` to be at least 0, got -1')],
  [{ minPerSecond: Infinity }, new RangeError('Expected `minPerSecond` to be a number over 0, got Infinity')],
  [{ minPerSecond: '1' as unknown as number }, new TypeError('Expected `minPerSecond` to be a number over 0, got "1"')],
  [{ windowMs: 0 }, new RangeError('Expected `windowMs` to be a number of milliseconds over 0, got 0')],
  [{ windowMs: 0.5 }, new RangeError('Expected `windowMs` to be at least 1, got 0.5')],
])('createRetryBudget() refuses %o', (options, error) => {
  expect(() => createRetryBudget(options)).toThrow(error)
})
