import { type RunReport, sampleReport } from '@breakwater/testing/shutdown'
import { expect, test } from 'vitest'
import type { Cell } from './cell.ts'
import { type PlayOptions, play, RUNS } from './play.ts'
import type { ShutdownSubject } from './subject.ts'

const cells: readonly Cell[] = [{ scenario: 'keep-alive' }, { scenario: 'tls' }, { scenario: 'idle' }]
const options: PlayOptions = { limitMs: 1_500, concurrency: 2 }

/** Notes what it is asked for. */
function noting(): ShutdownSubject & { readonly asked: string[]; readonly most: () => number } {
  const asked: string[] = []
  let now = 0
  let most = 0
  const note = async (what: string): Promise<RunReport> => {
    asked.push(what)
    most = Math.max(most, ++now)
    await new Promise(setImmediate)
    now--
    return sampleReport()
  }
  return {
    name: 'some',
    lingerMs: 0,
    run: ({ scenario }, seed, limitMs) => note(`${scenario} ${seed} ${limitMs}`),
    sample: () => note('sample'),
    asked,
    most: () => most,
  }
}

test('play() plays every cell with every seed', async () => {
  const subject = noting()
  const runs = await play(subject, cells, 1, options)
  expect([...runs.values()].map(({ length }) => length)).toEqual([RUNS, RUNS, RUNS])
  expect(new Set(subject.asked).size).toBe(cells.length * RUNS)
})

test('play() plays each cell once where little is to be done', async () => {
  const subject = noting()
  await play(subject, cells, 0.05, options)
  expect(subject.asked).toEqual(['keep-alive 1 1500', 'tls 1 1500', 'idle 1 1500'])
})

test('play() takes one sample for all cells where next to nothing is to be done', async () => {
  const subject = noting()
  const runs = await play(subject, cells, 0.01, options)
  expect(subject.asked).toEqual(['sample'])
  expect([...runs.keys()]).toEqual(cells)
})

test('play() has only so many runs at a time', async () => {
  const subject = noting()
  await play(subject, cells, 1, options)
  expect(subject.most()).toBe(2)
})

test('play() rejects with what a run does', async () => {
  const run = (): Promise<RunReport> => Promise.reject(new Error('It says nothing'))
  await expect(play({ ...noting(), run }, cells, 1, options)).rejects.toThrow('It says nothing')
})
