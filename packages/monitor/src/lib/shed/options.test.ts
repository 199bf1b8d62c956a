import { expect, test } from 'vitest'
import { resolveShedOptions, type ShedOptions } from './options.ts'
import { defaultPriority } from './priority.ts'

test('resolveShedOptions() completes what is not given', () => {
  expect(resolveShedOptions({})).toEqual({
    priority: defaultPriority,
    initialConcurrency: 100,
    maxConcurrency: 10_000,
    maxRetryAfterSeconds: 30,
  })
})

test('resolveShedOptions() takes undefined for what is not given', () => {
  const nothing = {
    priority: undefined,
    initialConcurrency: undefined,
    maxConcurrency: undefined,
    maxRetryAfterSeconds: undefined,
  }
  expect(resolveShedOptions(nothing)).toEqual(resolveShedOptions({}))
})

test('resolveShedOptions() keeps what is given', () => {
  const priority = () => 'low' as const
  const options = { priority, initialConcurrency: 7, maxConcurrency: 7, maxRetryAfterSeconds: 1 }
  expect(resolveShedOptions(options)).toEqual(options)
})

test('resolveShedOptions() begins with no more than the most', () => {
  expect(resolveShedOptions({ maxConcurrency: 8 }).initialConcurrency).toBe(8)
})

test.for([
  [{ priority: 'high' }, TypeError, '`shed.priority` to be a function, got "high"'],
  [{ priority: null }, TypeError, '`shed.priority` to be a function, got null'],
  [{ initialConcurrency: 0 }, RangeError, '`shed.initialConcurrency` to be a positive integer, got 0'],
  [{ initialConcurrency: 1.5 }, RangeError, '`shed.initialConcurrency` to be a positive integer, got 1.5'],
  [{ initialConcurrency: '5' }, TypeError, '`shed.initialConcurrency` to be a positive integer, got "5"'],
  [{ maxConcurrency: 0 }, RangeError, '`shed.maxConcurrency` to be a positive integer, got 0'],
  [{ maxConcurrency: Number.NaN }, RangeError, '`shed.maxConcurrency` to be a positive integer, got NaN'],
  [{ maxConcurrency: Infinity }, RangeError, '`shed.maxConcurrency` to be a positive integer, got Infinity'],
  [{ maxConcurrency: '9' }, TypeError, '`shed.maxConcurrency` to be a positive integer, got "9"'],
  [
    { initialConcurrency: 9, maxConcurrency: 8 },
    RangeError,
    '`shed.initialConcurrency` to be at most `shed.maxConcurrency`, got 9 and 8',
  ],
  [{ maxRetryAfterSeconds: 0 }, RangeError, '`shed.maxRetryAfterSeconds` to be a positive integer, got 0'],
  [{ maxRetryAfterSeconds: 0.5 }, RangeError, '`shed.maxRetryAfterSeconds` to be a positive integer, got 0.5'],
  [{ maxRetryAfterSeconds: 3_601 }, RangeError, '`shed.maxRetryAfterSeconds` to be at most 3600, got 3601'],
] as const)('resolveShedOptions() refuses %o', ([options, kind, message]) => {
  const resolve = (): unknown => resolveShedOptions(options as ShedOptions)
  expect(resolve).toThrow(kind)
  expect(resolve).toThrow(`Expected ${message}`)
})
