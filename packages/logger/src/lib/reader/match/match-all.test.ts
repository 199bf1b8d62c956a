import { expect, test } from 'vitest'
import { type LogQuery, resolveQuery } from '../query.ts'
import { createTally } from '../tally.ts'
import { matchAll } from './match-all.ts'
import { createMatcher } from './matcher.ts'

async function match(lines: readonly string[], query: LogQuery) {
  const tally = createTally()
  const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''))
  const { hits, latestMs } = await matchAll(createMatcher(resolveQuery(query), 100), { bytes, offset: 0 }, tally)
  return { found: hits.map(({ start, end }) => bytes.toString('utf8', start, end)), latestMs, tally }
}

const lines = Array.from({ length: 3_500 }, (_, index) => `{"time":${2e12 - index}}`)

test('matchAll() finds the lines of all parts', async () => {
  const { found, tally } = await match(lines, {})
  expect(found).toEqual(lines)
  expect(tally).toMatchObject({ scanned: 3_500, skipped: 0 })
})

test('matchAll() tells the latest time of all parts, also where nothing is found', async () => {
  expect(await match(lines, { to: 1 })).toMatchObject({ found: [], latestMs: 2e12 })
  expect(await match(lines.toReversed(), { to: 1 })).toMatchObject({ found: [], latestMs: 2e12 })
})

test('matchAll() lets others have their turn after each part', async () => {
  let turns = 0
  const turn = (): void => {
    turns++
    timer = setImmediate(turn)
  }
  let timer = setImmediate(turn)
  await match(lines, {})
  clearImmediate(timer)
  expect(turns).toBeGreaterThanOrEqual(3)
})
