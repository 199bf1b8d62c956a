import { createRandom } from '@breakwater/testing/simulation'
import { expect, test } from 'vitest'
import { fold } from '../lines/text.ts'
import { resolveQuery } from '../query.ts'
import { createTally } from '../tally.ts'
import { createDice, meetsPlainly, randomLine, randomQuery } from '../testing/random-lines.ts'
import { createMatcher } from './matcher.ts'
import { rareForms } from './pattern.ts'
import { toPrefilter } from './prefilter.ts'

const SOAK = Number(process.env.SOAK ?? 1)
const NONE = { patterns: [], rare: [] }

test('toPrefilter() never rules out a line that meets the query, and the matcher finds what a plain look at each line does', () => {
  let met = 0
  for (let seed = 1; seed <= 400 * SOAK; seed++) {
    const dice = createDice(createRandom(seed))
    const lines = Array.from({ length: 12 }, (_, index) => randomLine(dice, 1_790_000_000_000 + index))
    const bytes = Buffer.from(lines.map(({ raw }) => `${raw}\n`).join(''))
    for (let round = 0; round < 4; round++) {
      const query = randomQuery(dice, lines)
      const resolved = resolveQuery(query)
      const found = (prefilter = toPrefilter(resolved)): readonly number[] =>
        createMatcher(resolved, 10_000, prefilter)({ bytes, offset: 0 }, createTally(), 0).hits.map(
          ({ line }) => line.at,
        )
      const plainly = lines.filter((line) => meetsPlainly(line, query)).map(({ atMs }) => atMs)
      const about = JSON.stringify({ seed, query, lines: lines.map(({ raw }) => raw) })
      expect(found(NONE), about).toEqual(plainly)
      expect(found(), about).toEqual(plainly)
      met += plainly.length
    }
  }
  expect(met).toBeGreaterThan(2_000)
})

test('toPrefilter() rules out most lines that do not meet the query', () => {
  const lines = Array.from({ length: 100 }, (_, index) =>
    JSON.stringify({ level: 'info', time: index + 1e12, msg: 'request finished', status: 200, path: '/a' }),
  )
  const text = `${lines.join('\n')}\n`
  for (const query of [
    { text: 'Timeout' },
    { text: '/b' },
    { text: 'grüße' },
    { text: '中' },
    { text: 'größer' },
    { text: 'ÄÖÜ' },
    { level: 'warn' },
    { fields: { status: 503 } },
    { fields: { status: '503' } },
    { fields: { 'err.code': 'E' } },
    { fields: { path: '/b' } },
    { fields: { ok: true } },
  ] as const) {
    const { patterns } = toPrefilter(resolveQuery(query))
    expect(
      patterns.some((pattern) => text.search(pattern) === -1),
      JSON.stringify(query),
    ).toBe(true)
  }
})

test('toPrefilter() has nothing to say about an empty query', () => {
  expect(toPrefilter(resolveQuery({ from: 1 }))).toEqual(NONE)
})

test('rareForms() has every character outside of ASCII that is folded to what begins with one of ASCII', () => {
  const surprising: string[] = []
  for (let code = 0x80; code <= 0x10ffff; code++) {
    const character = String.fromCodePoint(code)
    const folded = fold(character)
    if (folded === character) continue
    // Of what it is folded to, nothing may be taken for bytes that stand in the line as they are.
    const isCertain = Array.from(folded).some((one) => one < '\x80' || (fold(one) === one && one.toUpperCase() === one))
    if (isCertain) surprising.push(Buffer.from(character).toString('latin1'))
  }
  expect(new Set(rareForms('ik').slice(1))).toEqual(new Set(surprising))
  expect(rareForms('\u0307')).toContain(Buffer.from('\u0130').toString('latin1'))
})

test('the matcher takes no time that grows with the square of a line', () => {
  const long = (letter: string): Buffer => Buffer.from(`{"time":1e12,"msg":"${letter.repeat(400_000)}"}\n`)
  for (const [letter, text] of [
    ['ü', 'üüüüüüüüa'],
    ['/', '////////a'],
    ['\\\\', '\\\\\\\\\\a'],
    ['a', 'aaaaaaaab'],
    ['\\"', '"""""a'],
  ] as const) {
    const matcher = createMatcher(resolveQuery({ text }), 4_000_000)
    const tally = createTally()
    expect(matcher({ bytes: long(letter), offset: 0 }, tally, 0).hits).toEqual([])
    expect(tally).toMatchObject({ scanned: 1, skipped: 0 })
  }
})
