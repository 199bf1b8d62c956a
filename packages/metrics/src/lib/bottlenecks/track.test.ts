import { expect, test } from 'vitest'
import { SLOTS, Track, WINDOWS } from './track.ts'

const SLOT_MS = 100
const WINDOW_MS = SLOT_MS * SLOTS
/** At the beginning of a window. */
const START_MS = 50 * WINDOW_MS

function recentAt(track: Track, nowMs: number): number {
  track.advance(nowMs)
  return track.recent().calls
}

test('recent() adds up what was recorded', () => {
  const track = new Track('a', SLOT_MS, START_MS)
  for (let ms = 1; ms <= 100; ms++) track.record(START_MS + ms, ms, ms > 90)
  const { p50Ms, p95Ms, p99Ms, ...recent } = track.recent()
  expect(recent).toEqual({ calls: 100, failures: 10, totalMs: 5_050, maxMs: 100 })
  expect(p50Ms).toBeGreaterThan(45)
  expect(p50Ms).toBeLessThan(56)
  expect(p99Ms).toBeGreaterThan(p95Ms)
  expect(p99Ms).toBeLessThanOrEqual(100)
  expect(p95Ms).toBeGreaterThan(85)
  expect(p95Ms).toBeLessThanOrEqual(100)
})

test('recent() forgets slot by slot', () => {
  const track = new Track('a', SLOT_MS, START_MS)
  for (let slot = 0; slot < SLOTS; slot++) track.record(START_MS + slot * SLOT_MS, 1, false)
  const end = START_MS + WINDOW_MS
  expect(recentAt(track, end - 1)).toBe(10)
  expect(recentAt(track, end)).toBe(9)
  expect(recentAt(track, end + 3 * SLOT_MS)).toBe(6)
  expect(recentAt(track, end + WINDOW_MS)).toBe(0)
})

test.for([1, 9, 10, 11, 19, 20, 21, 1_000])('recent() knows nothing old after %i slots without anything', (slots) => {
  const track = new Track('a', SLOT_MS, START_MS + 5 * SLOT_MS)
  track.record(START_MS + 5 * SLOT_MS, 7, false)
  track.record(START_MS + (5 + slots) * SLOT_MS, 3, false)
  expect(track.recent()).toMatchObject(slots < SLOTS ? { calls: 2, totalMs: 10 } : { calls: 1, totalMs: 3 })
})

test('past() keeps a summary of each window, and of no more than it should', () => {
  const track = new Track('a', SLOT_MS, START_MS)
  for (let window = 0; window < 30; window++)
    for (let call = 0; call <= window; call++) track.record(START_MS + window * WINDOW_MS + call, window, call === 0)
  const last = 50 + 28
  const past = track.past(last - WINDOWS + 1, last)
  expect(past.map(({ window }) => window - 50)).toEqual([17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28])
  expect(past[0]).toEqual({
    window: 67,
    calls: 18,
    failures: 1,
    totalMs: 18 * 17,
    maxMs: 17,
    p95Ms: expect.closeTo(17, 0),
  })
})

test('past() has windows of their own length, whatever the order of slots', () => {
  const track = new Track('a', SLOT_MS, START_MS)
  // One in each slot of two and a half windows, beginning in the middle of one.
  for (let slot = 5; slot < 30; slot++) track.record(START_MS + slot * SLOT_MS, 1, false)
  expect(track.past(50, 52).map(({ window, calls }) => [window, calls])).toEqual([
    [50, 5],
    [51, 10],
  ])
  track.advance(START_MS + 3 * WINDOW_MS)
  expect(track.past(50, 52).map(({ calls }) => calls)).toEqual([5, 10, 10])
})

test('past() has nothing of the window before in one that was left early', () => {
  const track = new Track('a', SLOT_MS, START_MS)
  for (let slot = 0; slot < 13; slot++) track.record(START_MS + slot * SLOT_MS, 1, false)
  track.advance(START_MS + 25 * SLOT_MS)
  expect(track.past(50, 52).map(({ window, calls }) => [window, calls])).toEqual([
    [50, 10],
    [51, 3],
  ])
})

test('past() leaves out windows in which nothing happened', () => {
  const track = new Track('a', SLOT_MS, START_MS)
  track.record(START_MS, 1, false)
  track.record(START_MS + 5 * WINDOW_MS, 1, false)
  track.advance(START_MS + 7 * WINDOW_MS)
  expect(track.past(40, 60).map(({ window }) => window)).toEqual([50, 55])
})

test.for([Number.NaN, -1, Infinity, -Infinity])('record() ignores %s', (ms) => {
  const track = new Track('a', SLOT_MS, START_MS)
  track.record(START_MS, ms, true)
  expect(track.recent().calls).toBe(0)
})

test('record() takes a time that is a little behind for the present', () => {
  const track = new Track('a', SLOT_MS, START_MS)
  track.record(START_MS + SLOT_MS, 1, false)
  track.record(START_MS, 1, false)
  expect(track.recent().calls).toBe(2)
})
