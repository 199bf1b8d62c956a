import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createManualClock, type ManualClock } from '@breakwater/core/testing'
import { expect, onTestFinished, test } from 'vitest'
import { createSurroundings, errno, type Surroundings } from '../../../test/loss/support/simulated-disk.ts'
import { isDestinationError } from '../errors.ts'
import { createDestination, type Destination, openDestination } from './destination.ts'
import type { DestinationEvent } from './events.ts'
import type { DestinationOptions } from './options.ts'

const PATH = '/logs/app.log'
const STDOUT = 1
const STDERR = 2

interface Setup {
  readonly clock: ManualClock
  readonly host: Surroundings
  readonly disk: Surroundings['fs']
  readonly events: DestinationEvent[]
  readonly destination: Destination
}

function open(options: DestinationOptions = {}): Setup {
  const clock = createManualClock()
  const host = createSurroundings(clock)
  const destination = openDestination({ clock, rotate: false, ...options }, host)
  const events: DestinationEvent[] = []
  destination.subscribe((event) => events.push(event))
  return { clock, host, disk: host.fs, events, destination }
}

/** Writes of one descriptor are refused, until the returned function is called. */
function refuse({ disk }: Setup, code: string, refused: (fd: number) => boolean): () => void {
  disk.onWrite = (fd, bytes) => {
    if (refused(fd)) throw errno(code)
    return bytes
  }
  return () => {
    disk.onWrite = (_, bytes) => bytes
  }
}

const isFile = (fd: number): boolean => fd > STDERR

test('write() hands over each line at once', () => {
  const { destination, disk } = open({ path: PATH })
  destination.write('one\n')
  expect(disk.textOf(PATH)).toBe('one\n')
  destination.write('two\nthree\n')
  expect(disk.textOf(PATH)).toBe('one\ntwo\nthree\n')
})

test('write() goes to stdout where there is no path', () => {
  const { destination, disk } = open()
  destination.write('one\n')
  expect(disk.textOf(STDOUT)).toBe('one\n')
})

test('write() listens to nothing while nothing can be lost', () => {
  const { destination, host, clock } = open({ path: PATH })
  destination.write('one\n')
  expect([host.process.listening, clock.pending]).toEqual([0, 0])
})

test.each([
  ['a part', 1],
  ['half of a letter', 2],
])('write() goes on after %s was taken', (_, bytes) => {
  const { destination, disk } = open({ path: PATH })
  let isFirst = true
  disk.onWrite = (_fd, length) => {
    const taken = isFirst ? bytes : length
    isFirst = false
    return taken
  }
  destination.write('t\u00e9e\n')
  expect(disk.textOf(PATH)).toBe('t\u00e9e\n')
})

test('write() goes on after EINTR', () => {
  const { destination, disk } = open({ path: PATH })
  let left = 3
  disk.onWrite = (_, bytes) => {
    if (left-- > 0) throw errno('EINTR')
    return bytes
  }
  destination.write('one\n')
  expect(disk.textOf(PATH)).toBe('one\n')
})

test.each([
  [undefined],
  [null],
  [{ toString: (): number => 1 }],
  [Symbol('x')],
  [{ toString: null }],
  [''],
  ['no end'],
])('write() never throws, given %s', (rubbish) => {
  const { destination, disk } = open({ path: PATH })
  destination.write(rubbish as string)
  destination.write('one\n')
  expect(disk.textOf(PATH)).toMatch(/(^|\n)one\n$/)
})

test('write() lets lines wait for bufferBytes', () => {
  const { destination, disk } = open({ path: PATH, bufferBytes: 10 })
  destination.write('12345\n')
  expect(disk.textOf(PATH)).toBe('')
  destination.write('678\n')
  expect(disk.textOf(PATH)).toBe('12345\n678\n')
})

test('write() lets no line wait longer than flushEveryMs', () => {
  const { destination, disk, clock } = open({ path: PATH, bufferBytes: 1_000, flushEveryMs: 50 })
  destination.write('one\n')
  clock.advance(49)
  destination.write('two\n')
  expect(disk.textOf(PATH)).toBe('')
  clock.advance(1)
  expect(disk.textOf(PATH)).toBe('one\ntwo\n')
  expect(clock.pending).toBe(0)
})

test('write() lets nothing wait in a worker thread', () => {
  const clock = createManualClock()
  const host = { ...createSurroundings(clock), isMainThread: false }
  const destination = openDestination({ clock, path: PATH, bufferBytes: 1_000 }, host)
  destination.write('one\n')
  expect(host.fs.textOf(PATH)).toBe('one\n')
})

test('flushSync() writes what waits', () => {
  const { destination, disk, clock } = open({ path: PATH, bufferBytes: 1_000 })
  destination.write('one\n')
  destination.flushSync()
  expect(disk.textOf(PATH)).toBe('one\n')
  expect(clock.pending).toBe(0)
})

test('flush() calls back when what was written before is out', async () => {
  const setup = open({ bufferBytes: 1_000 })
  const { destination, disk, clock } = setup
  const accept = refuse(setup, 'EAGAIN', (fd) => fd === STDOUT)
  let isOut = false
  destination.write('one\n')
  destination.flush(() => {
    isOut = true
  })
  await clock.advanceAsync(100)
  expect(isOut).toBe(false)
  accept()
  await clock.advanceAsync(100)
  expect(disk.textOf(STDOUT)).toBe('one\n')
  await expect.poll(() => isOut, { timeout: 15_000 }).toBe(true)
})

test('flush() calls back when nothing waits, and needs no callback', async () => {
  const { destination } = open()
  destination.flush()
  await expect(new Promise((resolve) => destination.flush(resolve))).resolves.toBeUndefined()
})

test('a slow reader is not waited for, and gets every line in order', async () => {
  const setup = open()
  const { destination, disk, clock, events } = setup
  let room = 6
  disk.onWrite = (_, bytes) => {
    if (room === 0) throw errno('EAGAIN')
    const taken = Math.min(room, bytes)
    room -= taken
    return taken
  }
  for (const line of ['one\n', 'two\n', 'three\n', 'four\n']) destination.write(line)
  expect(disk.textOf(STDOUT)).toBe('one\ntw')
  expect(destination.measure().find(({ name }) => name === 'log_destination_pending_bytes')?.value).toBe(13)
  room = 3
  clock.advance(1)
  destination.write('five\n')
  expect(disk.textOf(STDOUT)).toBe('one\ntwo\nt')
  room = 100
  await clock.advanceAsync(5)
  expect(disk.textOf(STDOUT)).toBe('one\ntwo\nthree\nfour\nfive\n')
  expect(events).toEqual([])
})

test('a slow reader keeps the process, and nothing is left of that afterwards', async () => {
  const setup = open()
  const { destination, host, clock } = setup
  const accept = refuse(setup, 'EAGAIN', (fd) => fd === STDOUT)
  destination.write('one\n')
  expect(host.process.listenerCount('exit')).toBe(1)
  expect(host.process.listenerCount('SIGTERM')).toBe(1)
  accept()
  await clock.advanceAsync(5)
  expect([host.process.listening, clock.pending]).toEqual([0, 0])
})

test('a reader that is too slow gets no more: lines go to stderr, each whole in one place', async () => {
  const { destination, disk, clock, events } = open({ maxPendingBytes: 12 })
  let room = 6
  disk.onWrite = (fd, bytes) => {
    if (fd === STDERR) return bytes
    if (room === 0) throw errno('EAGAIN')
    const taken = Math.min(room, bytes)
    room -= taken
    return taken
  }
  for (const line of ['one\n', 'two\n', 'three\n', 'four\n']) destination.write(line)
  expect(disk.textOf(STDOUT)).toBe('one\ntw')
  expect(disk.textOf(STDERR)).toBe('two\nthree\nfour\n')
  expect(events).toMatchObject([{ type: 'destination:failed', path: 'stdout' }])
  room = 100
  await clock.advanceAsync(1_000)
  destination.write('five\n')
  expect(disk.textOf(STDOUT)).toBe('one\ntw\nfive\n')
  expect(events.at(-1)).toEqual({ type: 'destination:recovered', path: 'stdout', afterMs: 1_000 })
})

test('a reader that is gone is told of once, and lines go to stderr', () => {
  const setup = open()
  const { destination, disk, events } = setup
  destination.write('one\n')
  refuse(setup, 'EPIPE', (fd) => fd === STDOUT)
  destination.write('two\n')
  destination.write('three\n')
  expect(disk.textOf(STDERR)).toBe('two\nthree\n')
  expect(events).toMatchObject([{ type: 'destination:failed', path: 'stdout', error: { code: 'EPIPE' } }])
})

test('a line of which a full disk took a part is whole on stderr, and its part is ended before the next one', () => {
  const setup = open({ path: PATH })
  const { destination, disk, clock, events } = setup
  let left = 7
  disk.onWrite = (fd, bytes) => {
    if (fd === STDERR) return bytes
    if (left === 0) throw errno('ENOSPC')
    const taken = Math.min(left, bytes)
    left -= taken
    return taken
  }
  for (const line of ['one\n', 'two and more\n', 'three\n']) destination.write(line)
  expect(disk.textOf(PATH)).toBe('one\ntwo')
  expect(disk.textOf(STDERR)).toBe('two and more\nthree\n')
  left = 100
  clock.advance(999)
  destination.write('four\n')
  expect(disk.textOf(STDERR)).toBe('two and more\nthree\nfour\n')
  clock.advance(1)
  destination.write('five\n')
  expect(disk.textOf(PATH)).toBe('one\ntwo\nfive\n')
  expect(events).toMatchObject([
    { type: 'destination:failed', path: PATH, error: { code: 'ENOSPC' } },
    { type: 'destination:recovered', path: PATH, afterMs: 1_000 },
  ])
})

test('several lines of which a full disk took some are each in one place', () => {
  const { destination, disk } = open({ path: PATH, bufferBytes: 1_000 })
  let left = 9
  disk.onWrite = (fd, bytes) => {
    if (fd === STDERR) return bytes
    if (left === 0) throw errno('ENOSPC')
    const taken = Math.min(left, bytes)
    left -= taken
    return taken
  }
  destination.write('one\n')
  destination.write('two\n')
  destination.write('three\n')
  destination.flushSync()
  expect(disk.textOf(PATH)).toBe('one\ntwo\nt')
  expect(disk.textOf(STDERR)).toBe('three\n')
})

test('what fails is tried again after 1 s, then ever less often, up to every 30 s', () => {
  const setup = open({ path: PATH })
  const { destination, disk, clock, events } = setup
  refuse(setup, 'EIO', isFile)
  const tries: number[] = []
  for (let second = 0; second < 130; second++) {
    const before = disk.calls.length
    destination.write(`${second}\n`)
    if (disk.calls.slice(before).includes(`open ${PATH}`)) tries.push(second)
    clock.advance(1_000)
  }
  expect(tries).toEqual([1, 3, 7, 15, 31, 61, 91, 121])
  expect(events).toHaveLength(1)
  expect(disk.textOf(STDERR)?.split('\n')).toHaveLength(131)
  expect(disk.openFiles).toBe(1)
})

test('what fails again soon after it recovered is not tried more often for that', () => {
  const setup = open({ path: PATH })
  const { destination, disk, clock, events } = setup
  const accept = refuse(setup, 'EIO', isFile)
  destination.write('one\n')
  clock.advance(1_000)
  destination.write('two\n')
  accept()
  clock.advance(2_000)
  destination.write('three\n')
  expect(events.at(-1)).toMatchObject({ type: 'destination:recovered', afterMs: 3_000 })
  refuse(setup, 'EIO', isFile)
  destination.write('four\n')
  const opened = disk.calls.filter((call) => call.startsWith('open')).length
  clock.advance(3_999)
  destination.write('five\n')
  expect(disk.calls.filter((call) => call.startsWith('open'))).toHaveLength(opened)
})

test('a file that cannot be opened any more is tried again, too', () => {
  const setup = open({ path: PATH })
  const { destination, disk, clock, events } = setup
  disk.names.delete(PATH)
  disk.onCall = (name) => {
    if (name === 'mkdir') throw errno('ENOENT')
  }
  clock.advance(1_000)
  destination.write('one\n')
  expect(disk.textOf(STDERR)).toBe('one\n')
  disk.onCall = () => {}
  clock.advance(1_000)
  destination.write('two\n')
  expect(disk.textOf(PATH)).toBe('two\n')
  expect(events.map(({ type }) => type)).toEqual(['destination:failed', 'destination:recovered'])
})

test('where stderr fails as well, the oldest lines are dropped, and a line in their place says how many', () => {
  const setup = open({ path: PATH, maxPendingBytes: 10 })
  const { destination, disk, clock, events } = setup
  const accept = refuse(setup, 'ENOSPC', () => true)
  for (const line of ['one\n', 'two\n', 'three\n', 'four\n']) destination.write(line)
  expect(events).toMatchObject([
    { type: 'destination:failed' },
    { type: 'lines:dropped', lines: 1, bytes: 4, isOver: false },
  ])
  accept()
  clock.advance(1_000)
  const [notice = '', ...lines] = disk.textOf(PATH)?.split('\n') ?? []
  expect(JSON.parse(notice)).toEqual({
    level: 'error',
    time: '2026-01-01T00:00:01.000Z',
    msg: '3 lines were dropped',
  })
  expect(lines).toEqual(['four', ''])
  expect(events.slice(2)).toEqual([
    { type: 'destination:recovered', path: PATH, afterMs: 1_000 },
    { type: 'lines:dropped', lines: 3, bytes: 14, isOver: true },
  ])
  expect(destination.measure().find(({ name }) => name === 'log_destination_dropped_lines_total')?.value).toBe(3)
})

test('lines that are dropped later are told of anew', () => {
  const setup = open({ path: PATH, maxPendingBytes: 4 })
  const { destination, clock, events } = setup
  for (const _ of [1, 2]) {
    const accept = refuse(setup, 'ENOSPC', () => true)
    destination.write('one\n')
    destination.write('two\n')
    accept()
    clock.advance(5_000)
  }
  const told = events.filter(({ type }) => type === 'lines:dropped')
  expect(told.map((event) => ('isOver' in event ? [event.isOver, event.lines] : []))).toEqual([
    [false, 1],
    [true, 1],
    [false, 1],
    [true, 1],
  ])
})

test.each([
  ['its destination', STDOUT],
  ['stderr', STDERR],
])('at exit, lines go to %s though it failed a moment ago', (_, well) => {
  const setup = open()
  const { destination, disk, host } = setup
  refuse(setup, 'EIO', () => true)
  destination.write('one\n')
  refuse(setup, 'EIO', (fd) => fd !== well)
  host.process.emit('exit')
  expect(disk.textOf(well)).toBe('one\n')
})

test.each([
  ['one that has no newline', () => 'gone', 'gone'],
  [
    'one that throws',
    () => {
      throw new Error('no')
    },
    '{"level":"error","msg":"1 lines were dropped"}',
  ],
])('droppedLine may be %s', (_, droppedLine, expected) => {
  const setup = open({ path: PATH, maxPendingBytes: 4, droppedLine })
  const { destination, disk, clock } = setup
  const accept = refuse(setup, 'ENOSPC', () => true)
  destination.write('one\n')
  destination.write('two\n')
  accept()
  clock.advance(1_000)
  expect(disk.textOf(PATH)).toBe(`${expected}\ntwo\n`)
})

test('a line that is longer than all that may wait is dropped, too', () => {
  const setup = open({ path: PATH, maxPendingBytes: 4 })
  const { destination, disk, clock } = setup
  const accept = refuse(setup, 'ENOSPC', () => true)
  destination.write('longer than that\n')
  accept()
  clock.advance(1_000)
  destination.write('two\n')
  expect(disk.textOf(PATH)).toMatch(/1 line was dropped"}\ntwo\n$/)
})

test('stderr as the destination has no way out, and keeps its lines', () => {
  const setup = open({ fd: STDERR })
  const { destination, disk, clock } = setup
  const accept = refuse(setup, 'EIO', () => true)
  destination.write('one\n')
  destination.write('two\n')
  accept()
  clock.advance(1_000)
  expect(disk.textOf(STDERR)).toBe('one\ntwo\n')
})

test('at exit, a slow reader is waited for', () => {
  const { destination, disk, host } = open({ bufferBytes: 1_000 })
  let calls = 0
  disk.onWrite = (_, bytes) => {
    if (calls++ % 2 === 0) throw errno('EAGAIN')
    return Math.min(bytes, 2)
  }
  destination.write('one\n')
  destination.write('two\n')
  host.process.emit('exit')
  expect(disk.textOf(STDOUT)).toBe('one\ntwo\n')
})

test('at exit, a reader that never reads is waited for 1 s, and lines go to stderr', () => {
  const setup = open({ bufferBytes: 1_000 })
  const { destination, disk, host, clock } = setup
  refuse(setup, 'EAGAIN', (fd) => fd === STDOUT)
  destination.write('one\n')
  const startMs = clock.now()
  host.process.emit('exit')
  expect(disk.textOf(STDERR)).toBe('one\n')
  expect(clock.now() - startMs).toBeLessThanOrEqual(1_005)
})

test('at exit, nobody is waited for longer than 2 s in all, and what is left is counted as dropped', () => {
  const setup = open({ bufferBytes: 1_000 })
  const { destination, host, clock, events } = setup
  refuse(setup, 'EAGAIN', () => true)
  destination.write('one\n')
  const startMs = clock.now()
  host.process.emit('exit')
  destination.write('two\n')
  destination.write('three\n')
  expect(clock.now() - startMs).toBeLessThanOrEqual(2_020)
  expect(events).toMatchObject([{ type: 'destination:failed' }, { type: 'lines:dropped', lines: 1 }])
  expect(destination.measure().find(({ name }) => name === 'log_destination_dropped_lines_total')?.value).toBe(3)
})

test('lines that are written while the process exits do not wait', () => {
  const { destination, disk, host } = open({ path: PATH, bufferBytes: 1_000 })
  destination.write('one\n')
  host.process.on('exit', () => destination.write('two\n'))
  host.process.emit('exit')
  expect(disk.textOf(PATH)).toBe('one\ntwo\n')
})

test('a signal that nobody else hears writes all and is sent again', () => {
  const { destination, disk, host } = open({ path: PATH, bufferBytes: 1_000 })
  destination.write('one\n')
  host.process.emit('SIGTERM', 'SIGTERM')
  expect(disk.textOf(PATH)).toBe('one\n')
  expect([host.process.killed, host.process.listenerCount('SIGTERM')]).toEqual([['SIGTERM'], 0])
})

test('a signal that others hear is left to them, and what they write while they do is out', async () => {
  const { destination, disk, host } = open({ path: PATH, bufferBytes: 1_000 })
  destination.write('one\n')
  host.process.once('SIGINT', () => destination.write('two\n'))
  host.process.emit('SIGINT', 'SIGINT')
  expect(disk.textOf(PATH)).toBe('one\ntwo\n')
  expect(host.process.killed).toEqual([])
  await Promise.resolve()
  destination.write('three\n')
  expect(disk.textOf(PATH)).toBe('one\ntwo\n')
  host.process.emit('SIGINT', 'SIGINT')
  expect(disk.textOf(PATH)).toBe('one\ntwo\nthree\n')
  expect(host.process.killed).toEqual(['SIGINT'])
})

test('close() writes what waits, leaves nothing behind, and later lines go to stderr', async () => {
  const { destination, disk, host, clock } = open({ path: PATH, bufferBytes: 1_000 })
  destination.write('one\n')
  await destination.close()
  expect(disk.textOf(PATH)).toBe('one\n')
  expect([host.process.listening, clock.pending, disk.openFiles]).toEqual([0, 0, 0])
  destination.write('two\n')
  expect(disk.textOf(STDERR)).toBe('two\n')
  expect(disk.textOf(PATH)).toBe('one\n')
  await destination.close()
  destination.reopen()
  expect([host.process.listening, clock.pending, disk.openFiles]).toEqual([0, 0, 0])
})

test('close() waits for a slow reader', async () => {
  const setup = open()
  const { destination, disk, clock, host } = setup
  const accept = refuse(setup, 'EAGAIN', (fd) => fd === STDOUT)
  destination.write('one\n')
  let isClosed = false
  void destination.close().then(() => {
    isClosed = true
  })
  await clock.advanceAsync(4_000)
  expect(isClosed).toBe(false)
  accept()
  await clock.advanceAsync(10)
  expect([isClosed, disk.textOf(STDOUT), disk.textOf(STDERR), host.process.listening]).toEqual([true, 'one\n', '', 0])
})

test('close() gives up a reader that never reads after 5 s, and lines go to stderr', async () => {
  const setup = open()
  const { destination, disk, clock, host } = setup
  refuse(setup, 'EAGAIN', (fd) => fd === STDOUT)
  destination.write('one\n')
  const closed = destination.close()
  await clock.advanceAsync(5_010)
  await closed
  expect(disk.textOf(STDERR)).toBe('one\n')
  expect([host.process.listening, clock.pending]).toEqual([0, 0])
})

test('reopen() goes on in the file that is there now', () => {
  const { destination, disk } = open({ path: PATH })
  destination.write('one\n')
  disk.renameSync(PATH, '/logs/moved')
  destination.reopen()
  destination.write('two\n')
  expect([disk.textOf('/logs/moved'), disk.textOf(PATH), disk.openFiles]).toEqual(['one\n', 'two\n', 1])
})

test('a listener may write', () => {
  const setup = open({ path: PATH, maxPendingBytes: 100 })
  const { destination, disk } = setup
  destination.subscribe(({ type }) => destination.write(`${type}\n`))
  refuse(setup, 'EIO', isFile)
  destination.write('one\n')
  destination.write('two\n')
  expect(disk.textOf(STDERR)).toBe('one\ndestination:failed\ntwo\n')
})

test('measure() counts what went where', () => {
  const setup = open({ path: PATH })
  const { destination } = setup
  destination.write('one\n')
  refuse(setup, 'EIO', isFile)
  destination.write('three\n')
  const values = Object.fromEntries(destination.measure().map(({ name, value }) => [name, value]))
  expect(values).toEqual({
    log_destination_written_bytes_total: 4,
    log_destination_diverted_bytes_total: 6,
    log_destination_dropped_lines_total: 0,
    log_destination_rotations_total: 0,
    log_destination_pending_bytes: 0,
    log_destination_fallback: 1,
  })
})

function createFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'logger-destination-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

test('createDestination() makes the folders of its file', async () => {
  const path = join(createFolder(), 'a/b/app.log')
  await using destination = createDestination({ path })
  destination.write('one\n')
  expect(readFileSync(path, 'utf8')).toBe('one\n')
})

test('createDestination() throws a DestinationError that says why and what now', () => {
  const folder = createFolder()
  writeFileSync(join(folder, 'file'), '')
  const problemOf = (options: DestinationOptions): string => {
    try {
      createDestination(options)
    } catch (error) {
      if (isDestinationError(error)) return error.message
      throw error
    }
    return 'none'
  }
  expect(problemOf({ path: folder })).toBe(`Cannot open "${folder}" as it is a folder: name a file in it`)
  const below = join(folder, 'file/app.log')
  expect(problemOf({ path: below })).toBe(
    `Cannot open "${below}" as a part of its path is no folder: choose another path`,
  )
  expect(problemOf({ fd: 987_654 })).toBe(
    'Cannot open "fd 987654" as nothing is open there: open it first, or give a path',
  )
})

test.each([
  [{ name: '' }, '`name`'],
  [{ path: '' }, '`path`'],
  [{ path: 'a', fd: 1 }, '`path` or `fd`'],
  [{ rotate: {} }, '`path` with `rotate`'],
  [{ bufferBytes: -1 }, '`bufferBytes`'],
  [{ flushEveryMs: 0 }, '`flushEveryMs`'],
  [{ maxPendingBytes: 0 }, '`maxPendingBytes`'],
  [{ path: 'a', mode: 0o1000 }, '`mode`'],
  [{ path: 'a', rotate: { maxBytes: 0 } }, '`rotate.maxBytes`'],
  [{ path: 'a', rotate: { everyMs: 0 } }, '`rotate.everyMs`'],
  [{ path: 'a', rotate: { keepFiles: -1 } }, '`rotate.keepFiles`'],
  [{ path: 'a', rotate: { keepForMs: 0 } }, '`rotate.keepForMs`'],
] satisfies [DestinationOptions, string][])('createDestination() refuses %j', (options, named) => {
  expect(() => createDestination(options)).toThrow(named)
})
