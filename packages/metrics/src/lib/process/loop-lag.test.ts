import { createManualClock } from '@breakwater/core/testing'
import { expect, test } from 'vitest'
import { LoopLag } from './loop-lag.ts'

/** A loop that is played: its timers are late when it is blocked. */
function create(hasTurns = true) {
  let nowMs = 1_000_000
  let timer: { readonly dueMs: number; readonly run: () => void } | undefined
  let looks = 0
  const times = { idleMs: 0, activeMs: 0, turns: 0 }
  const clock = {
    ...createManualClock(),
    now: () => nowMs,
    after(delayMs: number, run: () => void) {
      timer = { dueMs: nowMs + delayMs, run }
      return () => {
        timer = undefined
      }
    },
  }
  const lag = new LoopLag(clock, () => ({ ...times, turns: hasTurns ? times.turns : undefined }))

  function turn(ms: number, activeMs: number): void {
    nowMs += ms
    times.activeMs += activeMs
    times.idleMs += ms - activeMs
    times.turns++
    if (timer === undefined || timer.dueMs > nowMs) return
    const { run } = timer
    looks++
    run()
  }
  return {
    lag,
    looks: () => looks,
    /** Turns of a millisecond, of which a share is work. */
    pass(ms: number, busyRatio = 0): void {
      for (let passed = 0; passed < ms; passed++) turn(1, busyRatio)
    },
    /** One turn, all of it work. */
    block: (ms: number) => turn(ms, ms),
    isTiming: () => timer !== undefined,
  }
}

test('read() knows nothing before the first look', () => {
  expect(create().lag.read()).toBeUndefined()
})

test('LoopLag wakes an idle process up once a second', () => {
  const { pass, looks } = create()
  pass(10_000)
  const before = looks()
  pass(60_000)
  expect(looks() - before).toBe(60)
})

test('LoopLag looks often while the loop is busy, and seldom again afterwards', () => {
  const { pass, looks } = create()
  pass(5_000, 0.5)
  const busy = looks()
  expect(busy).toBe(250)
  pass(10_000)
  const after = looks() - busy
  expect(after).toBeLessThan(20)
})

test('read() sees nothing late in a loop that is idle', () => {
  const { pass, lag } = create()
  pass(30_000)
  expect(lag.read()).toEqual({ lastMs: 0, minMs: 0, maxMs: 0, meanMs: 0, stddevMs: 0, p50Ms: 0, p90Ms: 0, p99Ms: 0 })
})

test('read() sees how late timers are in a loop that is busy', () => {
  const { block, pass, lag } = create()
  pass(2_000, 0.5)
  // Ten seconds in turns of 50 ms: a timer of 20 ms is 30 ms late.
  for (let turn = 0; turn < 200; turn++) block(50)
  const { lastMs, maxMs, p50Ms, p90Ms, minMs } = lag.read() as NonNullable<ReturnType<LoopLag['read']>>
  expect(minMs).toBe(0)
  expect(lastMs).toBe(30)
  expect(maxMs).toBe(50)
  expect(p50Ms).toBeGreaterThan(28)
  expect(p90Ms).toBeLessThanOrEqual(52.5)
})

test('read() sees what blocked an idle loop between two looks', () => {
  const { block, pass, lag } = create()
  pass(30_100)
  block(400)
  pass(900)
  const { maxMs, lastMs } = lag.read() as NonNullable<ReturnType<LoopLag['read']>>
  expect(lastMs).toBe(0)
  // Other turns of that second are taken for as long: the block is only known to be no shorter than their mean.
  expect(maxMs).toBeLessThanOrEqual(400)
})

test('read() does not need the number of turns, which older versions of Node do not tell', () => {
  const { block, pass, lag } = create(false)
  pass(1_000, 0.5)
  block(120)
  pass(1_000, 0.5)
  expect(lag.read()?.maxMs).toBeGreaterThanOrEqual(100)
})

test('read() says the same to everybody who reads', () => {
  const { block, pass, lag } = create()
  pass(100, 0.5)
  block(300)
  pass(100, 0.5)
  expect(lag.read()).toEqual(lag.read())
  expect(lag.read()?.maxMs).toBeGreaterThan(250)
})

test('read() forgets after one to two minutes', () => {
  const { block, pass, lag } = create()
  pass(100, 0.5)
  block(300)
  pass(65_000)
  expect(lag.read()?.maxMs).toBeGreaterThan(250)
  pass(62_000)
  expect(lag.read()?.maxMs).toBe(0)
})

test('close() looks no more', () => {
  const { pass, lag, looks, isTiming } = create()
  pass(100)
  const before = looks()
  lag.close()
  expect(isTiming()).toBe(false)
  pass(5_000)
  expect(looks()).toBe(before)
})
