import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { costsAtMost } from './claims.ts'
import { isAtMost } from './figures/group.ts'
import { toFigureResult } from './figures/results.ts'
import { renderFigures, renderGroup, renderPage } from './page.ts'
import { type BenchResult, readResults, toGroupResult } from './results.ts'

function result(ours: number, again = 10): BenchResult {
  const round = { floor: 10, ours, peer: 30, 'floor, again': again, 'ours, again': ours }
  const group = toGroupResult(
    {
      id: 'group',
      title: 'A group',
      about: 'About | it.',
      floor: { name: 'floor' },
      ours: [{ name: 'ours' }],
      peers: [{ name: 'peer' }],
      claims: [costsAtMost('ours', 2, 'floor', 'Why.')],
    },
    { unit: 'ns', rounds: [round, round], bytes: { floor: 0, ours: 16, peer: 120 } },
  )
  return {
    name: 'micro/a',
    title: 'A bench',
    date: '2026-01-01',
    machine: { cpu: 'CPU', cores: 2, platform: 'linux x64', node: 'v24.0.0', v8: '13.6' },
    processes: 1,
    rounds: 2,
    groups: [group],
  }
}

test('renderPage() shows where and when, every subject, and what came of the claims', () => {
  const page = renderPage([result(15)])
  expect(page).toContain('2026-01-01, Node v24.0.0 (V8 13.6), linux x64, 2 cores of CPU; 1 × 2 turns.')
  expect(page).toContain('| ours | ours | 15.0 | 1.50x (1.50x to 1.50x) | 5.00 | 16 |')
  expect(page).toContain('- ours is faster than peer: 2.00x (2.00x to 2.00x)')
  expect(page).toContain('| ours: at most 2.00x floor | Why. | 1.50x | **met** |')
  expect(page).toContain('**Claims: 1 met, 0 missed, 0 void.**')
})

test('renderPage() says at its top what was missed, and where', () => {
  const page = renderPage([result(25)])
  expect(page).toContain('**Claims: 0 met, 1 missed, 0 void.**')
  expect(page).toContain('| A bench: A group | ours: at most 2.00x floor | 2.50x | missed |')
})

test('renderGroup() says so when a run is void', () => {
  const [group] = result(15, 12).groups
  expect(group && renderGroup(group)).toContain('Not within 10 %: **this run is void.**')
})

const figures = toFigureResult(
  {
    id: 'figures',
    title: 'Some figures',
    about: 'About.',
    figures: ['bytes', 'timers'],
    ours: [{ name: 'ours', measure: () => ({}) }],
    peers: [],
    claims: [isAtMost('ours', 'bytes', 600, 'Why.')],
  },
  {
    ours: [
      { bytes: 601, timers: 0 },
      { bytes: 700, timers: 0 },
      { bytes: 602, timers: 0 },
    ],
  },
)

test('renderFigures() shows the middle of each figure, and how far it goes where it differs', () => {
  const page = renderFigures(figures)
  expect(page).toContain('|  |  | bytes | timers |')
  expect(page).toContain('| ours | ours | 602 (601 to 700) | 0 |')
  expect(page).toContain('| ours: bytes at most 600 | Why. | 602 | **missed** |')
})

test('renderFigures() shows the tables of a group that has several', () => {
  const tables = [
    { title: 'Of everybody', columns: [{ head: 'B', figure: 'bytes' }] },
    { title: 'Of one', of: 'peer', columns: [{ head: 'T', figure: 'timers' }] },
  ]
  const rows = [...figures.rows, { ...figures.rows[0], name: 'peer', role: 'peer' }] as typeof figures.rows
  const page = renderFigures({ ...figures, tables, rows })
  expect(page).toContain('Of everybody:\n\n|  |  | B |\n| --- | --- | --: |\n| ours | ours | 602')
  expect(page).toContain('Of one:\n\n|  |  | T |\n| --- | --- | --: |\n| peer | peer | 0 |')
  expect(page).not.toContain('| bytes |')
})

test('renderPage() tells of turns only where there were some', () => {
  expect(renderPage([{ ...result(15), groups: [], figures: [figures] }])).toContain('2 cores of CPU.\n')
})

test('renderFigures() says why a run is void', () => {
  expect(renderFigures(figures)).not.toContain('void')
  expect(renderFigures({ ...figures, whyVoid: 'Nobody lost anything' })).toContain(
    'Nobody lost anything: **this run is void.**',
  )
})

test('renderPage() counts the claims about figures, too', () => {
  const page = renderPage([{ ...result(15), figures: [figures] }])
  expect(page).toContain('**Claims: 1 met, 1 missed, 0 void.**')
  expect(page).toContain('| A bench: Some figures | ours: bytes at most 600 | 602 | missed |')
  expect(page).toContain('### Some figures')
})

test('renderPage() is what docs/benchmarks.md holds: no number there is typed by hand', () => {
  const page = readFileSync(new URL('../../docs/benchmarks.md', import.meta.url), 'utf8')
  expect(page, 'run `pnpm bench --page`').toBe(renderPage(readResults()))
})
