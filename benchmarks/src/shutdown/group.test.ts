import { BARE, type RunReport, sampleReport } from '@breakwater/testing/shutdown'
import { expect, test, vi } from 'vitest'
import { toFigureResult } from '../figures/results.ts'
import type { Cell, Column } from './cell.ts'
import { lost, seconds } from './columns.ts'
import { createShutdownGroup, whyVoid } from './group.ts'
import type { ShutdownSubject } from './subject.ts'

/** Node alone has to lose something in it. */
const lossy: Cell = { scenario: 'keep-alive' }
const harmless: Cell = { scenario: 'download' }
const columns: readonly Column[] = [lost('plain', lossy), lost('downloads', harmless), seconds]

test('whyVoid() is nothing where Node alone lost what it has to', () => {
  expect(whyVoid(columns, { plain: 1, downloads: 0, [seconds.figure]: 0 })).toBeUndefined()
})

test('whyVoid() names where Node alone lost nothing, though it has to', () => {
  expect(whyVoid(columns, { plain: 0, downloads: 3, [seconds.figure]: 9 })).toBe('Node alone lost nothing in "plain"')
})

test('whyVoid() says so where Node alone was not run', () => {
  expect(whyVoid(columns, undefined)).toBe('Node alone was not run')
})

test('createShutdownGroup() counts what each subject loses', async () => {
  const group = toGroup(7)
  expect(await group.peers[0]?.measure(1)).toEqual({ plain: 14, downloads: 14, [seconds.figure]: 0.05 })
  expect(await group.ours[0]?.measure(1)).toEqual({ plain: 0, downloads: 0, [seconds.figure]: 0.05 })
})

test.each([
  [7, ['met', undefined]],
  [0, ['void', 'Node alone lost nothing in "plain"']],
] as const)('createShutdownGroup() makes a run void by what Node alone loses: %i', async (losses, expected) => {
  const group = toGroup(losses)
  const taken = await Promise.all(
    [...group.ours, ...group.peers].map(async (one) => [one.name, [await one.measure(1)]]),
  )
  const { claims, whyVoid } = toFigureResult(group, Object.fromEntries(taken))
  expect([claims[0]?.verdict, whyVoid]).toEqual(expected)
})

test('createShutdownGroup() tells of ours which run lost something, and of peers nothing', async () => {
  const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
  const { ours, peers } = toGroup(7, 2)
  await Promise.all([...ours, ...peers].map((one) => one.measure(0.05)))
  const told = write.mock.calls.map(([line]) => line)
  write.mockRestore()
  const line = (scenario: string): string =>
    `[bench] ${scenario} over 0 ms, seed 1: lost 2 of 100 requests: ; the clients stood still for 0 ms\n`
  expect(told).toEqual([line('keep-alive'), line('download')])
})

function toGroup(losses: number, oursLosses = 0): ReturnType<typeof createShutdownGroup> {
  return createShutdownGroup({
    id: 'group',
    title: 'Group',
    about: 'About.',
    ours: subject('ours', oursLosses),
    peers: [subject(BARE, losses)],
    cells: [lossy, harmless],
    columns,
    limitMs: 1,
    concurrency: 2,
    claims: [{ of: 'ours', figure: 'plain', atLeast: 0, atMost: 0, because: 'Why.' }],
  })
}

function subject(name: string, losses: number): ShutdownSubject {
  const run = async ({ scenario }: Cell, seed: number): Promise<RunReport> =>
    sampleReport({ scenario, seed, counts: { lost: losses } })
  return { name, lingerMs: 0, run, sample: () => run(harmless, 1) }
}
