import { expect, test } from 'vitest'
import { createRandom } from '../random.ts'
import { Timetable } from './timetable.ts'

test('take() gives what comes next, and of two at one moment the first that was added', () => {
  const random = createRandom(1)
  const table = new Timetable<{ readonly atMs: number; readonly index: number }>()
  const all = Array.from({ length: 1_000 }, (_, index) => ({ atMs: Math.floor(random() * 100), index }))
  const taken: unknown[] = []
  for (const what of all.slice(0, 500)) table.add(what)
  const early = Array.from({ length: 200 }, () => table.take())
  for (const what of all.slice(500)) table.add(what)
  const left = all.filter((what) => !early.includes(what)).sort((a, b) => a.atMs - b.atMs || a.index - b.index)
  for (let what = table.take(); what !== undefined; what = table.take()) taken.push(what)
  expect(early).toEqual(
    all
      .slice(0, 500)
      .sort((a, b) => a.atMs - b.atMs || a.index - b.index)
      .slice(0, 200),
  )
  expect(taken).toEqual(left)
})

test('next stays on the table', () => {
  const table = new Timetable()
  expect([table.next, table.take()]).toEqual([undefined, undefined])
  table.add({ atMs: 2 })
  table.add({ atMs: 1 })
  expect([table.next, table.next, table.take(), table.next]).toEqual([
    { atMs: 1 },
    { atMs: 1 },
    { atMs: 1 },
    { atMs: 2 },
  ])
})
