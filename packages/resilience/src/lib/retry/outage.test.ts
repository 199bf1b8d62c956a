import { createManualClock } from '@breakwater/core/testing'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createRetryBudget } from './budget.ts'
import { createRetry } from './retry.ts'

const SEED = 1

/** Numbers from 0 up to 1, the same for each seed: Marsaglia's xorshift with 32 bits. */
function createRandom(seed: number): () => number {
  let state = (seed * 0x9e3779b1) | 1
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) / 2 ** 32
  }
}

test('withdraw() never allows more than its share, over any span of time', () => {
  fc.assert(
    fc.property(
      fc.record({
        seed: fc.integer(),
        share: fc.double({ min: 0, max: 1, noNaN: true }),
        minPerSecond: fc.double({ min: 0, max: 3, noNaN: true }),
        windowMs: fc.integer({ min: 1, max: 20_000 }),
        meanMs: fc.constantFrom(0.1, 1, 10, 100, 1_000),
      }),
      ({ seed, share, minPerSecond, windowMs, meanMs }) => {
        const random = createRandom(seed)
        const clock = createManualClock({ nowMs: 1 + random() * 1e6 })
        const budget = createRetryBudget({ ratio: share, minPerSecond, windowMs, clock })
        const minimum = (minPerSecond * windowMs) / 1_000
        const startMs = clock.now()
        const deposits: number[] = []
        const withdrawals: number[] = []
        for (let call = 0; call < 500; call++) {
          clock.advance(random() * meanMs * (random() < 0.01 ? 500 : 2))
          deposits.push(clock.now())
          budget.deposit()
          for (let retry = 0; retry < 3; retry++) {
            if (!budget.withdraw()) continue
            withdrawals.push(clock.now())
            const since = (ms: number) => (stamp: number) => stamp > clock.now() - ms
            // Steps are let go of as a whole, so what it counts is nine tenths of the window or more.
            const counted = withdrawals.filter(since(0.9 * windowMs)).length
            expect(counted).toBeLessThanOrEqual(Math.max(share * deposits.filter(since(windowMs)).length, minimum))
          }
        }
        const windows = 1 + Math.ceil((clock.now() - startMs) / (0.9 * windowMs))
        expect(withdrawals.length).toBeLessThanOrEqual(share * deposits.length + minimum * windows)
      },
    ),
    { numRuns: 100 * Number(process.env.SOAK ?? 1) },
  )
})

interface Load {
  readonly clients: number
  /** Of each client. */
  readonly callsPerSecond: number
  readonly seconds: number
  /** Share of attempts that fail. */
  readonly failing: number
}

/** Clients with a retry each, which call at random times. */
async function simulate({ clients, callsPerSecond, seconds, failing }: Load, seed: number) {
  const random = createRandom(seed)
  const clock = createManualClock()
  let calls = 0
  let attempts = 0
  let retriesWanted = 0
  const run = () => {
    attempts++
    if (random() < failing) throw new Error('down')
  }
  const retries = Array.from({ length: clients }, () => createRetry({ name: 'db', random, clock }))
  const total = clients * callsPerSecond * seconds
  const startMs = clock.now()
  for (const atMs of Array.from({ length: total }, () => random() * seconds * 1_000).sort((a, b) => a - b)) {
    const waitMs = startMs + atMs - clock.now()
    if (waitMs > 0) await clock.advanceAsync(waitMs)
    calls++
    retries[calls % clients]?.execute(run).catch(() => retriesWanted++)
  }
  await clock.advanceAsync(60_000)
  expect(clock.pending).toBe(0)
  const refused = retries
    .flatMap((retry) => retry.measure())
    .filter(({ labels }) => labels?.outcome === 'budget-exhausted')
    .reduce((sum, { value }) => sum + (value as number), 0)
  return { calls, attempts, refused, failed: retriesWanted }
}

test.each<Load>([
  { clients: 1, callsPerSecond: 5, seconds: 60, failing: 1 },
  { clients: 1, callsPerSecond: 50, seconds: 20, failing: 1 },
  { clients: 10, callsPerSecond: 10, seconds: 15, failing: 1 },
  { clients: 3, callsPerSecond: 30, seconds: 20, failing: 1 },
])(
  'execute() makes 1.2 times the calls in a total outage, and ten more for each client: $clients clients, $callsPerSecond calls a second',
  async (load) => {
    const { calls, attempts, failed } = await simulate(load, SEED)
    expect(failed).toBe(calls)
    // Calls come at random, so a client with five a second sometimes has fewer.
    const floor = (load.callsPerSecond > 5 ? 10 : 25) * load.clients
    expect(attempts).toBeLessThanOrEqual(1.2 * calls + floor)
    expect(attempts).toBeGreaterThan(1.15 * calls)
  },
)

test('execute() makes at most one attempt more a second in a total outage where calls are few', async () => {
  const load = { clients: 5, callsPerSecond: 1, seconds: 100, failing: 1 }
  const { calls, attempts } = await simulate(load, SEED)
  expect(attempts).toBeLessThanOrEqual(calls + (load.seconds + 10) * load.clients)
})

test.each<Load>([
  { clients: 5, callsPerSecond: 0.1, seconds: 600, failing: 0.3 },
  { clients: 5, callsPerSecond: 1, seconds: 60, failing: 0.2 },
  { clients: 1, callsPerSecond: 100, seconds: 20, failing: 0.1 },
])(
  'execute() tries all failures again where few calls fail: $callsPerSecond calls a second, $failing failing',
  async (load) => {
    const { calls, attempts, refused } = await simulate(load, SEED)
    expect(refused).toBe(0)
    expect(attempts).toBeGreaterThan(calls * (1 + 0.8 * load.failing))
  },
)
