import { expect, test } from 'vitest'
import { BUSY, LimitEstimator, QUIET, UNMEASURED } from './estimator.ts'

const bounds = { initialLimit: 20, minLimit: 1, maxLimit: 1_000 }

/** Rounds of calls through whatever the gate lets in, which take so long if so many are under way. */
function play(estimator: LimitEstimator, fromMs: number, forMs: number, latency: (underWay: number) => number): number {
  let nowMs = fromMs
  while (nowMs < fromMs + forMs) {
    const { gate } = estimator
    const parts = Array.from({ length: gate }, (_, index) => estimator.start(index + 1, nowMs))
    const latencyMs = latency(gate)
    const startedMs = nowMs
    nowMs += latencyMs
    for (const part of parts) {
      if (part !== UNMEASURED) estimator.end(part, startedMs, nowMs, 'success')
      estimator.succeed()
    }
    estimator.refuse(nowMs)
  }
  return nowMs
}

/** A server of so many workers. */
const workers = (count: number) => (underWay: number) => 100 * Math.max(underWay / count, 1)

test('start() measures what starts near the limit and at half of it, and nothing in between', () => {
  const estimator = new LimitEstimator(bounds, 0)
  expect([1, 10, 11, 17, 18, 20].map((underWay) => estimator.start(underWay, 0))).toEqual([
    QUIET,
    QUIET,
    UNMEASURED,
    UNMEASURED,
    BUSY,
    BUSY,
  ])
})

test.each([2, 10, 20, 50, 200])(
  'limit is what %d workers work on, and a queue of its square root or a tenth',
  (count) => {
    const estimator = new LimitEstimator(bounds, 0)
    play(estimator, 0, 300_000, workers(count))
    const wanted = count + Math.max(Math.sqrt(count), count / 10)
    expect(estimator.limit / wanted).toBeGreaterThan(0.9)
    expect(estimator.limit / wanted).toBeLessThan(1.1)
    expect(estimator.floorMs).toBeCloseTo(100, -1)
  },
)

test('gate is lowered for no more than a tenth of the time under constant load', () => {
  const estimator = new LimitEstimator(bounds, 0)
  let lowered = 0
  let rounds = 0
  play(estimator, 0, 600_000, (underWay) => {
    rounds++
    if (estimator.gate < Math.floor(estimator.limit)) lowered++
    return workers(20)(underWay)
  })
  expect(lowered).toBeGreaterThan(10)
  expect(lowered / rounds).toBeLessThan(0.1)
})

test('limit does not fall for a floor that is out of date', () => {
  const estimator = new LimitEstimator(bounds, 0)
  const nowMs = play(estimator, 0, 60_000, workers(20))
  let least = Infinity
  play(estimator, nowMs, 60_000, (underWay) => {
    least = Math.min(least, estimator.limit)
    return 5 * workers(20)(underWay)
  })
  expect(least).toBeGreaterThan(16)
  expect(estimator.floorMs).toBeCloseTo(500, -2)
})

test('end() takes no notice of calls that their cohort did not wait for', () => {
  const [estimator, other] = [new LimitEstimator(bounds, 0), new LimitEstimator(bounds, 0)]
  const part = estimator.start(20, 0)
  other.start(20, 0)
  for (let fromMs = 1; fromMs < 60_000; ) {
    const nowMs = play(estimator, fromMs, 2_000, workers(20))
    fromMs = play(other, fromMs, 2_000, workers(20))
    expect([nowMs, estimator.limit, estimator.floorMs]).toEqual([fromMs, other.limit, other.floorMs])
    if (nowMs > 20_000) for (let call = 0; call < 1_000; call++) estimator.end(part, 0, nowMs, 'success')
  }
})

test('calls that do not end are not waited for, and count as long', () => {
  const estimator = new LimitEstimator({ ...bounds, maxLimit: 20 }, 0)
  let nowMs = play(estimator, 0, 10_000, workers(20))
  const { limit } = estimator
  expect(limit).toBeGreaterThan(18)
  // Every other busy call hangs. There is room all the same, as if they were given up elsewhere.
  for (let call = 0; nowMs < 120_000; call++) {
    const underWay = call % 4 === 0 ? 1 : estimator.gate
    const part = estimator.start(underWay, nowMs)
    if (part !== UNMEASURED && (part === QUIET || call % 2 === 0)) estimator.end(part, nowMs - 100, nowMs, 'success')
    nowMs += 20
    estimator.refuse(nowMs)
  }
  expect(estimator.limit).toBeLessThan(limit / 2)
})

test('latencies of nothing at all do no harm', () => {
  const estimator = new LimitEstimator({ ...bounds, maxLimit: 50 }, 0)
  for (let round = 0; round < 5_000; round++) {
    const parts = Array.from({ length: estimator.gate }, (_, index) => estimator.start(index + 1, round))
    for (const part of parts) if (part !== UNMEASURED) estimator.end(part, round, round, 'success')
  }
  expect(estimator.limit).toBe(50)
})
