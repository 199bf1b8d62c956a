import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { isLogReaderError } from './errors.ts'
import { createLogReader } from './log-reader.ts'
import type { LogQuery } from './query.ts'
import { gather, gatherPages } from './testing/gather.ts'
import { createLogFolder, type LogFolder } from './testing/log-folder.ts'

const START_MS = Date.UTC(2026, 10, 21, 18)

function line(index: number, fields: object = {}): string {
  const level = index % 10 === 0 ? 'error' : 'info'
  return `${JSON.stringify({ level, time: new Date(START_MS + index * 1_000).toISOString(), index, ...fields, msg: `line ${index}` })}\n`
}

/** Lines from `from` on, before `to`. */
function write(log: LogFolder, from: number, to: number): void {
  log.write(Array.from({ length: to - from }, (_, index) => line(from + index)).join(''))
}

/** Lines 0 to 399: 100 compressed, 100 rotated twice in one millisecond, 100 that are written to. */
function fill(log: LogFolder): void {
  write(log, 0, 100)
  log.compress(log.rotate(START_MS + 100_000))
  write(log, 100, 200)
  log.rotate(START_MS + 300_000)
  write(log, 200, 300)
  log.rotate(START_MS + 300_000, 1)
  write(log, 300, 400)
}

const indexes = (lines: readonly { readonly fields: Readonly<Record<string, unknown>> }[]): unknown[] =>
  lines.map(({ fields }) => fields.index)
const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, index) => from + index)

test('search() gives the oldest lines first, 100 of them', async () => {
  using log = createLogFolder()
  fill(log)
  const page = await createLogReader({ path: log.path }).search()
  expect(indexes(page.lines)).toEqual(range(0, 100))
  expect(page).toMatchObject({ complete: false, skipped: 0, notes: [] })
  expect(page.lines[0]).toMatchObject({ at: START_MS, level: 'error', message: 'line 0' })
})

test('search() gives the newest lines first if asked to, from all files', async () => {
  using log = createLogFolder()
  fill(log)
  const page = await createLogReader({ path: log.path }).search({}, { order: 'newest', limit: 350 })
  expect(indexes(page.lines)).toEqual(range(50, 400).reverse())
})

test('search() goes on where a page has ended, until all was read', async () => {
  using log = createLogFolder()
  fill(log)
  const reader = createLogReader({ path: log.path })
  for (const limit of [1, 7, 100, 399, 400, 401]) {
    expect(indexes(await gatherPages(reader, {}, { limit }))).toEqual(range(0, 400))
    expect(indexes(await gatherPages(reader, {}, { limit, order: 'newest' }))).toEqual(range(0, 400).reverse())
  }
})

test('search() finds by level, text, field and time', async () => {
  using log = createLogFolder()
  fill(log)
  const reader = createLogReader({ path: log.path })
  const found = async (query: LogQuery) => indexes((await reader.search(query)).lines)
  expect(await found({ level: 'warn' })).toEqual(range(0, 40).map((index) => index * 10))
  expect(await found({ text: 'LINE 39' })).toEqual([39, ...range(390, 400)])
  expect(await found({ fields: { index: 250 } })).toEqual([250])
  expect(await found({ fields: { index: '250' } })).toEqual([250])
  expect(await found({ from: START_MS + 99_000, to: new Date(START_MS + 101_000) })).toEqual([99, 100])
  expect(await found({ from: START_MS + 395_000, level: 'info' })).toEqual(range(395, 400))
  expect(await found({ to: START_MS })).toEqual([])
})

test('search() opens no file that has no line of the time', async () => {
  using log = createLogFolder()
  fill(log)
  const reader = createLogReader({ path: log.path })
  expect(await reader.search({ to: START_MS + 1 })).toMatchObject({ scanned: 100 })
  const { scanned } = await reader.search({ from: START_MS + 320_000 })
  expect(scanned).toBe(100)
})

test('search() of a log that is not there finds nothing', async () => {
  using log = createLogFolder()
  const reader = createLogReader({ path: log.path })
  expect(await reader.search()).toEqual({
    lines: [],
    cursor: undefined,
    complete: true,
    scanned: 0,
    skipped: 0,
    notes: [],
  })
})

test('search() of what was rotated works without a file that is written to', async () => {
  using log = createLogFolder()
  write(log, 0, 3)
  log.rotate(START_MS + 3_000)
  expect(indexes((await createLogReader({ path: log.path }).search()).lines)).toEqual([0, 1, 2])
})

test('search() leaves other files in the folder alone', async () => {
  using log = createLogFolder()
  write(log, 0, 3)
  for (const name of ['app.log.1', 'app-2026-11-21.log', 'app-2026-11-21T18-22-08.123Z.log.gz.tmp', 'other.log'])
    writeFileSync(join(log.folder, name), line(99))
  expect(indexes((await createLogReader({ path: log.path }).search()).lines)).toEqual([0, 1, 2])
})

test('search() prefers a file to its compressed copy while there are both', async () => {
  using log = createLogFolder()
  write(log, 0, 3)
  writeFileSync(`${log.rotate(START_MS + 3_000)}.gz`, 'half of it')
  const page = await createLogReader({ path: log.path }).search()
  expect(indexes(page.lines)).toEqual([0, 1, 2])
  expect(page).toMatchObject({ skipped: 0, notes: [] })
})

test('search() reads what it can of a compressed file that is damaged, and says so', async () => {
  using log = createLogFolder()
  write(log, 0, 1_000)
  const packed = log.compress(log.rotate(START_MS + 1_000_000))
  writeFileSync(packed, readFileSync(packed).subarray(0, -2_000))
  write(log, 1_000, 1_003)
  const page = await createLogReader({ path: log.path }).search({}, { limit: 10_000 })
  const found = indexes(page.lines)
  expect(found.slice(-3)).toEqual([1_000, 1_001, 1_002])
  expect(found.slice(0, -3)).toEqual(range(0, found.length - 3))
  expect(found.length).toBeGreaterThan(500)
  expect(page.skipped).toBeGreaterThan(0)
  expect(page.notes).toEqual([`"${packed}" was read in part: unexpected end of file`])
})

test('search() ends a page where its lines are large', async () => {
  using log = createLogFolder()
  for (let index = 0; index < 40; index++) log.write(line(index, { filler: 'x'.repeat(900_000) }))
  const reader = createLogReader({ path: log.path })
  for (const order of ['oldest', 'newest'] as const) {
    const page = await reader.search({}, { limit: 100, order })
    expect(page.lines.length).toBeLessThan(25)
    expect(page.complete).toBe(false)
    expect(await gatherPages(reader, {}, { order })).toHaveLength(40)
  }
  log.compress(log.rotate(START_MS + 40_000))
  expect((await reader.search({}, { order: 'newest' })).lines.length).toBeLessThan(25)
  expect(indexes(await gatherPages(reader, {}, { order: 'newest' }))).toEqual(range(0, 40).reverse())
})

test('read() streams what meets the query, and tells what it came to', async () => {
  using log = createLogFolder()
  fill(log)
  log.write('torn\n')
  const lines = createLogReader({ path: log.path }).read()
  expect(indexes(await gather(lines))).toEqual(range(0, 400))
  expect(lines.summary).toEqual({ scanned: 401, skipped: 1, notes: [] })
})

test('export() gives the lines as they were written', async () => {
  using log = createLogFolder()
  const odd = `{ "time" : 1e12,"msg":"\\u0041\\/ü", "n":1.0 }`
  log.write(`${odd}\nno log\n`)
  log.rotate(2e12)
  log.write(`${line(1)}${odd}`)
  const chunks = await gather(createLogReader({ path: log.path }).export())
  expect(Buffer.concat(chunks).toString()).toBe(`${odd}\n${line(1)}${odd}\n`)
})

test('export() gives large chunks, whose bytes stay what they are', async () => {
  using log = createLogFolder()
  write(log, 0, 20_000)
  const chunks = await gather(createLogReader({ path: log.path }).export({ level: 'error' }))
  expect(chunks.slice(0, -1).every(({ length }) => length >= 65_536)).toBe(true)
  expect(Buffer.concat(chunks).toString()).toBe(
    range(0, 2_000)
      .map((index) => line(index * 10))
      .join(''),
  )
})

test('reading closes every file when it ends, is left, or is aborted', async () => {
  using log = createLogFolder()
  fill(log)
  const reader = createLogReader({ path: log.path })
  if (process.platform !== 'linux') return
  await reader.search()
  const before = log.countOpen()
  await reader.search({}, { order: 'newest', limit: 150 })
  await gather(reader.read())
  expect(log.countOpen()).toBe(before)

  for await (const _ of reader.read()) break
  expect(log.countOpen()).toBe(before)

  const controller = new AbortController()
  const lines = reader.read({}, { signal: controller.signal })[Symbol.asyncIterator]()
  await lines.next()
  expect(log.countOpen()).toBe(before + 4)
  controller.abort(new Error('enough'))
  // Nobody asks for another line.
  await expect.poll(log.countOpen).toBe(before)
  await expect(lines.next()).rejects.toThrow('enough')
})

test.each(['search', 'count'] as const)('%s() rejects with the reason of the signal', async (method) => {
  using log = createLogFolder()
  for (let index = 0; index < 50; index++) write(log, index * 1_000, (index + 1) * 1_000)
  const reader = createLogReader({ path: log.path })
  const already = AbortSignal.abort(new Error('never begun'))
  await expect(reader[method]({ text: 'nothing' }, { signal: already })).rejects.toThrow('never begun')
  const controller = new AbortController()
  const result = reader[method]({ text: 'nothing' }, { signal: controller.signal })
  setImmediate(() => controller.abort(new Error('enough')))
  await expect(result).rejects.toThrow('enough')
})

test('reading lets the event loop turn after each block', async () => {
  using log = createLogFolder()
  write(log, 0, 50_000)
  log.compress(log.rotate(START_MS + 50_000_000))
  write(log, 50_000, 100_000)
  const reader = createLogReader({ path: log.path })
  for (const work of [
    () => reader.count(),
    () => reader.search({ text: 'nothing' }),
    () => reader.search({ text: 'nothing' }, { order: 'newest' }),
  ]) {
    let turns = 0
    let isOver = false
    const turn = (): void => {
      turns++
      if (!isOver) setImmediate(turn)
    }
    setImmediate(turn)
    const { scanned } = await work()
    isOver = true
    expect(scanned).toBe(100_000)
    // Over 90 bytes a line: 9 MB, and so over 30 blocks.
    expect(turns).toBeGreaterThan(30)
  }
})

test('reading lets the event loop turn also where a few compressed bytes are a lot of lines', async () => {
  using log = createLogFolder()
  log.write(line(1).repeat(100_000))
  log.compress(log.rotate(START_MS + 10_000))
  let turns = 0
  let isOver = false
  const turn = (): void => {
    turns++
    if (!isOver) setImmediate(turn)
  }
  setImmediate(turn)
  const { scanned } = await createLogReader({ path: log.path }).search({ text: 'nothing' })
  isOver = true
  expect(scanned).toBe(100_000)
  expect(turns).toBeGreaterThan(30)
})

test('createLogReader() says what is wrong with its options', () => {
  expect(() => createLogReader({ path: '' })).toThrow('Expected `path` to be a string that is not empty, got ""')
  expect(() => createLogReader({ path: 'x', maxLineBytes: 0 })).toThrow(
    'Expected `maxLineBytes` to be a positive integer',
  )
})

test.each([
  [{ level: 'loud' }, 'Expected `level` to be one of "trace", "debug"'],
  [{ from: 2, to: 2 }, 'Expected `from` to be before `to`, got 2 and 2'],
  [{ from: new Date('x') }, 'Expected `from` to be a valid time, got NaN'],
  [{ to: '2026' }, 'Expected `to` to be a date or Unix milliseconds, got a string'],
  [{ text: 7 }, 'Expected `text` to be a string, got number'],
  [{ text: 'x'.repeat(1_001) }, 'Expected `text` to have at most 1000 characters, got 1001'],
  [{ fields: [] }, 'Expected `fields` to be an object'],
  [{ fields: { '': 1 } }, 'Expected `fields` to be a string that is not empty'],
  [{ fields: { a: {} } }, 'Expected `fields["a"]` to be a string'],
  [{ fields: { a: Number.NaN } }, 'Expected `fields["a"]` to be a string'],
  [{ fields: Object.fromEntries(range(0, 51).map((name) => [name, 1])) }, 'to have at most 50 paths, got 51'],
])('every method says what is wrong with the query %#', async (query, message) => {
  const reader = createLogReader({ path: '/nowhere/app.log' })
  const wrong = query as LogQuery
  await expect(reader.search(wrong)).rejects.toThrow(message)
  await expect(reader.count(wrong)).rejects.toThrow(message)
  expect(() => reader.read(wrong)).toThrow(message)
  expect(() => reader.export(wrong)).toThrow(message)
  expect(() => reader.tail(wrong)).toThrow(message)
})

test.each([
  [{ limit: 0 }, 'Expected `limit` to be a positive integer, got 0'],
  [{ limit: 10_001 }, 'Expected `limit` to be at most 10000, got 10001'],
  [{ order: 'random' }, 'Expected `order` to be one of "oldest", "newest"'],
  [{ cursor: '' }, 'Expected `cursor` to be a string that is not empty'],
])('search() says what is wrong with its options %#', async (options, message) => {
  using log = createLogFolder()
  await expect(createLogReader({ path: log.path }).search({}, options as object)).rejects.toThrow(message)
})

test('search() refuses a cursor that is none, or that of another search', async () => {
  using log = createLogFolder()
  using other = createLogFolder()
  fill(log)
  fill(other)
  const reader = createLogReader({ path: log.path })
  const { cursor } = await reader.search({ text: 'line' })
  const message = 'Expected `cursor` to be what a search for the same, in the same order and file, gave, got "'
  await expect(reader.search({ text: 'other' }, { cursor })).rejects.toThrow(message)
  await expect(reader.search({ text: 'line' }, { cursor, order: 'newest' })).rejects.toThrow(message)
  await expect(createLogReader({ path: other.path }).search({ text: 'line' }, { cursor })).rejects.toThrow(message)
  await expect(reader.search({ text: 'line' }, { cursor: 'rubbish' })).rejects.toThrow(TypeError)
  await expect(reader.search({ text: 'LINE' }, { cursor, limit: 5 })).resolves.toMatchObject({ complete: false })
})

test('a log that cannot be read is an error that says why', async () => {
  using log = createLogFolder()
  mkdirSync(log.path)
  const error = await createLogReader({ path: log.path })
    .search()
    .catch((thrown: unknown) => thrown)
  expect(isLogReaderError(error)).toBe(true)
  expect(String(error)).toBe(`LogReaderError: Cannot read the log "${log.path}" as it is no file`)
  rmSync(log.path, { recursive: true })
  const path = join(log.folder, 'none', 'app.log')
  await expect(gather(createLogReader({ path }).tail())).rejects.toThrow(
    `Cannot read the log "${path}" as there is no folder "${join(log.folder, 'none')}"`,
  )
})

test('a file that was rotated and cannot be read is left out, with a note', async () => {
  using log = createLogFolder()
  write(log, 0, 2)
  const rotated = log.rotate(START_MS + 2_000)
  rmSync(rotated)
  mkdirSync(rotated)
  write(log, 2, 4)
  const page = await createLogReader({ path: log.path }).search()
  expect(indexes(page.lines)).toEqual([2, 3])
  expect(page.notes).toEqual([`"${rotated}" was left out: Cannot read the log "${rotated}" as it is no file`])
})
