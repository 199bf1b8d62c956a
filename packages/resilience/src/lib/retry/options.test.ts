import { expect, test } from 'vitest'
import { createRetryBudget } from './budget.ts'
import { type RetryOptions, resolveRetryOptions } from './options.ts'
import { createRetry } from './retry.ts'

test('resolveRetryOptions() has a default for all but the name', () => {
  expect(resolveRetryOptions({ name: 'db' })).toMatchObject({
    name: 'db',
    maxAttempts: 3,
    baseDelayMs: 100,
    maxDelayMs: 20_000,
    backoff: 'full-jitter',
    backoffFactor: 2,
    maxRetryAfterMs: 60_000,
    isRetryable: undefined,
    isRetryableResult: undefined,
    retryAfter: undefined,
    budget: undefined,
    random: Math.random,
  })
})

test('resolveRetryOptions() takes undefined for a default, and 0 for 0', () => {
  const options = resolveRetryOptions({
    name: 'db',
    maxAttempts: undefined,
    baseDelayMs: 0,
    maxDelayMs: 0,
    maxRetryAfterMs: 0,
  })
  expect(options).toMatchObject({ maxAttempts: 3, baseDelayMs: 0, maxDelayMs: 0, maxRetryAfterMs: 0 })
})

test('resolveRetryOptions() grows decorrelated waits by 3', () => {
  expect(resolveRetryOptions({ name: 'db', backoff: 'decorrelated-jitter' }).backoffFactor).toBe(3)
})

test('resolveRetryOptions() never caps below the base by default', () => {
  expect(resolveRetryOptions({ name: 'db', baseDelayMs: 30_000 }).maxDelayMs).toBe(30_000)
})

test('resolveRetryOptions() takes delays over 2^31-1 ms', () => {
  expect(resolveRetryOptions({ name: 'db', baseDelayMs: 2 ** 40, maxRetryAfterMs: 2 ** 41 })).toMatchObject({
    baseDelayMs: 2 ** 40,
    maxDelayMs: 2 ** 40,
    maxRetryAfterMs: 2 ** 41,
  })
})

test.each<[Partial<Record<keyof RetryOptions, unknown>>, Error]>([
  [{ name: '' }, new TypeError('Expected `name` to be a string that is not empty, got ""')],
  [{ maxAttempts: 0 }, new RangeError('Expected `maxAttempts` to be a positive integer, got 0')],
  [{ maxAttempts: 2.5 }, new RangeError('Expected `maxAttempts` to be a positive integer, got 2.5')],
  [{ maxAttempts: '3' }, new TypeError('Expected `maxAttempts` to be a positive integer, got "3"')],
  [{ baseDelayMs: -1 }, new RangeError('Expected `baseDelayMs` to be a number of milliseconds of at least 0, got -1')],
  [{ baseDelayMs: '1' }, new TypeError('Expected `baseDelayMs` to be a number of milliseconds of at least 0, got "1"')],
  [
    { maxDelayMs: Infinity },
    new RangeError('Expected `maxDelayMs` to be a number of milliseconds of at least 0, got Infinity'),
  ],
  [{ maxDelayMs: 99 }, new RangeError('Expected `maxDelayMs` to be at least `baseDelayMs`, got 99 and 100')],
  [
    { backoff: 'linear' },
    new TypeError('Expected `backoff` to be one of "full-jitter", "decorrelated-jitter", "exponential", got "linear"'),
  ],
  [{ backoffFactor: 0.5 }, new RangeError('Expected `backoffFactor` to be at least 1, got 0.5')],
  [{ backoffFactor: Number.NaN }, new RangeError('Expected `backoffFactor` to be a number over 0, got NaN')],
  [{ isRetryable: null }, new TypeError('Expected `isRetryable` to be a function, got null')],
  [{ isRetryableResult: true }, new TypeError('Expected `isRetryableResult` to be a function, got true')],
  [{ retryAfter: 5 }, new TypeError('Expected `retryAfter` to be a function, got 5')],
  [
    { maxRetryAfterMs: -1 },
    new RangeError('Expected `maxRetryAfterMs` to be a number of milliseconds of at least 0, got -1'),
  ],
  [{ budget: true }, new TypeError('Expected `budget` to be a retry budget or false, got true')],
  [{ budget: null }, new TypeError('Expected `budget` to be a retry budget or false, got null')],
  [{ budget: {} }, new TypeError('Expected `budget` to be a retry budget or false, got an object')],
  [{ budget: { deposit() {} } }, new TypeError('Expected `budget` to be a retry budget or false, got an object')],
  [{ random: 0.5 }, new TypeError('Expected `random` to be a function, got 0.5')],
])('createRetry() refuses %o', (options, error) => {
  expect(() => createRetry({ name: 'db', ...options } as RetryOptions)).toThrow(error)
})

test('createRetry() copies its options', async () => {
  const options = { name: 'db', maxAttempts: 1, budget: createRetryBudget() }
  const retry = createRetry(options)
  options.maxAttempts = 5
  options.name = 'other'
  expect(retry.name).toBe('db')
  let attempts = 0
  const run = () => {
    attempts++
    throw new Error('down')
  }
  await expect(retry.execute(run)).rejects.toThrow('down')
  expect(attempts).toBe(1)
})
