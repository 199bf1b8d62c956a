import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { fromCursor, toCursor } from './cursor.ts'

const ID = '0192f0c1-2b3c-7d4e-8f50-61728394a5b6'

test('fromCursor() gives back what toCursor() was given', () => {
  for (const id of fc.sample(fc.uuid())) expect(fromCursor(toCursor(id))).toBe(id)
})

test('toCursor() makes text that is safe in a URL', () => {
  for (const id of fc.sample(fc.uuid())) expect(toCursor(id)).toMatch(/^[\w-]{28}$/)
})

test('fromCursor() refuses a cursor with one character changed', () => {
  const cursor = toCursor(ID)
  for (let at = 0; at < cursor.length; at++) {
    const changed = `${cursor.slice(0, at)}${cursor[at] === 'A' ? 'B' : 'A'}${cursor.slice(at + 1)}`
    expect(fromCursor(changed)).toBeUndefined()
  }
})

test('fromCursor() refuses what is longer, shorter or nothing of the kind', () => {
  const cursor = toCursor(ID)
  for (const text of [
    '',
    cursor.slice(1),
    cursor.slice(0, -1),
    `${cursor}A`,
    `${cursor}=`,
    ` ${cursor}`,
    ID,
    '💥'.repeat(7),
  ]) {
    expect(fromCursor(text)).toBeUndefined()
  }
})
