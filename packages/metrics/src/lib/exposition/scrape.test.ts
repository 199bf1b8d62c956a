import { systemClock } from '@breakwater/core'
import { expect, test } from 'vitest'
import type { Family, Row } from '../series/family.ts'
import { createLabelSet, NO_LABELS } from '../series/label-set.ts'
import { OPENMETRICS } from './openmetrics.ts'
import { createScraper, type ScrapeSource } from './scrape.ts'
import { TEXT } from './text.ts'

function family(type: Family['type'], name: string, rows: () => Iterable<Row>): Family {
  return { name, help: '', type, rows }
}

const one = (): readonly Row[] => [{ labels: NO_LABELS, value: 1 }]

async function scrape(families: readonly Family[], { format = TEXT, clock = systemClock } = {}) {
  const failures: string[] = []
  const source: ScrapeSource = {
    families: () => families,
    extraLabels: () => ({}),
    onFailure: (name, error) => void failures.push(`${name}: ${(error as Error).message}`),
    clock,
  }
  const pieces: string[] = []
  for await (const piece of createScraper(source).text(format)) pieces.push(piece)
  return { pieces, text: pieces.join(''), failures }
}

test('text() is nothing but the end if there is nothing', async () => {
  expect((await scrape([])).text).toBe('')
  expect((await scrape([], { format: OPENMETRICS })).text).toBe('# EOF\n')
})

test('text() comes in pieces, and lets the event loop go on between them', async () => {
  const many = family('gauge', 'x', function* () {
    for (let index = 0; index < 20_000; index++)
      yield { labels: createLabelSet({ index: String(index) }), value: index }
  })
  let nowMs = 1
  let turns = 0
  const count = (): void => {
    turns++
    timer = setImmediate(count)
  }
  let timer = setImmediate(count)
  const { pieces, text } = await scrape([many], { clock: { ...systemClock, now: () => nowMs++ } })
  clearImmediate(timer)
  // Each block of lines takes a millisecond by this clock, and each turn two.
  expect(turns).toBeGreaterThan(50)
  expect(pieces.length).toBeGreaterThan(4)
  expect(text.match(/\n/g)).toHaveLength(20_001)
})

test('text() keeps the whole lines of a family that fails half-way, and all others', async () => {
  const failing = family('gauge', 'bad', function* () {
    for (let index = 0; index < 200; index++) yield { labels: createLabelSet({ index: String(index) }), value: index }
    throw new Error('boom')
  })
  const { text, failures } = await scrape([failing, family('gauge', 'good', one)])
  expect(text).toMatch(/bad\{index="127"\} 127\n# TYPE good gauge\ngood 1\n$/)
  expect(failures).toEqual(['bad: boom'])
})

test('text() leaves out what in OpenMetrics has the name of something else', async () => {
  const families = [family('counter', 'x_total', one), family('gauge', 'x', one)]
  expect((await scrape(families)).text).toBe('# TYPE x_total counter\nx_total 1\n# TYPE x gauge\nx 1\n')
  const { text, failures } = await scrape(families, { format: OPENMETRICS })
  expect(text).toBe('# TYPE x counter\nx_total 1\n# EOF\n')
  expect(failures).toEqual(['x: Cannot show "x" as something else is "x", too'])
})
