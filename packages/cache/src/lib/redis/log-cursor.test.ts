import { expect, test } from 'vitest'
import { createLogCursor, type LogCursor } from './log-cursor.ts'
import type { LogEntry } from './mutations.ts'

/** Entries of a history, from one number to another. */
function entries(history: string, from: number, to: number): LogEntry[] {
  return Array.from({ length: to - from + 1 }, (_, i) => [`${from + i}-${history}`, ['s', `key-${from + i}`]])
}

function cursorAt(seq: number): LogCursor {
  return createLogCursor({ seq, id: `${seq}-1` })
}

function seqs(told: ReturnType<LogCursor['hear']>): readonly number[] | undefined {
  return told?.map(({ position }) => position.seq)
}

test('verify() tells what comes after the start', () => {
  const cursor = cursorAt(5)
  expect(seqs(cursor.verify(entries('1', 5, 8), true))).toEqual([6, 7, 8])
  expect([cursor.verified.id, cursor.told.id]).toEqual(['8-1', '8-1'])
  expect(seqs(cursor.verify(entries('1', 8, 8), true))).toEqual([])
})

test('verify() refuses a log that does not begin at the start', () => {
  expect(cursorAt(5).verify([], true)).toBeUndefined()
  expect(cursorAt(5).verify(entries('1', 6, 8), true)).toBeUndefined()
  expect(cursorAt(5).verify(entries('2', 5, 8), true)).toBeUndefined()
})

test('verify() refuses a gap, and what it cannot read', () => {
  expect(cursorAt(5).verify([...entries('1', 5, 6), ...entries('1', 8, 9)], true)).toBeUndefined()
  expect(cursorAt(5).verify([...entries('1', 5, 6), ['7-1', ['x', 'y']]], true)).toBeUndefined()
  expect(cursorAt(5).verify([...entries('1', 5, 6), ['7-1', ['d', '{"no":"list"}']]], true)).toBeUndefined()
  expect(cursorAt(5).verify([...entries('1', 5, 6), ['7-1', ['t', '[1]']]], true)).toBeUndefined()
  expect(cursorAt(5).verify([...entries('1', 5, 6), ['7-1', ['t', '["cut off']]], true)).toBeUndefined()
})

test('hear() tells at once, verify() then tells no change twice', () => {
  const cursor = cursorAt(5)
  expect(seqs(cursor.hear(entries('1', 6, 7)))).toEqual([6, 7])
  expect([cursor.verified.id, cursor.told.id]).toEqual(['5-1', '7-1'])
  expect(seqs(cursor.verify(entries('1', 5, 9), true))).toEqual([8, 9])
  expect([cursor.verified.id, cursor.told.id]).toEqual(['9-1', '9-1'])
})

test('hear() passes over what was told before', () => {
  const cursor = cursorAt(5)
  cursor.verify(entries('1', 5, 7), true)
  expect(seqs(cursor.hear(entries('1', 6, 8)))).toEqual([8])
})

test('hear() refuses a gap', () => {
  expect(cursorAt(5).hear(entries('1', 7, 8))).toBeUndefined()
})

test('verify() refuses a history in which what was heard did not happen', () => {
  const other = cursorAt(5)
  other.hear(entries('2', 6, 6))
  expect(other.verify(entries('1', 5, 6), true)).toBeUndefined()

  const shorter = cursorAt(5)
  shorter.hear(entries('1', 6, 7))
  expect(shorter.verify(entries('1', 5, 6), true)).toBeUndefined()
})

test('verify() waits for the rest of what was heard while there are more pages', () => {
  const cursor = cursorAt(5)
  cursor.hear(entries('1', 6, 9))
  expect(seqs(cursor.verify(entries('1', 5, 7), false))).toEqual([])
  expect([cursor.verified.id, cursor.told.id]).toEqual(['7-1', '9-1'])
  expect(seqs(cursor.verify(entries('1', 7, 10), true))).toEqual([10])
})
