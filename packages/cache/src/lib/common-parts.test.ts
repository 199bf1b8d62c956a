import { expect, test } from 'vitest'
import { CommonParts } from './common-parts.ts'
import { Entry, NO_TAGS } from './entry.ts'

const SPANS = { ttlMs: 100, staleWhileRevalidateMs: 20, graceMs: 50 }

test('toLifetime() counts in whole milliseconds from the birth', () => {
  const life = new CommonParts().toLifetime(1_000.6, { ...SPANS, ttlMs: 100.2 }, 80)
  expect(life).toMatchObject({ bornMs: 1_000, easyUntilMs: 1_081 })
  const entry = new Entry('value', 0, 0, NO_TAGS, life)
  expect([entry.freshUntilMs, entry.staleUntilMs, entry.graceUntilMs]).toEqual([1_101, 1_121, 1_151])
})

test('toLifetime() lets a value that may be served stale be served in need for as long', () => {
  const life = new CommonParts().toLifetime(0, { ...SPANS, graceMs: 0 }, 100)
  expect(new Entry('value', 0, 0, NO_TAGS, life).graceUntilMs).toBe(120)
})

test('toLifetime() shares what comes after the easy time, however long that is', () => {
  const common = new CommonParts()
  const { stages } = common.toLifetime(0, SPANS, 100)
  expect(stages).toEqual({ freshMs: 0, staleMs: 20, usableMs: 50 })
  expect(common.toLifetime(1, { ...SPANS, ttlMs: 7 }, 7).stages).toBe(stages)
  const others = [
    common.toLifetime(1, SPANS, 60),
    common.toLifetime(1, { ...SPANS, staleWhileRevalidateMs: 21 }, 100),
    common.toLifetime(1, { ...SPANS, graceMs: 51 }, 100),
  ]
  expect(others.map((life) => life.stages)).toEqual([
    { freshMs: 40, staleMs: 60, usableMs: 90 },
    { freshMs: 0, staleMs: 21, usableMs: 50 },
    { freshMs: 0, staleMs: 20, usableMs: 51 },
  ])
})

test('toLifetime() is right about more kinds than it keeps', () => {
  const common = new CommonParts()
  for (let round = 0; round < 2; round++)
    for (let graceMs = 20; graceMs < 200; graceMs++)
      expect(common.toLifetime(0, { ...SPANS, graceMs }, 100).stages.usableMs).toBe(graceMs)
})

test('toTagList() gives the same list for the same tags', () => {
  const common = new CommonParts()
  const list = common.toTagList(['a', 'b'])
  expect(common.toTagList(['a', 'b'])).toBe(list)
  expect(common.toTagList([])).toBe(NO_TAGS)
})

test('toTagList() gives no list of other tags, or of another order', () => {
  const common = new CommonParts()
  for (const tags of [['a', 'b'], ['b'], ['c', 'b'], ['a', 'c', 'b'], ['b', 'a'], ['a', 'b']])
    expect(common.toTagList([...tags])).toEqual(tags)
})

test('toTagList() is right about more lists than it keeps', () => {
  const common = new CommonParts()
  for (let round = 0; round < 2; round++)
    for (let index = 0; index < 1_000; index++)
      expect(common.toTagList(['tasks', `task ${index}`])).toEqual(['tasks', `task ${index}`])
})
