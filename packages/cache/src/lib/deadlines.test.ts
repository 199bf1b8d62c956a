import { createManualClock, type ManualClock } from '@breakwater/core/testing'
import { expect, test } from 'vitest'
import { Deadlines, type Due } from './deadlines.ts'

interface Made {
  readonly clock: ManualClock
  readonly deadlines: Deadlines
  /** Limits that were called. */
  readonly called: number[]
  /** What is watched in a list of others. */
  readonly others: Map<string, Due>
  after(ms: number, onTimeout?: () => void): Due
}

function create(): Made {
  const clock = createManualClock()
  const others = new Map<string, Due>()
  const deadlines = new Deadlines(clock, [others, new Set<Due>()])
  const called: number[] = []
  const after = (ms: number, onTimeout = (): unknown => called.push(ms)): Due => ({
    dueMs: clock.now() + ms,
    onTimeout,
  })
  return { clock, deadlines, called, others, after }
}

test('add() calls each when it is due, on one timer', () => {
  const { clock, deadlines, called, after } = create()
  for (const ms of [300, 100, 200]) deadlines.add(after(ms))
  expect(clock.pending).toBe(1)
  clock.advance(100)
  expect(called).toEqual([100])
  clock.advance(200)
  expect(called).toEqual([100, 200, 300])
  expect(clock.pending).toBe(0)
})

test('add() takes what is added while others are called', () => {
  const { clock, deadlines, called, after } = create()
  deadlines.add(after(50, () => deadlines.add(after(1))))
  clock.advance(50)
  expect(called).toEqual([])
  clock.advance(1)
  expect(called).toEqual([1])
})

test('delete() calls one off, and nobody else', () => {
  const { clock, deadlines, called, after } = create()
  const items = [after(100), after(200), after(300)]
  for (const item of items) deadlines.add(item)
  deadlines.delete(items[1] as Due)
  clock.advance(1_000)
  expect(called).toEqual([100, 300])
  expect(clock.pending).toBe(0)
})

test('watch() calls what is still in a list when it is due', () => {
  const { clock, deadlines, called, others, after } = create()
  for (const ms of [100, 200, 300]) {
    const item = after(ms)
    others.set(`${ms}`, item)
    deadlines.watch(item.dueMs)
  }
  expect(clock.pending).toBe(1)
  others.delete('100')
  clock.advance(200)
  expect(called).toEqual([200])
  others.delete('200')
  clock.advance(100)
  expect(called).toEqual([200, 300])
})

test('add() lets what lies unread come in first when the event loop was blocked', () => {
  const { clock, called, after } = create()
  const timers: (() => void)[] = []
  const blocked = new Deadlines({
    ...clock,
    after(_delayMs, run) {
      timers.push(run)
      return () => {}
    },
  })
  const answered = after(100)
  for (const item of [answered, after(101)]) blocked.add(item)
  clock.advance(150)
  timers.shift()?.()
  expect(called).toEqual([])
  blocked.delete(answered) // as its answer is read
  timers.shift()?.()
  expect(called).toEqual([101])
})

test('watch() arms no timer for what is never due', () => {
  const { clock, deadlines } = create()
  deadlines.watch(Number.POSITIVE_INFINITY)
  expect(clock.pending).toBe(0)
})

test('close() forgets them all', () => {
  const { clock, deadlines, called, after } = create()
  deadlines.add(after(100))
  deadlines.close()
  clock.advance(1_000)
  expect([called, clock.pending]).toEqual([[], 0])
})
