import { expect, test } from 'vitest'
import {
  type FigureGroup,
  figureEntriesOf,
  isAtLeast,
  isAtMost,
  isAtMostTimes,
  isBetween,
  type Taken,
  takeAllFigures,
  takeFigures,
} from './group.ts'
import { toFigure, toFigureResult } from './results.ts'

const group: FigureGroup = {
  id: 'group',
  title: 'Group',
  about: 'About.',
  figures: ['bytes', 'timers'],
  ours: [{ name: 'ours', measure: (scale) => ({ bytes: 600 * scale, timers: 0 }) }],
  peers: [{ name: 'peer', measure: async () => ({ bytes: 3_000, timers: 2 }) }],
  claims: [isAtMost('ours', 'bytes', 600, 'Why.'), isBetween('ours', 'timers', 1, 2, 'Why not.')],
}

test('figureEntriesOf() puts ours first', () => {
  expect(figureEntriesOf(group).map(({ role, subject }) => [subject.name, role])).toEqual([
    ['ours', 'ours'],
    ['peer', 'peer'],
  ])
})

test('figureEntriesOf() refuses two of one name', () => {
  expect(() => figureEntriesOf({ ...group, peers: group.ours })).toThrow('names in group "group"')
})

test('figureEntriesOf() refuses a claim against nobody', () => {
  const claims = [isAtMostTimes('ours', 'bytes', 1, 'nobody', '')]
  expect(() => figureEntriesOf({ ...group, claims })).toThrow('"bytes" of "ours"')
})

test.each([isAtMost('nobody', 'bytes', 1, ''), isAtMost('ours', 'nothing', 1, '')])(
  'figureEntriesOf() refuses a claim about what is not there',
  (claim) => {
    expect(() => figureEntriesOf({ ...group, claims: [claim] })).toThrow(`"${claim.figure}" of "${claim.of}"`)
  },
)

test.each([
  { title: 'Table', columns: [{ head: 'B', figure: 'nothing' }] },
  { title: 'Table', of: 'nobody', columns: [{ head: 'B', figure: 'bytes' }] },
])('figureEntriesOf() refuses a table of what is not there: %j', (table) => {
  expect(() => figureEntriesOf({ ...group, tables: [table] })).toThrow('tables of group "group" to show its own')
})

test('takeFigures() takes those of one subject', async () => {
  expect(await takeFigures(group, 'ours', 0.5)).toEqual({ bytes: 300, timers: 0 })
  expect(await takeFigures(group, 'peer', 0.5)).toEqual({ bytes: 3_000, timers: 2 })
  await expect(takeFigures(group, 'nobody', 1)).rejects.toThrow('Cannot find "nobody" in group "group"')
})

test.each([{ bytes: 1 }, { bytes: 1, timers: Number.NaN }, { bytes: 1, timers: 0, more: 0 }])(
  'takeFigures() refuses %j, as it is not what its group counts',
  async (figures) => {
    const odd = { name: 'odd', measure: () => figures as Record<string, number> }
    await expect(takeFigures({ ...group, peers: [odd] }, 'odd', 1)).rejects.toThrow('Expected "odd" to give bytes')
  },
)

const whole = { bytes: 1, timers: 0 }

test('takeAllFigures() takes those of all subjects together', async () => {
  const all: Taken = { ours: [whole, whole], peer: [whole, whole] }
  expect(await takeAllFigures({ ...group, takeAll: async () => all }, 1)).toBe(all)
})

test.each<Taken>([{ ours: [whole] }, { ours: [whole], peer: [] }, { ours: [whole], peer: [whole, { bytes: 1 }] }])(
  'takeAllFigures() refuses %j, as the peer gives less than its group counts',
  async (all) => {
    await expect(takeAllFigures({ ...group, takeAll: async () => all }, 1)).rejects.toThrow('Expected "peer" to give')
  },
)

test('takeAllFigures() refuses a group that takes them one by one', async () => {
  await expect(takeAllFigures(group, 1)).rejects.toThrow('Expected group "group" to take its figures together')
})

test.each([
  [600, 'met'],
  [599, 'missed'],
])('isAtLeast() claims a lower bound: %i is %s', (bytes, verdict) => {
  const claims = [isAtLeast('ours', 'bytes', 600, 'Why.')]
  const taken = { ours: [{ ...whole, bytes }], peer: [whole] }
  expect(toFigureResult({ ...group, claims }, taken).claims).toMatchObject([
    { claim: 'ours: bytes at least 600', measured: String(bytes), verdict },
  ])
})

test.each([
  [750, '0.25', 'met'],
  [751, '0.25', 'missed'],
])('isAtMostTimes() claims a part of what another one has: %i is %s of it, and %s', (bytes, measured, verdict) => {
  const claims = [isAtMostTimes('ours', 'bytes', 0.25, 'peer', 'Why.')]
  const taken = {
    ours: [{ bytes, timers: 1 }],
    peer: [2_900, 3_000, 3_100].map((theirs) => ({ bytes: theirs, timers: 1 })),
  }
  expect(toFigureResult({ ...group, claims }, taken).claims).toMatchObject([
    { claim: 'ours: bytes at most 0.25 times that of peer', measured, verdict },
  ])
})

test('toFigureResult() judges by the middle of all processes', () => {
  const ours = [590, 601, 580].map((bytes) => ({ bytes, timers: 0 }))
  const { rows, claims } = toFigureResult(group, { ours, peer: [{ bytes: 3_000, timers: 2 }] })
  expect(rows.map(({ name, values }) => [name, ...values.map(({ median }) => median)])).toEqual([
    ['ours', 590, 0],
    ['peer', 3_000, 2],
  ])
  expect(claims).toEqual([
    { claim: 'ours: bytes at most 600', because: 'Why.', measured: '590', verdict: 'met' },
    { claim: 'ours: timers 1 to 2', because: 'Why not.', measured: '0', verdict: 'missed' },
  ])
})

test.each([
  [600, 'met'],
  [600.1, 'missed'],
])('toFigureResult() holds %s against at most 600', (bytes, verdict) => {
  const taken = { ours: [{ bytes, timers: 1 }], peer: [{ bytes: 1, timers: 1 }] }
  expect(toFigureResult(group, taken).claims.map((claim) => claim.verdict)).toEqual([verdict, 'met'])
})

test('toFigureResult() judges no claim where the group says that the run is void', () => {
  const whyVoid: FigureGroup['whyVoid'] = ({ peer }) => (peer?.timers === 0 ? 'Nobody left a timer' : undefined)
  const ours = [{ bytes: 590, timers: 1 }]
  const good = toFigureResult({ ...group, whyVoid }, { ours, peer: [{ bytes: 3_000, timers: 2 }] })
  expect([good.whyVoid, good.claims.map(({ verdict }) => verdict)]).toEqual([undefined, ['met', 'met']])
  const blind = toFigureResult(
    { ...group, whyVoid },
    { ours, peer: [0, 2, 0].map((timers) => ({ bytes: 3_000, timers })) },
  )
  expect([blind.whyVoid, blind.claims.map(({ verdict }) => verdict)]).toEqual(['Nobody left a timer', ['void', 'void']])
})

test('toFigure() shows as many digits as matter', () => {
  expect([0, 0.01234, 1.2, 1.2345, 99.96, 1234.5].map(toFigure)).toEqual(['0', '0.0123', '1.2', '1.23', '100', '1235'])
})
