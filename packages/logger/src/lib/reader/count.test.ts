import { expect, test } from 'vitest'
import { createCounter } from './count.ts'
import { createLogReader } from './log-reader.ts'
import { createLogFolder } from './testing/log-folder.ts'

const START_MS = Date.UTC(2026, 10, 21, 18)

test('count() counts lines per interval', async () => {
  using log = createLogFolder()
  for (const ms of [0, 59_999, 60_000, 180_001]) log.write(`{"time":${START_MS + ms},"level":30}\n`)
  log.write('torn\n')
  expect(await createLogReader({ path: log.path }).count()).toEqual({
    everyMs: 60_000,
    total: 4,
    intervals: [
      { at: START_MS, count: 2, groups: {}, other: 0 },
      { at: START_MS + 60_000, count: 1, groups: {}, other: 0 },
      { at: START_MS + 180_000, count: 1, groups: {}, other: 0 },
    ],
    scanned: 5,
    skipped: 1,
    notes: [],
  })
})

test('count() counts apart by the level, whatever it is called', async () => {
  using log = createLogFolder()
  for (const level of ['30', '"INFO"', '"warning"', '"audit"']) log.write(`{"time":${START_MS},"level":${level}}\n`)
  log.write(`{"time":${START_MS}}\n`)
  const { intervals } = await createLogReader({ path: log.path }).count({}, { by: 'level' })
  expect(intervals).toEqual([{ at: START_MS, count: 5, groups: { info: 2, warn: 1, audit: 1, '': 1 }, other: 0 }])
})

test('count() counts apart by a field', async () => {
  using log = createLogFolder()
  for (const status of ['200', '"200"', 'true', 'null', '{}', '"__proto__"'])
    log.write(`{"time":${START_MS},"http":{"status":${status}}}\n`)
  const { intervals } = await createLogReader({ path: log.path }).count(
    { text: '' },
    { by: 'http.status', everyMs: 1_000 },
  )
  expect(Object.entries(intervals[0]?.groups ?? {})).toEqual([
    ['200', 2],
    ['true', 1],
    ['null', 1],
    ['', 1],
    ['__proto__', 1],
  ])
})

test.each([
  [{ everyMs: 0 }, 'Expected `everyMs` to be a positive integer, got 0'],
  [{ by: '' }, 'Expected `by` to be a string that is not empty'],
])('count() says what is wrong with its options %#', async (options, message) => {
  using log = createLogFolder()
  await expect(createLogReader({ path: log.path }).count({}, options)).rejects.toThrow(message)
})

test('createCounter() widens its intervals instead of having too many', () => {
  const counter = createCounter(1_000)
  for (let index = 0; index < 30_000; index++) counter.add(index * 1_000, index % 2 === 0 ? 'even' : 'odd')
  const { everyMs, intervals, total } = counter.counts()
  expect({ everyMs, total }).toEqual({ everyMs: 4_000, total: 30_000 })
  expect(intervals).toHaveLength(7_500)
  expect(intervals[1]).toEqual({ at: 4_000, count: 4, groups: { even: 2, odd: 2 }, other: 0 })
})

test('createCounter() keeps the first 1,000 groups', () => {
  const counter = createCounter(1_000)
  for (let round = 0; round < 2; round++)
    for (let index = 0; index < 1_500; index++) counter.add(round * 1_000, `group ${index}`)
  for (const { count, groups, other } of counter.counts().intervals)
    expect({ count, groups: Object.keys(groups).length, other }).toEqual({ count: 1_500, groups: 1_000, other: 500 })
})

test('createCounter() loses no line when it widens its intervals', () => {
  const counter = createCounter(1_000)
  for (let group = 0; group < 1_005; group++) counter.add(0, `group ${group}`)
  for (let index = 1; index <= 10_000; index++) counter.add(index * 1_000, 'group 0')
  const { everyMs, intervals } = counter.counts()
  expect({ everyMs, ...intervals[0], groups: intervals[0]?.groups['group 0'] }).toEqual({
    everyMs: 2_000,
    at: 0,
    count: 1_006,
    groups: 2,
    other: 5,
  })
})

test('createCounter() keeps 100,000 counts in all', () => {
  const counter = createCounter(1_000)
  for (let index = 0; index < 300; index++)
    for (let group = 0; group < 1_000; group++) counter.add(index * 1_000, `group ${group}`)
  const { intervals, total } = counter.counts()
  const cells = intervals.reduce((sum, { groups }) => sum + Object.keys(groups).length, 0)
  expect({ cells, total }).toEqual({ cells: 100_000, total: 300_000 })
  expect(intervals.reduce((sum, { other }) => sum + other, 0)).toBe(200_000)
})
