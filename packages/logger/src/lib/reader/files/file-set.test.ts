import { mkdirSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { basename } from 'node:path'
import { expect, test } from 'vitest'
import { createTally } from '../tally.ts'
import { createLogFolder, type LogFolder } from '../testing/log-folder.ts'
import { openFiles, type Window } from './file-set.ts'
import { createHandles, type Handles } from './handles.ts'

const EVER: Window = { fromMs: Number.NEGATIVE_INFINITY, toMs: Number.POSITIVE_INFINITY }

const nothing = (_name: string): void => {}

/** What is opened, with something that happens before and after a file is. */
async function open(log: LogFolder, window: Window = EVER, before = nothing, after = nothing) {
  const handles = createHandles(undefined)
  const meddling: Handles = {
    ...handles,
    async open(path) {
      before(basename(path))
      const opened = await handles.open(path)
      after(basename(path))
      return opened
    },
  }
  const tally = createTally()
  const files = await openFiles(log.path, window, meddling, tally)
  const contents: string[] = []
  for (const file of files.files) {
    const opened = await files.open(file)
    contents.push(opened === undefined ? 'gone' : opened.isGzip ? 'gzip' : await opened.file.readFile('utf8'))
    await files.release(file)
  }
  await handles.closeAll()
  return { contents, tally, newestKey: files.newestKey }
}

test('openFiles() gives the oldest file first, and the one that is written to last', async () => {
  using log = createLogFolder()
  log.write('c')
  log.rotate(2e12, 10)
  log.write('b')
  log.rotate(2e12, 2)
  log.write('a')
  log.rotate(1e12)
  log.write('d')
  expect((await open(log)).contents).toEqual(['a', 'b', 'c', 'd'])
})

test('openFiles() leaves out files that can have no line of the time, give or take 10 s', async () => {
  using log = createLogFolder()
  for (const [text, stampMs] of [
    ['a', 1e12],
    ['b', 1e12 + 100_000],
    ['c', 1e12 + 200_000],
  ] as const) {
    log.write(text)
    log.rotate(stampMs)
  }
  log.write('d')
  const within = async (fromMs: number, toMs: number) =>
    (await open(log, { fromMs: 1e12 + fromMs, toMs: 1e12 + toMs })).contents
  expect(await within(10_001, 89_999)).toEqual(['b'])
  expect(await within(10_000, 89_999)).toEqual(['a', 'b'])
  expect(await within(10_001, 90_001)).toEqual(['b', 'c'])
  expect(await within(180_000, 190_001)).toEqual(['c', 'd'])
  expect(await within(210_001, 400_000)).toEqual(['d'])
})

test.each([1, 3])('openFiles() knows a file that is rotated as soon as it was opened, %i times', async (times) => {
  using log = createLogFolder()
  log.write('0')
  let count = 0
  const { contents, newestKey } = await open(log, EVER, nothing, (name) => {
    if (name !== 'app.log' || count > 0) return
    for (; count < times; count++) {
      log.rotate(1e12 + count)
      log.write(`${count + 1}`)
    }
  })
  // What is written to by then is found at the next look: nothing of it is older than this one.
  expect(contents).toEqual(Array.from({ length: times }, (_, index) => `${index}`))
  expect(newestKey).toContain(String(1e12 + times - 1))
})

test('openFiles() knows a file that is rotated and compressed as soon as it was opened', async () => {
  using log = createLogFolder()
  log.write('a')
  let isFirst = true
  const { contents } = await open(log, EVER, nothing, () => {
    if (isFirst) log.compress(log.rotate(1e12))
    isFirst = false
  })
  expect(contents).toEqual(['gzip'])
})

test('openFiles() finds a file that is compressed just before it is opened', async () => {
  using log = createLogFolder()
  log.write('a')
  const rotated = log.rotate(1e12)
  log.write('b')
  let isPlain = true
  const { contents } = await open(log, EVER, (name) => {
    if (isPlain && name === basename(rotated)) {
      log.compress(rotated)
      isPlain = false
    }
  })
  expect(contents).toEqual(['gzip', 'b'])
})

test('openFiles() leaves out a file that is removed just before it is opened', async () => {
  using log = createLogFolder()
  log.write('a')
  const rotated = log.rotate(1e12)
  log.write('b')
  const { contents, tally } = await open(log, EVER, (name) => {
    if (name === basename(rotated)) log.removeRotated()
  })
  expect(contents).toEqual(['b'])
  expect(tally.notes).toEqual([])
})

test('openFiles() holds 128 files open, and opens older ones when it is their turn', async () => {
  using log = createLogFolder()
  for (let index = 0; index < 140; index++) {
    log.write(`${index}`)
    log.rotate(1e12 + index)
  }
  let opened = 0
  const { contents } = await open(log, EVER, () => opened++)
  expect(contents).toEqual(Array.from({ length: 140 }, (_, index) => String(index)))
  const handles = createHandles(undefined)
  const before = opened
  const counting: Handles = {
    ...handles,
    open(path) {
      opened++
      return handles.open(path)
    },
  }
  await openFiles(log.path, EVER, counting, createTally())
  expect(opened - before).toBe(129)
  await handles.closeAll()
})

test('createHandles() closes what is opened after it was aborted', async () => {
  using log = createLogFolder()
  log.write('a')
  const controller = new AbortController()
  const handles = createHandles(controller.signal)
  const opening = handles.open(log.path)
  controller.abort(new Error('enough'))
  await expect(opening).rejects.toThrow('enough')
  expect(() => createHandles(controller.signal)).toThrow('enough')
})

test('createHandles() opens no folder', async () => {
  using log = createLogFolder()
  mkdirSync(log.path)
  await expect(createHandles(undefined).open(log.path)).rejects.toThrow('as it is no file')
  await rm(log.path, { recursive: true })
})
