import { expect, test } from 'vitest'
import { type LogQuery, resolveQuery } from '../query.ts'
import { createTally } from '../tally.ts'
import { createMatcher } from './matcher.ts'

function match(text: string | Buffer, query: LogQuery = {}, maxLineBytes = 1_000) {
  const tally = createTally()
  const bytes = Buffer.from(text)
  const { hits, latestMs } = createMatcher(resolveQuery(query), maxLineBytes)({ bytes, offset: 0 }, tally, 0)
  return { tally, latestMs, found: hits.map(({ start, end }) => bytes.toString('utf8', start, end)), hits }
}

test('createMatcher() skips and counts what is no line of a log', () => {
  const good = '{"time":1e12}'
  const bad = [
    '',
    ' ',
    '{"time":1e12',
    'e":1}',
    'text',
    '[1]',
    '{}',
    '{"time":1,}',
    `{"time":1e12,"x":"${'x'.repeat(1_000)}"}`,
  ]
  const { tally, found } = match(`${[good, ...bad, good].join('\n')}\n`)
  expect(found).toEqual([good, good])
  expect(tally).toMatchObject({ scanned: bad.length + 2, skipped: bad.length })
})

test('createMatcher() skips what is torn also where it would be ruled out', () => {
  expect(match('{"time":1e12\n{"time":1e12}\n', { text: 'nothing' }).tally).toMatchObject({ scanned: 2, skipped: 1 })
})

test('createMatcher() takes a last line without a newline, and lines that end as on Windows', () => {
  expect(match('{"time":1e12}\r\n{"time":2e12}').found).toEqual(['{"time":1e12}\r', '{"time":2e12}'])
})

test('createMatcher() reads bytes that are no UTF-8', () => {
  const bytes = Buffer.concat([Buffer.from('{"time":1e12,"msg":"a'), Buffer.of(0xff), Buffer.from('b"}\n')])
  expect(match(bytes, { text: 'B' }).hits[0]?.line.message).toBe('a\ufffdb')
  expect(match(bytes, { text: '\ufffd' }).hits).toHaveLength(1)
})

test('createMatcher() tells the latest time, of lines that are not wanted as well', () => {
  expect(match('{"time":3e12}\n{"time":2e12}\n', { to: 1e12 })).toMatchObject({ latestMs: 3e12, hits: [] })
})

test('createMatcher() takes lines from `from` on, and before `to`', () => {
  const lines = [1, 2, 3, 4].map((ms) => `{"time":${1e12 + ms}}`)
  expect(match(lines.join('\n'), { from: 1e12 + 2, to: new Date(1e12 + 4) }).found).toEqual(lines.slice(1, 3))
})

test('createMatcher() takes no match across two lines', () => {
  expect(match('{"time":1e12,"level":\n"warn"}\n', { level: 'warn' }).found).toEqual([])
})

test.each([
  ['lines', 1_000, '{"time":1e12}'],
  ['lines that are no JSON', 200, '{"time":1e12}}'],
])('createMatcher() parses so many %s at once: %i', (_name, most, line) => {
  const bytes = Buffer.from(`${line}\n`.repeat(2.5 * most))
  const matcher = createMatcher(resolveQuery(), 100)
  const tally = createTally()
  const ends: number[] = []
  for (let from = 0; from < bytes.length; ) {
    from = matcher({ bytes, offset: 0 }, tally, from).next
    ends.push(from / (line.length + 1))
  }
  expect(ends).toEqual([most, 2 * most, 2.5 * most])
  expect(tally.scanned).toBe(2.5 * most)
})

test('createMatcher() parses only lines that may meet the query', () => {
  const line = (text: string): string => `{"time":1e12,"msg":"${text}"}`
  const broken = '{"time":1e12,}'
  const lines = [line('a needle'), broken, broken, line('a NEEDLE'), broken, line('\\u0041'), broken]
  expect(match(lines.join('\n'), { text: 'needle' })).toMatchObject({
    found: [line('a needle'), line('a NEEDLE')],
    tally: { scanned: 7, skipped: 0 },
  })
})
