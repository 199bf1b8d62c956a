import { createManualClock, type ManualClock } from '@breakwater/core/testing'
import { expect, test } from 'vitest'
import { type Answer, createLoopNumbers, type LoopNumbers, type LoopWatch, runOpenLoop } from './open-loop.ts'
import { createSchedule } from './schedule.ts'

const SERVICE_MS = 2
const STALL_FROM_MS = 1_000
const STALL_TO_MS = 2_000

/** A server that answers after 2 ms, but stands still for a whole second: what comes meanwhile is answered after it. */
function createStallingServer(clock: ManualClock): () => Promise<Answer> {
  const began = clock.now()
  return async () => {
    const atMs = clock.now() - began
    const stalledMs = atMs >= STALL_FROM_MS && atMs < STALL_TO_MS ? STALL_TO_MS - atMs : 0
    await clock.sleep(stalledMs + SERVICE_MS)
    return 'ok'
  }
}

interface Run {
  readonly numbers: LoopNumbers
  readonly clock: ManualClock
  isOver: boolean
}

interface BeginOptions {
  readonly count?: number
  readonly timeoutMs?: number
  readonly maxPending?: number
  readonly watch?: LoopWatch
}

function begin(
  send: (clock: ManualClock) => (index: number) => Promise<Answer>,
  { count = 100, timeoutMs = 5_000, maxPending = 10_000, watch }: BeginOptions = {},
): Run {
  const clock = createManualClock()
  const numbers = createLoopNumbers()
  const run: Run = { numbers, clock, isOver: false }
  const starts = createSchedule({
    ratePerSecond: 100,
    durationMs: count * 10,
    arrivals: 'constant',
    seed: 1,
  })
  void runOpenLoop({ starts, send: send(clock), timeoutMs, maxPending, into: [numbers], watch, clock }).then(() => {
    run.isOver = true
  })
  return run
}

function total({ outcomes }: LoopNumbers): number {
  return Object.values(outcomes).reduce((sum, each) => sum + each, 0)
}

test('runOpenLoop() counts from the intended start, so that a stall shows in all requests that met it', async () => {
  const { numbers, clock } = begin(createStallingServer, { count: 400 })
  await clock.advanceAsync(5_000)

  const { p50, p99, max } = numbers.all.numbers()
  expect(numbers.outcomes.ok).toBe(400)
  expect(p50).toBeLessThan(5)
  // A quarter of all requests fell into the stall; the last percent of all waited for nearly all of it.
  expect(p99).toBeGreaterThan(900)
  expect(max).toBeGreaterThanOrEqual(STALL_TO_MS - STALL_FROM_MS)
})

test('a closed loop would leave that stall out: this is why the loop is open', async () => {
  const clock = createManualClock()
  const send = createStallingServer(clock)
  const numbers = createLoopNumbers()
  void (async () => {
    for (let i = 0; i < 400; i++) {
      const sentMs = clock.now()
      await send()
      numbers.all.record(clock.now() - sentMs)
      await clock.sleep(Math.max(0, 10 - (clock.now() - sentMs)))
    }
  })()
  await clock.advanceAsync(10_000)
  expect(numbers.all.count).toBe(400)
  expect(numbers.all.numbers().p99).toBeLessThan(5)
})

test('runOpenLoop() goes on sending while nothing is answered', async () => {
  let sent = 0
  const { clock } = begin(() => () => {
    sent++
    return new Promise(() => {})
  })
  await clock.advanceAsync(500)
  expect(sent).toBe(51)
})

test('runOpenLoop() counts what the driver itself is late', async () => {
  const { numbers, clock } = begin((clock) => async (index) => {
    // The 11th request blocks the driver for 300 ms.
    if (index === 10) clock.advance(300)
    return 'ok'
  })
  await clock.advanceAsync(2_000)
  // The 29 that were due meanwhile were sent after it, at once.
  expect(numbers.all.numbers().p90).toBeGreaterThan(150)
  expect(numbers.sinceSent.numbers().p90).toBeLessThan(1)
})

test('runOpenLoop() ends timeoutMs after the last request, and counts the unanswered as late with the whole limit', async () => {
  const run = begin(() => () => new Promise(() => {}), { timeoutMs: 1_000 })
  await run.clock.advanceAsync(1_985)
  expect(run.isOver).toBe(false)
  await run.clock.advanceAsync(15)
  expect(run.isOver).toBe(true)
  expect(run.numbers.outcomes).toEqual({ ok: 0, refused: 0, failed: 0, late: 100, unsent: 0 })
  expect(run.numbers.all.numbers().p50).toBeGreaterThanOrEqual(1_000)
})

test('runOpenLoop() does not let an answer that came too late pass for one in time', async () => {
  const { numbers, clock } = begin(
    (clock) => async () => {
      // Between two looks of the loop.
      await clock.sleep(998)
      return 'ok'
    },
    { timeoutMs: 997 },
  )
  await clock.advanceAsync(5_000)
  expect(numbers.outcomes).toMatchObject({ ok: 0, late: 100 })
  expect(numbers.accepted.count).toBe(0)
})

test('runOpenLoop() counts failures with the whole time limit, and drops none', async () => {
  const { numbers, clock } = begin(() => async (index) => {
    if (index % 4 === 0) throw new Error('reset')
    return index % 4 === 1 ? 'refused' : 'ok'
  })
  await clock.advanceAsync(5_000)
  expect(numbers.outcomes).toEqual({ ok: 50, refused: 25, failed: 25, late: 0, unsent: 0 })
  expect([numbers.all.count, numbers.accepted.count]).toEqual([100, 50])
  expect(numbers.all.numbers().p90).toBeGreaterThanOrEqual(5_000)
})

test('runOpenLoop() keeps no more than maxPending waiting, and counts the others', async () => {
  const run = begin(() => () => new Promise(() => {}), { maxPending: 10, timeoutMs: 2_000 })
  await run.clock.advanceAsync(4_000)
  expect(run.isOver).toBe(true)
  expect(run.numbers.outcomes).toMatchObject({ late: 10, unsent: 90 })
  expect(total(run.numbers)).toBe(100)
})

test('runOpenLoop() sends again once answers made room', async () => {
  const { numbers, clock } = begin(createStallingServer, { count: 400, maxPending: 20 })
  await clock.advanceAsync(8_000)
  // 101 requests were due from 1,000 to 2,000 ms, both included.
  expect(numbers.outcomes).toEqual({ ok: 319, refused: 0, failed: 0, late: 0, unsent: 81 })
})

test('runOpenLoop() tells how late it sent, and what became of each request', async () => {
  const lags: number[] = []
  const settled: (readonly [number, number, string])[] = []
  const watch: LoopWatch = {
    sending: (lagMs) => lags.push(lagMs),
    settled: (...what) => settled.push(what),
  }
  const send = (clock: ManualClock) => async (index: number) => {
    // The second request blocks the driver for 25 ms; the third is refused after 3 ms.
    if (index === 1) clock.advance(25)
    if (index === 2) await clock.sleep(3)
    return index === 2 ? ('refused' as const) : ('ok' as const)
  }
  const { clock } = begin(send, { count: 4, watch })
  await clock.advanceAsync(1_000)
  // It looks again 5 ms after that.
  expect(lags).toEqual([0, 0, 20, 10])
  expect(settled.toSorted(([a], [b]) => a - b)).toEqual([
    [0, 0, 'ok'],
    [10, 25, 'ok'],
    [20, 23, 'refused'],
    [30, 10, 'ok'],
  ])
})
