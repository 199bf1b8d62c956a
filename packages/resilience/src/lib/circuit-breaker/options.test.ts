import { expect, test } from 'vitest'
import { type CircuitBreakerOptions, resolveCircuitBreakerOptions } from './options.ts'

test.each<[Partial<Record<keyof CircuitBreakerOptions, unknown>>, string]>([
  [{ name: '' }, 'Expected `name` to be a string that is not empty, got ""'],
  [{ failureThreshold: 0 }, 'Expected `failureThreshold` to be a positive integer, got 0'],
  [{ failureThreshold: '5' }, 'Expected `failureThreshold` to be a positive integer, got "5"'],
  [{ failureRatio: 0 }, 'Expected `failureRatio` to be a number over 0, got 0'],
  [{ failureRatio: 1.1 }, 'Expected `failureRatio` to be a ratio between 0 and 1, got 1.1'],
  [{ slowCallRatio: 2, slowCallMs: 1 }, 'Expected `slowCallRatio` to be a ratio between 0 and 1, got 2'],
  [{ slowCallRatio: 0.5 }, 'Expected `slowCallRatio` and `slowCallMs` together, got one of them'],
  [{ slowCallMs: 5 }, 'Expected `slowCallRatio` and `slowCallMs` together, got one of them'],
  [{ slowCallRatio: 0.5, slowCallMs: 0 }, 'Expected `slowCallMs` to be a number of milliseconds over 0, got 0'],
  [{ failureRatio: 1, windowCalls: 0 }, 'Expected `windowCalls` to be a positive integer, got 0'],
  [{ failureRatio: 1, windowCalls: 5, windowMs: 5 }, 'Expected `windowMs` or `windowCalls`, got both'],
  [{ failureRatio: 1, windowMs: 0 }, 'Expected `windowMs` to be a number over 0, got 0'],
  [{ failureRatio: 1, windowMs: 0.5 }, 'Expected `windowMs` to be at least 1, got 0.5'],
  [{ failureRatio: 1, minimumCalls: 0 }, 'Expected `minimumCalls` to be a positive integer, got 0'],
  [
    { failureRatio: 1, windowCalls: 5, minimumCalls: 6 },
    'Expected `minimumCalls` to be at most `windowCalls`, got 6 and 5',
  ],
  [{ windowMs: 5 }, 'Expected `failureRatio` or `slowCallRatio` beside `windowMs`, got neither'],
  [{ openForMs: -1 }, 'Expected `openForMs` to be a number of milliseconds of at least 0, got -1'],
  [{ openForMs: Number.NaN }, 'Expected `openForMs` to be a number of milliseconds of at least 0, got NaN'],
  [{ openForMs: 5, maxOpenForMs: 4 }, 'Expected `maxOpenForMs` to be at least `openForMs`, got 4 and 5'],
  [{ openBackoffFactor: 0.5 }, 'Expected `openBackoffFactor` to be at least 1, got 0.5'],
  [{ openJitterRatio: -0.1 }, 'Expected `openJitterRatio` to be a ratio between 0 and 1, got -0.1'],
  [{ probes: 1.5 }, 'Expected `probes` to be a positive integer, got 1.5'],
  [{ probeSuccessRatio: 0 }, 'Expected `probeSuccessRatio` to be a number over 0, got 0'],
  [{ probeLeaseMs: 0 }, 'Expected `probeLeaseMs` to be a number of milliseconds over 0, got 0'],
  [{ rampMs: -1 }, 'Expected `rampMs` to be a number of milliseconds of at least 0, got -1'],
  [{ classifyError: 5 }, 'Expected `classifyError` to be a function, got 5'],
  [{ classifyError: null }, 'Expected `classifyError` to be a function, got null'],
  [{ classifyResult: {} }, 'Expected `classifyResult` to be a function, got an object'],
  [{ random: 0.5 }, 'Expected `random` to be a function, got 0.5'],
])('resolveCircuitBreakerOptions() refuses %j', (options, message) => {
  expect(() => resolveCircuitBreakerOptions({ name: 'db', ...options } as CircuitBreakerOptions)).toThrow(message)
})

test('resolveCircuitBreakerOptions() copies what it was given', () => {
  const options = { name: 'db', failureThreshold: 3, openForMs: 0 }
  const resolved = resolveCircuitBreakerOptions(options)
  options.failureThreshold = 9
  expect(resolved).toMatchObject({ failureThreshold: 3, openForMs: 0, probeLeaseMs: 1, windowCalls: 0 })
})

test('resolveCircuitBreakerOptions() counts no failures in a row beside a ratio, unless told to', () => {
  expect(resolveCircuitBreakerOptions({ name: 'db' }).failureThreshold).toBe(5)
  expect(resolveCircuitBreakerOptions({ name: 'db', failureRatio: 0.5 }).failureThreshold).toBe(0)
  expect(resolveCircuitBreakerOptions({ name: 'db', failureRatio: 0.5, windowCalls: 8 }).minimumCalls).toBe(8)
})
