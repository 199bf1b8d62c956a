import { createManualClock } from '@breakwater/core/testing'
import type { ChainableCommander } from 'ioredis'
import { expect, test } from 'vitest'
import { createRateCounter, type RateCounterOptions } from './rate-counter.ts'

type Client = NonNullable<RateCounterOptions['redis']>

/** A Redis that may be away, or never answer. */
function createRedis() {
  const counts = new Map<string, number>()
  let state: 'up' | 'down' | 'silent' = 'up'
  let rounds = 0
  const client: Client = {
    pipeline() {
      const results: [Error | null, unknown][] = []
      const pipeline = {
        incrby(key: string, by: number) {
          counts.set(key, (counts.get(key) ?? 0) + (state === 'down' ? 0 : by))
          results.push([null, counts.get(key)])
          return pipeline
        },
        pexpire() {
          results.push([null, 1])
          return pipeline
        },
        async exec() {
          rounds++
          if (state === 'down') throw new Error('away')
          if (state === 'silent') await new Promise(() => {})
          return results
        },
      }
      return pipeline as unknown as ChainableCommander
    },
  }
  return {
    client,
    counts,
    get rounds() {
      return rounds
    },
    become(next: typeof state) {
      state = next
    },
  }
}

/** A minute begins. */
const MINUTE_START_MS = Date.parse('2026-11-22T10:00:00Z')

function create(redis?: Client, clock = createManualClock({ epochMs: MINUTE_START_MS })) {
  return { clock, counter: createRateCounter({ redis, prefix: 'test:', clock }) }
}

/** Lets promises that are settled be heard of. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await Promise.resolve()
}

test('createRateCounter() counts each key for itself, until the minute is over', () => {
  const { clock, counter } = create()
  expect(counter.read('a')).toEqual({ count: 0, resetMs: 60_000 })
  expect(counter.take('a')).toEqual({ count: 1, resetMs: 60_000 })
  clock.advance(59_999)
  expect(counter.take('a')).toEqual({ count: 2, resetMs: 1 })
  expect(counter.take('b')).toEqual({ count: 1, resetMs: 1 })
  expect(counter.read('a').count).toBe(2)
  clock.advance(1)
  expect(counter.take('a')).toEqual({ count: 1, resetMs: 60_000 })
})

test('createRateCounter() keeps a bounded number of keys, and forgets the oldest', () => {
  const { counter } = create()
  for (let n = 0; n <= 20_000; n++) counter.take(`${n}`)
  expect(counter.read('0').count).toBe(0)
  expect(counter.read('1').count).toBe(1)
  expect(counter.read('20000').count).toBe(1)
})

test('createRateCounter() hears of others within a round', async () => {
  const redis = createRedis()
  const { clock, counter } = create(redis.client)
  const { counter: other } = create(redis.client, clock)
  for (let n = 0; n < 10; n++) other.take('a')
  expect(counter.take('a').count).toBe(1)
  clock.advance(200)
  await settle()
  counter.take('a')
  clock.advance(200)
  await settle()
  expect(counter.read('a').count).toBe(12)
  // Who does not ask again is not told.
  expect(other.read('a').count).toBe(11)
  expect([...redis.counts]).toEqual([[`test:${MINUTE_START_MS / 60_000}:a`, 12]])
})

test('createRateCounter() tells nothing where nothing happens', async () => {
  const redis = createRedis()
  const { clock, counter } = create(redis.client)
  clock.advance(10_000)
  expect(redis.rounds).toBe(0)
  counter.take('a')
  clock.advance(10_000)
  await settle()
  expect(redis.rounds).toBe(1)
  counter.close()
  counter.take('a')
  clock.advance(10_000)
  expect([redis.rounds, clock.pending]).toEqual([1, 0])
})

test('createRateCounter() counts on by itself while Redis is away', async () => {
  const redis = createRedis()
  const { clock, counter } = create(redis.client)
  redis.become('down')
  for (let n = 1; n <= 10; n++) {
    expect(counter.take('a').count).toBe(n)
    clock.advance(200)
    await settle()
  }
  redis.become('up')
  expect(counter.take('a').count).toBe(11)
  clock.advance(200)
  await settle()
  expect(counter.read('a').count).toBe(11)
})

test('createRateCounter() gives a round up that is not answered, and has one at a time', async () => {
  const redis = createRedis()
  const { clock, counter } = create(redis.client)
  redis.become('silent')
  for (let n = 0; n < 10; n++) {
    counter.take('a')
    clock.advance(200)
    await settle()
  }
  expect(counter.read('a').count).toBe(10)
  expect(redis.rounds).toBe(2)
  redis.become('up')
  clock.advance(1_000)
  await settle()
  expect(redis.rounds).toBe(3)
})

test('createRateCounter() leaves to the next minute nothing of this one', async () => {
  const redis = createRedis()
  const { clock, counter } = create(redis.client)
  counter.take('a')
  clock.advance(60_000)
  expect(counter.take('a').count).toBe(1)
  clock.advance(200)
  await settle()
  expect(counter.read('a').count).toBe(1)
})
