import { expect, test } from 'vitest'
import { judge, type Log } from './checker.ts'
import type { ChangeRecord, LoadRecord, Occurrence, ReadRecord } from './messages.ts'

/** A read of key 0 by process 1, at once. */
function read(calledMs: number, version: number, more: Partial<ReadRecord> = {}): ReadRecord {
  const seen = [{ key: 0, version, by: 'L1.1' }]
  return { kind: 'read', node: 1, how: 'get', keys: [0], calledMs, endedMs: calledMs + 1, seen, ...more }
}

/** A change of key 0 by process 2, from 1,000 to 1,010 ms, after which it has version 2. */
function change(more: Partial<ChangeRecord> = {}): ChangeRecord {
  const times = { calledMs: 1_000, endedMs: 1_010 }
  return {
    kind: 'change',
    id: 'S2.1',
    node: 2,
    how: 'delete',
    versions: { 0: 2 },
    ...times,
    result: 'applied',
    ...more,
  }
}

function load(node: number, beganMs: number, endedMs: number): LoadRecord {
  return { kind: 'load', id: `L${node}.1`, node, keys: [0], beganMs, endedMs }
}

function rules(occurrences: readonly Occurrence[], more: Partial<Log> = {}): readonly string[] {
  const times = { maxStalenessMs: 1_000, leaseMs: 2_000, hardTimeoutMs: 3_000 }
  const log = { occurrences, troubles: [], shakes: [], deaths: new Map<number, number>(), ...times, ...more }
  return judge(log).problems.map((problem) => problem.slice(0, problem.indexOf(':')))
}

const CUT = { node: 1, fromMs: 900, untilMs: 5_000 }

test('judge() lets the connected be late by 250 ms', () => {
  expect(rules([change(), read(1_200, 1)])).toEqual([])
  expect(rules([change(), read(1_300, 2)])).toEqual([])
  expect(rules([change(), read(1_300, 1)])).toEqual(['heard of by the connected'])
})

test('judge() lets the cut off be late by the longest staleness', () => {
  expect(rules([change(), read(1_900, 1)], { troubles: [CUT] })).toEqual([])
  expect(rules([change(), read(2_100, 1)], { troubles: [CUT] })).toEqual(['heard of by the cut off'])
  expect(rules([change(), read(1_300, 1)], { troubles: [{ ...CUT, node: 3 }] })).toEqual(['heard of by the connected'])
})

test('judge() lets nobody be late for an own change, however it ended', () => {
  for (const result of ['applied', 'queued'] as const)
    expect(rules([change({ node: 1, result }), read(1_001, 1)])).toEqual(['own change'])
  expect(rules([change({ node: 1 }), read(999, 1)])).toEqual([])
})

test('judge() promises nothing to others of what is queued, until the end', () => {
  const queued = change({ result: 'queued' })
  expect(rules([queued, read(9_000, 1)])).toEqual([])
  expect(rules([queued, read(9_000, 1, { how: 'last' })])).toEqual(['lost change'])
  expect(rules([queued, read(9_000, 1, { how: 'last' })], { deaths: new Map([[2, 2_000]]) })).toEqual([])
})

test('judge() leaves the order of changes at the same time to the log', () => {
  const seen = [{ key: 0, version: 1, by: 'S3.1' }]
  const set = change({ id: 'S3.1', node: 3, how: 'set', versions: { 0: 1 }, calledMs: 990, endedMs: 1_005 })
  expect(rules([set, change(), read(2_500, 1, { seen })])).toEqual([])
  expect(rules([{ ...set, endedMs: 999 }, change(), read(2_500, 1, { seen })])).toEqual(['heard of by the connected'])
})

test('judge() forgives what servers forgot until it is repeated', () => {
  const shakes = [{ fromMs: 900, untilMs: 4_000 }]
  expect(rules([change(), read(3_900, 1)], { shakes })).toEqual([])
  expect(rules([change(), read(4_100, 1)], { shakes })).toEqual(['heard of by the connected'])
  const deaths = new Map([[2, 2_000]])
  expect(rules([change(), read(9_000, 1, { how: 'last' })], { shakes, deaths })).toEqual([])
  expect(rules([change(), read(9_000, 1)], { shakes, deaths })).toEqual([])
  expect(rules([change(), read(9_000, 1, { how: 'last' })], { deaths })).toEqual(['lost change'])
})

test('judge() lets one process load at a time', () => {
  expect(rules([load(1, 1_000, 1_050), load(2, 1_060, 1_100)])).toEqual([])
  expect(rules([load(1, 1_000, 1_050), load(2, 1_040, 1_100)])).toEqual(['one load'])
  expect(rules([load(1, 1_000, 1_050), load(2, 1_040, 1_100), change()])).toEqual([])
  expect(rules([load(1, 1_000, 1_050), load(2, 1_040, 1_100)], { troubles: [CUT] })).toEqual([])
})

test('judge() lets a process that is not answered in time load by itself', () => {
  const loads = [load(1, 1_000, 1_050), load(2, 1_040, 1_100)]
  const unanswered: Occurrence = { kind: 'unanswered', node: 2, fromMs: 1_030, untilMs: 1_045, count: 1 }
  expect(rules([...loads, unanswered])).toEqual([])
  expect(rules([...loads, { ...unanswered, fromMs: 900, untilMs: 940 }])).toEqual(['one load'])
  expect(rules([...loads, { ...unanswered, fromMs: 1_041, untilMs: 1_045 }])).toEqual(['one load'])
})

test('judge() lets calls take their time, and fail with what loaders threw', () => {
  expect(rules([read(1_000, 1, { endedMs: 2_800 })])).toEqual([])
  expect(rules([read(1_000, 1, { endedMs: 2_900 })])).toEqual(['time'])
  expect(rules([read(1_000, 1, { endedMs: Number.MAX_VALUE })])).toEqual(['time'])
  const error = { name: 'LoaderFailure', message: 'of load L1.1' }
  expect(rules([read(1_000, 1, { how: 'getOrSet', seen: [], error })])).toEqual([])
  expect(rules([read(1_000, 1, { how: 'get', seen: [], error })])).toEqual(['error'])
  expect(rules([change({ error: { name: 'Error', message: 'TRYAGAIN' }, result: undefined })])).toEqual(['error'])
})

test('judge() goes by a process that says that it is cut off', () => {
  const event = { kind: 'event', node: 1 } as const
  const failed: Occurrence = { ...event, type: 'tier:failed', atMs: 1_100 }
  expect(rules([failed, change(), read(1_300, 1)])).toEqual([])
  const recovered: Occurrence = { ...event, type: 'tier:recovered', atMs: 1_200 }
  const later = change({ calledMs: 3_000, endedMs: 3_010 })
  expect(rules([failed, later, read(3_300, 1)])).toEqual([])
  expect(rules([failed, recovered, later, read(3_300, 1)])).toEqual(['heard of by the connected'])
})
