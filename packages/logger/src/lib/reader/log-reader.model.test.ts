import { systemClock } from '@breakwater/core'
import { createRandom } from '@breakwater/testing/simulation'
import { expect, test } from 'vitest'
import { createReader, type LogReader } from './log-reader.ts'
import type { LogQuery } from './query.ts'
import { gather, gatherPages } from './testing/gather.ts'
import { createLogFolder, type LogFolder } from './testing/log-folder.ts'
import { createDice, type Dice, type KnownLine, meetsPlainly, randomLine, randomQuery } from './testing/random-lines.ts'

const SOAK = Number(process.env.SOAK ?? 1)

/** A log that grows, rotates and is compressed at random, and all lines of it. */
interface Model {
  readonly lines: KnownLine[]
  /** Rotated files that are not compressed. */
  readonly plain: string[]
  atMs: number
}

function write(log: LogFolder, dice: Dice, model: Model): void {
  for (let count = dice.roll(15); count > 0; count--) {
    model.atMs += 1 + dice.roll(20_000)
    const line = randomLine(dice, model.atMs)
    model.lines.push(line)
    log.write(`${line.raw}\n`)
    if (dice.roll(8) === 0) log.write(dice.pick(['\n', 'torn\n', '{"time":1e12\n', '[]\n', `${'x'.repeat(5_000)}\n`]))
  }
}

function rotate(log: LogFolder, dice: Dice, model: Model): void {
  log.write('')
  model.plain.push(log.rotate(++model.atMs))
  if (dice.roll(3) > 0) log.write('')
}

function compress(log: LogFolder, dice: Dice, model: Model): void {
  const [path] = model.plain.splice(dice.roll(model.plain.length), 1)
  if (path !== undefined) log.compress(path)
}

function change(log: LogFolder, dice: Dice, model: Model): void {
  for (let count = dice.roll(4); count > 0; count--) dice.pick([write, write, rotate, compress])(log, dice, model)
}

function readerOf(log: LogFolder, dice: Dice): LogReader {
  return createReader({
    path: log.path,
    maxLineBytes: 4_000,
    clock: systemClock,
    blockBytes: dice.pick([100, 1_000, 262_144]),
  })
}

/** What is found is told apart by the time, which no two lines share. */
const timesOf = (lines: readonly { readonly at: number }[]): number[] => lines.map(({ at }) => at)
const wanted = (model: Model, query: LogQuery): KnownLine[] => model.lines.filter((line) => meetsPlainly(line, query))

test('every method gives what a plain look at every line gives, whatever the files and the query', async () => {
  let met = 0
  for (let seed = 1; seed <= 50 * SOAK; seed++) {
    using log = createLogFolder()
    const dice = createDice(createRandom(seed))
    const model: Model = { lines: [], plain: [], atMs: Date.UTC(2026, 6) }
    for (let round = 0; round < 6; round++) change(log, dice, model)
    const reader = readerOf(log, dice)
    for (let round = 0; round < 3; round++) {
      const query = randomQuery(dice, model.lines)
      const lines = wanted(model, query)
      const times = lines.map(({ atMs }) => atMs)
      const about = JSON.stringify({ seed, round, query })
      const limit = 1 + dice.roll(20)
      expect(timesOf(await gatherPages(reader, query, { limit })), about).toEqual(times)
      expect(timesOf(await gatherPages(reader, query, { limit, order: 'newest' })), about).toEqual(times.toReversed())
      expect(timesOf(await gather(reader.read(query))), about).toEqual(times)
      expect(Buffer.concat(await gather(reader.export(query))).toString(), about).toBe(
        lines.map(({ raw }) => `${raw}\n`).join(''),
      )
      const counts = await reader.count(query, { everyMs: 60_000 })
      const expected = Map.groupBy(times, (atMs) => Math.floor(atMs / 60_000) * 60_000)
      expect(new Map(counts.intervals.map(({ at, count }) => [at, count])), about).toEqual(
        new Map([...expected].map(([at, { length }]) => [at, length])),
      )
      met += times.length
    }
  }
  expect(met).toBeGreaterThan(1_000)
})

test('search() gives each line once while files grow, are rotated and compressed between its pages', async () => {
  for (let seed = 1; seed <= 20 * SOAK; seed++) {
    using log = createLogFolder()
    const dice = createDice(createRandom(seed))
    const model: Model = { lines: [], plain: [], atMs: Date.UTC(2026, 6) }
    for (let round = 0; round < 4; round++) change(log, dice, model)
    const reader = readerOf(log, dice)
    const about = JSON.stringify({ seed })
    let changes = 0
    const between = (): void => {
      if (changes++ < 10) change(log, dice, model)
    }

    const query: LogQuery = dice.roll(2) === 0 ? {} : { level: 'info' }
    const before = wanted(model, query).map(({ atMs }) => atMs)
    const back = await gatherPages(reader, query, { limit: 1 + dice.roll(4), order: 'newest' }, between)
    expect(timesOf(back), about).toEqual(before.toReversed())

    changes = 0
    const there = timesOf(await gatherPages(reader, query, { limit: 1 + dice.roll(4) }, between))
    const all = wanted(model, query).map(({ atMs }) => atMs)
    // What came after the last page was read is not in it.
    expect(there, about).toEqual(all.slice(0, there.length))
    expect(there.length, about).toBeGreaterThanOrEqual(before.length)
  }
})

test('read() gives each line once while files are rotated, compressed and removed', async () => {
  for (let seed = 1; seed <= 50 * SOAK; seed++) {
    using log = createLogFolder()
    const dice = createDice(createRandom(seed))
    const model: Model = { lines: [], plain: [], atMs: Date.UTC(2026, 6) }
    for (let round = 0; round < 4; round++) change(log, dice, model)
    const expected = model.lines.map(({ atMs }) => atMs)
    const times: number[] = []
    for await (const { at } of readerOf(log, dice).read()) {
      times.push(at)
      if (dice.roll(4) === 0) change(log, dice, model)
      if (dice.roll(20) > 0) continue
      log.removeRotated()
      model.plain.length = 0
    }
    expect(times, JSON.stringify({ seed })).toEqual(expected)
  }
})
