import { createManualClock } from '@breakwater/core/testing'
import { expect, test } from 'vitest'
import { type CircuitBreaker, createCircuitBreaker } from './circuit-breaker.ts'
import type { CircuitBreakerOptions } from './options.ts'
import type { CircuitSnapshot } from './snapshot.ts'

const clock = createManualClock()
const create = (options: Partial<CircuitBreakerOptions> = {}): CircuitBreaker =>
  createCircuitBreaker({ name: 'db', openForMs: 1_000, clock, ...options })
const run = async (breaker: CircuitBreaker, outcomes: string): Promise<void> => {
  for (const outcome of outcomes)
    await breaker.execute(() => (outcome === 'f' ? Promise.reject(new Error('down')) : 'up')).catch(() => {})
}
const kept = (breaker: CircuitBreaker): CircuitSnapshot => JSON.parse(JSON.stringify(breaker.snapshot()))

test('restore() goes on with the open time that was left, on a clock of its own', async () => {
  const old = create({ failureThreshold: 1 })
  await run(old, 'f')
  clock.advance(400)
  const snapshot = kept(old)
  expect(snapshot).toEqual({
    version: 1,
    state: 'open',
    remainingMs: 600,
    openings: 1,
    failuresInARow: 0,
    window: null,
  })
  const elsewhere = createManualClock({ nowMs: 5 })
  const restored = create({ failureThreshold: 1, clock: elsewhere })
  restored.restore(snapshot)
  elsewhere.advance(599)
  expect(restored.tryAcquire()).toMatchObject({ admitted: false, retryAfterMs: 1 })
  expect(restored.explain().reason).toContain('the snapshot that it was restored from')
  elsewhere.advance(1)
  expect(restored.tryAcquire().admitted).toBe(true)
})

test.each([
  ['failures in a row', { failureThreshold: 3 }, 'ff', 'f'],
  ['a window of calls', { failureRatio: 0.5, windowCalls: 6, minimumCalls: 6 }, 'ssssfsf', 'f'],
  ['a window of time', { failureRatio: 0.5, windowMs: 10_000, minimumCalls: 4 }, 'ffs', 'f'],
])('restore() goes on with %s', async (_, options, before, after) => {
  const old = create(options)
  await run(old, before)
  const restored = create(options)
  restored.restore(kept(old))
  expect(restored.state).toBe('closed')
  expect(kept(restored)).toEqual(kept(old))
  await run(restored, after)
  expect(restored.state).toBe('open')
})

test('restore() keeps the age of what is in a window of time', async () => {
  const options = { failureRatio: 0.5, windowMs: 10_000, minimumCalls: 3 }
  const old = create(options)
  await run(old, 'fff'.slice(1))
  clock.advance(8_000)
  const restored = create(options)
  restored.restore(kept(old))
  clock.advance(2_000)
  await run(restored, 'f')
  expect(restored.state).toBe('closed')
})

test('restore() makes calls that are under way late, and never waits longer than it would itself', async () => {
  const breaker = create({ failureThreshold: 1 })
  const call = Promise.withResolvers<void>()
  const running = breaker.execute(() => call.promise)
  breaker.restore({ version: 1, state: 'open', remainingMs: 1e12, openings: 0, failuresInARow: 0, window: null })
  expect(breaker.explain().retryAfterMs).toBe(10_000)
  call.resolve()
  await running
  expect(breaker.state).toBe('open')
})

const GOOD = { version: 1, state: 'closed', remainingMs: 0, openings: 0, failuresInARow: 0, window: null }
const WINDOW = { calls: 2, ms: 0, marks: [1, 0] }

test.each<[unknown, string]>([
  [undefined, 'Expected `snapshot` to be an object, got undefined'],
  [null, 'Expected `snapshot` to be an object, got null'],
  [[], 'Expected `snapshot` to be an object, got an object'],
  ['{}', 'Expected `snapshot` to be an object, got "{}"'],
  [{ ...GOOD, version: 2 }, 'Expected `snapshot.version` to be 1, got 2'],
  [{ ...GOOD, state: 'ajar' }, 'Expected `snapshot.state` to be "closed" or "open", got "ajar"'],
  [{ ...GOOD, remainingMs: -1 }, 'Expected `snapshot.remainingMs` to be a number of at least 0, got -1'],
  [{ ...GOOD, remainingMs: null }, 'Expected `snapshot.remainingMs` to be a number of at least 0, got null'],
  [{ ...GOOD, openings: 0.5 }, 'Expected `snapshot.openings` to be an integer of at least 0, got 0.5'],
  [{ ...GOOD, failuresInARow: -3 }, 'Expected `snapshot.failuresInARow` to be a number of at least 0, got -3'],
  [{ ...GOOD, window: 5 }, 'Expected `snapshot.window` to be an object, got 5'],
  [
    { ...GOOD, window: { ...WINDOW, calls: 3 } },
    'Expected `snapshot.window.calls` to be 2, as the window has it, got 3',
  ],
  [{ ...GOOD, window: { ...WINDOW, ms: 9 } }, 'Expected `snapshot.window.ms` to be 0, as the window has it, got 9'],
  [{ ...GOOD, window: { ...WINDOW, marks: 'x' } }, 'Expected `snapshot.window.marks` to be an array, got "x"'],
  [
    { ...GOOD, window: { ...WINDOW, marks: [0, 0, 0] } },
    'Expected `snapshot.window.marks` to be at most 2 numbers, got 3',
  ],
  [{ ...GOOD, window: { ...WINDOW, marks: [4] } }, 'Expected `snapshot.window.marks[0]` to be at most 3, got 4'],
  [
    { ...GOOD, window: { ...WINDOW, marks: ['f'] } },
    'Expected `snapshot.window.marks[0]` to be an integer of at least 0',
  ],
])('restore() refuses %j', (snapshot, message) => {
  const breaker = create({ failureRatio: 0.5, windowCalls: 2 })
  const before = kept(breaker)
  expect(() => breaker.restore(snapshot as CircuitSnapshot)).toThrow(message)
  expect(kept(breaker)).toEqual(before)
})

test('restore() refuses steps of time in which more calls failed than there were', () => {
  const breaker = create({ failureRatio: 0.5, windowMs: 1_000 })
  const marks = [1, 2, 0, ...Array(27).fill(0)]
  expect(() =>
    breaker.restore({ ...GOOD, window: { calls: 0, ms: 1_000, marks } } as unknown as CircuitSnapshot),
  ).toThrow('Expected `snapshot.window.marks[1]` to be at most 1, got 2')
  expect(() =>
    breaker.restore({ ...GOOD, window: { calls: 0, ms: 1_000, marks: [1] } } as unknown as CircuitSnapshot),
  ).toThrow('Expected `snapshot.window.marks` to be 30 numbers, got 1')
})
