import { expect, test } from 'vitest'
import { type BackoffShape, toDelayMs } from './backoff.ts'

const shape = (backoff: BackoffShape['backoff'], more: Partial<BackoffShape> = {}): BackoffShape => ({
  backoff,
  baseDelayMs: 100,
  maxDelayMs: 1_000,
  backoffFactor: backoff === 'decorrelated-jitter' ? 3 : 2,
  ...more,
})
const MOST = 1 - 2 ** -53

test('toDelayMs() grows to its limit with exponential, whatever the dice', () => {
  for (const dice of [0, 0.5, MOST])
    expect([1, 2, 3, 4, 5, 6].map((retry) => toDelayMs(shape('exponential'), retry, 7, dice))).toEqual([
      100, 200, 400, 800, 1_000, 1_000,
    ])
})

test('toDelayMs() takes a share of the growing limit with full jitter', () => {
  const delays = (dice: number) => [1, 2, 3, 4, 5].map((retry) => toDelayMs(shape('full-jitter'), retry, 7, dice))
  expect(delays(0)).toEqual([0, 0, 0, 0, 0])
  expect(delays(0.5)).toEqual([50, 100, 200, 400, 500])
  expect(delays(MOST)).toEqual([100, 200, 400, 800, 1_000].map((ms) => expect.closeTo(ms, 9)))
})

test('toDelayMs() draws between the base and three times the previous wait with decorrelated jitter', () => {
  const delay = (previousMs: number, dice: number) => toDelayMs(shape('decorrelated-jitter'), 9, previousMs, dice)
  expect([delay(100, 0), delay(100, 0.5), delay(100, MOST)]).toEqual([100, 200, expect.closeTo(300, 9)])
  expect([delay(250, 0), delay(250, 0.5), delay(250, MOST)]).toEqual([100, 425, expect.closeTo(750, 9)])
  expect([delay(900, 0), delay(900, 0.25), delay(900, MOST)]).toEqual([100, 750, 1_000])
})

test('toDelayMs() grows by another factor if it is told so', () => {
  expect(toDelayMs(shape('exponential', { backoffFactor: 1.5 }), 3, 0, 0)).toBe(225)
  expect(toDelayMs(shape('exponential', { backoffFactor: 1 }), 9, 0, 0)).toBe(100)
  expect(toDelayMs(shape('decorrelated-jitter', { backoffFactor: 1 }), 9, 100, 0.5)).toBe(100)
})

test('toDelayMs() is exactly its limit after any number of retries', () => {
  expect(toDelayMs(shape('exponential'), 1e9, 0, 0)).toBe(1_000)
  expect(toDelayMs(shape('full-jitter'), 1e9, 0, 0.5)).toBe(500)
})

test.each(['full-jitter', 'decorrelated-jitter', 'exponential'] as const)(
  'toDelayMs() is nothing with %s of no base',
  (backoff) => {
    for (const retry of [1, 2, 5_000]) expect(toDelayMs(shape(backoff, { baseDelayMs: 0 }), retry, 0, 0.5)).toBe(0)
  },
)

/** Numbers from 0 up to 1, always the same. */
function createRandom(): () => number {
  let state = 1
  return () => {
    state = (state * 48_271) % (2 ** 31 - 1)
    return state / (2 ** 31 - 1)
  }
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length

test('toDelayMs() spreads waits evenly up to the limit with full jitter', () => {
  const random = createRandom()
  for (const [retry, limitMs] of [
    [1, 100],
    [3, 400],
    [9, 1_000],
  ] as const) {
    const delays = Array.from({ length: 10_000 }, () => toDelayMs(shape('full-jitter'), retry, 0, random()))
    expect(Math.min(...delays)).toBeGreaterThanOrEqual(0)
    expect(Math.max(...delays)).toBeLessThan(limitMs)
    for (let tenth = 0; tenth < 10; tenth++) {
      const count = delays.filter((ms) => Math.floor((10 * ms) / limitMs) === tenth).length
      expect(count).toBeGreaterThan(880)
      expect(count).toBeLessThan(1_120)
    }
  }
})

test('toDelayMs() walks between the base and the limit with decorrelated jitter', () => {
  const random = createRandom()
  const sequences = Array.from({ length: 5_000 }, () => {
    const delays: number[] = []
    for (let retry = 1; retry <= 8; retry++) {
      const previousMs = delays.at(-1) ?? 100
      const delayMs = toDelayMs(shape('decorrelated-jitter'), retry, previousMs, random())
      expect(delayMs).toBeGreaterThanOrEqual(100)
      expect(delayMs).toBeLessThanOrEqual(Math.min(3 * previousMs, 1_000))
      delays.push(delayMs)
    }
    return delays
  })
  const at = (index: number) => mean(sequences.map((delays) => delays[index] as number))
  expect(at(0)).toBeCloseTo(200, -1)
  expect(at(1)).toBeCloseTo(350, -1)
  expect(sequences.some((delays) => delays.includes(1_000))).toBe(true)
})
