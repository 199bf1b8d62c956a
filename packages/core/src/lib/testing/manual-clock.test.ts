import { getEventListeners } from 'node:events'
import { afterEach, expect, test, vi } from 'vitest'
import { createManualClock } from './manual-clock.ts'

afterEach(() => {
  vi.useRealTimers()
})

test('createManualClock() starts where it is told, by default not at 0', () => {
  const clock = createManualClock()
  expect([clock.now(), clock.coarse(), clock.epoch()]).toEqual([1_000_000, 1_000_000, Date.parse('2026-01-01')])
  const other = createManualClock({ nowMs: 5, epochMs: 7 })
  expect([other.now(), other.coarse(), other.epoch()]).toEqual([5, 5, 7])
})

test('createManualClock() refuses a bad start', () => {
  expect(() => createManualClock({ nowMs: 0 })).toThrow(
    new RangeError('Expected `nowMs` to be a number of milliseconds over 0, got 0'),
  )
  expect(() => createManualClock({ epochMs: Number.NaN })).toThrow(
    new RangeError('Expected `epochMs` to be a number of milliseconds of at least 0, got NaN'),
  )
})

test('advance() moves all three times on by as much', () => {
  const clock = createManualClock({ nowMs: 10, epochMs: 100 })
  clock.advance(5)
  expect([clock.now(), clock.coarse(), clock.epoch()]).toEqual([15, 15, 105])
})

test('advance() refuses to go back', () => {
  const clock = createManualClock()
  expect(() => clock.advance(-1)).toThrow(RangeError)
  expect(clock.now()).toBe(1_000_000)
})

test('advance() runs what falls due, each at its own time and in order', () => {
  const clock = createManualClock({ nowMs: 100 })
  const ran: (readonly [string, number])[] = []
  const note = (name: string) => (): void => void ran.push([name, clock.now()])
  clock.after(30, note('c'))
  clock.after(10, note('a'))
  clock.after(20, note('b'))
  clock.after(41, note('d'))
  clock.advance(40)
  expect(ran).toEqual([
    ['a', 110],
    ['b', 120],
    ['c', 130],
  ])
  expect(clock.now()).toBe(140)
})

test('advance() runs timers due at once in the order they were started', () => {
  const clock = createManualClock()
  const ran: number[] = []
  clock.after(5, () => ran.push(1))
  clock.advance(2)
  clock.after(3, () => ran.push(2))
  clock.after(0, () => ran.push(0))
  clock.after(3, () => ran.push(3))
  clock.advance(3)
  expect(ran).toEqual([0, 1, 2, 3])
})

test('advance() runs timers started by timers, if they fall due on the way', () => {
  const clock = createManualClock({ nowMs: 100 })
  const ranAt: number[] = []
  const tick = (): void => {
    ranAt.push(clock.now())
    clock.after(10, tick)
  }
  clock.after(10, tick)
  clock.advance(35)
  expect(ranAt).toEqual([110, 120, 130])
  expect(clock.pending).toBe(1)
})

test('advance() does not go back where a timer advances the clock itself', () => {
  const clock = createManualClock({ nowMs: 100 })
  const seen: number[] = []
  clock.after(10, () => clock.advance(50))
  clock.after(20, () => seen.push(clock.now()))
  clock.advance(15)
  expect(seen).toEqual([120])
  expect(clock.now()).toBe(160)
})

test('advance() passes on what a timer throws, and can go on', () => {
  const clock = createManualClock({ nowMs: 100 })
  const run = vi.fn()
  clock.after(1, () => {
    throw new Error('no')
  })
  clock.after(2, run)
  expect(() => clock.advance(5)).toThrow('no')
  expect(clock.now()).toBe(101)
  clock.advance(5)
  expect(run).toHaveBeenCalledTimes(1)
})

test('after() refuses a bad delay', () => {
  const clock = createManualClock()
  expect(() => clock.after(-1, () => {})).toThrow(RangeError)
  expect(clock.pending).toBe(0)
})

test('after() can be called off, twice, and late', () => {
  const clock = createManualClock()
  const run = vi.fn()
  const other = vi.fn()
  const stop = clock.after(5, run)
  clock.after(5, other)
  stop()
  stop()
  clock.advance(5)
  stop()
  expect(run).not.toHaveBeenCalled()
  expect(other).toHaveBeenCalledTimes(1)
})

test('after() can be called off by a timer due at the same time', () => {
  const clock = createManualClock()
  const run = vi.fn()
  clock.after(5, () => stop())
  const stop = clock.after(5, run)
  clock.advance(5)
  expect(run).not.toHaveBeenCalled()
})

test('pending counts what waits', () => {
  const clock = createManualClock()
  const stop = clock.after(5, () => {})
  clock.after(6, () => {})
  expect(clock.pending).toBe(2)
  stop()
  expect(clock.pending).toBe(1)
  clock.advance(6)
  expect(clock.pending).toBe(0)
})

test('sleep() resolves at its time', async () => {
  const clock = createManualClock({ nowMs: 100 })
  const woke = vi.fn()
  const sleeping = clock.sleep(10).then(() => woke(clock.now()))
  await clock.advanceAsync(9)
  expect(woke).not.toHaveBeenCalled()
  await clock.advanceAsync(1)
  await sleeping
  expect(woke).toHaveBeenCalledExactlyOnceWith(110)
})

test('sleep() rejects with the reason of an abort, and leaves neither timer nor listener', async () => {
  const clock = createManualClock()
  const controller = new AbortController()
  const sleeping = clock.sleep(10, { signal: controller.signal })
  controller.abort('enough')
  await expect(sleeping).rejects.toBe('enough')
  expect(clock.pending).toBe(0)
  expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0)
})

test('sleep() leaves no listener when its time has come', async () => {
  const clock = createManualClock()
  const { signal } = new AbortController()
  const sleeping = clock.sleep(10, { signal })
  clock.advance(10)
  await sleeping
  expect(getEventListeners(signal, 'abort')).toHaveLength(0)
})

test('sleep() does not begin where the signal is aborted already', async () => {
  const clock = createManualClock()
  await expect(clock.sleep(10, { signal: AbortSignal.abort('no') })).rejects.toBe('no')
  expect(clock.pending).toBe(0)
})

test('sleep() rejects a bad delay', async () => {
  await expect(createManualClock().sleep(-1)).rejects.toThrow(RangeError)
})

test('advanceAsync() lets promises start what falls due on the way', async () => {
  const clock = createManualClock({ nowMs: 100 })
  const wokeAt: number[] = []
  const loop = async (): Promise<void> => {
    for (let round = 0; round < 3; round++) {
      await clock.sleep(10)
      await Promise.resolve()
      wokeAt.push(clock.now())
    }
  }
  const looping = loop()
  await clock.advanceAsync(30)
  await looping
  expect(wokeAt).toEqual([110, 120, 130])
})

test('advanceAsync() lets promises settle before it moves time', async () => {
  const clock = createManualClock({ nowMs: 100 })
  const wokeAt: number[] = []
  const later = Promise.resolve().then(async () => {
    await clock.sleep(10)
    wokeAt.push(clock.now())
  })
  await clock.advanceAsync(10)
  await later
  expect(wokeAt).toEqual([110])
})

test('advanceAsync() refuses to go back', async () => {
  await expect(createManualClock().advanceAsync(-1)).rejects.toThrow(RangeError)
})

test('advanceAsync() does not go back where two of them overlap', async () => {
  const clock = createManualClock({ nowMs: 100 })
  await Promise.all([clock.advanceAsync(10), clock.advanceAsync(50), clock.advanceAsync(20)])
  expect(clock.now()).toBe(150)
})

test('advanceAsync() is not held up by fake timers', async () => {
  const clock = createManualClock({ nowMs: 100 })
  vi.useFakeTimers()
  await clock.advanceAsync(10)
  expect(clock.now()).toBe(110)
})

test.each([0, 5_000, Date.parse('2030-01-01')])('setEpoch() to %d changes the wall clock only', (epochMs) => {
  const clock = createManualClock({ nowMs: 100 })
  const run = vi.fn()
  clock.advance(5)
  clock.after(10, run)
  clock.setEpoch(epochMs)
  expect([clock.now(), clock.coarse(), clock.epoch()]).toEqual([105, 105, epochMs])
  clock.advance(9)
  expect(run).not.toHaveBeenCalled()
  expect(clock.epoch()).toBe(epochMs + 9)
})

test('setEpoch() refuses what is no time', () => {
  expect(() => createManualClock().setEpoch(Number.NaN)).toThrow(
    new RangeError('Expected `epochMs` to be a number of milliseconds of at least 0, got NaN'),
  )
})
