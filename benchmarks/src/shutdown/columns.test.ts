import { sampleReport } from '@breakwater/testing/shutdown'
import { expect, test } from 'vitest'
import type { Cell } from './cell.ts'
import {
  afterSecond,
  exitStatus,
  forced,
  lost,
  pastFloor,
  pastLimit,
  refused,
  seconds,
  skippedHooks,
  stalled,
  statusOf,
  turnedAway,
} from './columns.ts'

const plain: Cell = { scenario: 'keep-alive' }
const slow: Cell = { scenario: 'keep-alive', roundTripMs: 50 }

test('lost() and turnedAway() sum the runs of their cell', () => {
  const runs = new Map([
    [plain, [sampleReport({ counts: { lost: 2, turnedAway: 1 } }), sampleReport({ counts: { lost: 3 } })]],
    [slow, [sampleReport({ counts: { lost: 40, turnedAway: 50 } })]],
  ])
  expect(lost('plain', plain).count(runs, 0)).toBe(5)
  expect(turnedAway('plain', plain).count(runs, 0)).toBe(1)
})

test('refused sums what was answered with an error, or refused early, in all cells', () => {
  const runs = new Map([
    [plain, [sampleReport({ counts: { failed5xx: 2, refused: 64 } })]],
    [slow, [sampleReport({ counts: { refusedEarly: 3 } })]],
  ])
  expect(refused.count(runs, 0)).toBe(5)
})

test('forced counts the runs that did not end with 0', () => {
  const exits = [{}, { code: 1 }, { code: null, signal: 'SIGKILL', isKilled: true }] as const
  expect(forced.count(new Map([[plain, exits.map((exit) => sampleReport({ exit }))]]), 0)).toBe(2)
})

test('seconds is the middle of all runs', () => {
  const runs = [10, 2_000, 30].map((ms) => sampleReport({ exit: { ms } }))
  expect(seconds.count(new Map([[plain, runs]]), 0)).toBe(0.03)
})

test('stalled is the worst of all runs', () => {
  const runs = new Map([
    [plain, [sampleReport({ stalledMs: 12 })]],
    [slow, [sampleReport({ stalledMs: 90 })]],
  ])
  expect(stalled.count(runs, 0)).toBe(90)
})

test.each([
  [500, 540, 40],
  [0, 540, 500],
  [600, 540, 0],
])('pastFloor is the slowest run past the floor: lingering for %i ms', (lingerMs, ms, expected) => {
  const runs = [sampleReport({ exit: { ms: 41 } }), sampleReport({ exit: { ms } })]
  expect(pastFloor.count(new Map([[plain, runs]]), lingerMs)).toBe(expected)
})

test('pastLimit() is the slowest run past the limit, and 0 in time', () => {
  const runs = new Map([
    [plain, [sampleReport({ exit: { ms: 1_530 } }), sampleReport({ exit: { ms: 1_560 } })]],
    [slow, [sampleReport({ exit: { ms: 900 } })]],
  ])
  expect(pastLimit('ms', plain, 1_500).count(runs, 0)).toBe(60)
  expect(pastLimit('ms', slow, 1_500).count(runs, 0)).toBe(0)
})

test('exitStatus() is the highest of all runs', () => {
  const runs = new Map([[plain, [sampleReport({ exit: { code: 70 } }), sampleReport()]]])
  expect(exitStatus('status', plain).count(runs, 0)).toBe(70)
})

test.each([
  [{ code: 70, signal: null }, 70],
  [{ code: null, signal: 'SIGTERM' }, 143],
  [{ code: null, signal: 'SIGKILL', isKilled: true }, 137],
] as const)('statusOf() shows %o as a shell does', (exit, status) => {
  expect(statusOf({ isKilled: false, ms: 1, ...exit })).toBe(status)
})

test('skippedHooks() counts runs whose hook did not end', () => {
  const runs = new Map([
    [plain, [sampleReport(), sampleReport({ hooks: ['began'] })]],
    [slow, [sampleReport({ hooks: [] })]],
  ])
  expect(skippedHooks('hooks', [plain, slow]).count(runs, 0)).toBe(2)
})

test('afterSecond() is the slowest run after its second signal', () => {
  const runs = [9, 30].map((msFromSecond) => sampleReport({ exit: { ms: 400, msFromSecond } }))
  expect(afterSecond('ms', plain).count(new Map([[plain, runs]]), 0)).toBe(30)
})
