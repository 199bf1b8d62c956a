import { createManualClock, type ManualClock } from '@breakwater/core/testing'
import { expect, test } from 'vitest'
import { createSurroundings, errno, type Surroundings } from '../../../test/loss/support/simulated-disk.ts'
import { type Destination, openDestination } from './destination.ts'
import type { DestinationEvent } from './events.ts'
import type { DestinationOptions, RotationOptions } from './options.ts'

const PATH = '/logs/app.log'
const STDERR = 2
const HOUR_MS = 3_600_000

interface Setup {
  readonly clock: ManualClock
  readonly host: Surroundings
  readonly disk: Surroundings['fs']
  readonly events: DestinationEvent[]
  readonly destination: Destination
}

function open(
  rotate: RotationOptions,
  options: DestinationOptions = {},
  before?: Omit<Setup, 'destination' | 'events'>,
): Setup {
  const clock = before?.clock ?? createManualClock()
  const host = before?.host ?? createSurroundings(clock)
  const destination = openDestination({ clock, path: PATH, rotate, ...options }, host)
  const events: DestinationEvent[] = []
  destination.subscribe((event) => events.push(event))
  return { clock, host, disk: host.fs, events, destination }
}

/** What is in which file, the oldest first, without their stamps. */
function textsOf({ disk }: Setup): (string | undefined)[] {
  return disk.list('/logs').map((path) => disk.textOf(path))
}

test('a file that is full is rotated before the line that does not fit', () => {
  const setup = open({ maxBytes: 8 })
  const { destination, disk, events } = setup
  for (const line of ['one\n', 'two\n', 'three\n']) destination.write(line)
  const rotated = '/logs/app-2026-01-01T00-00-00.000Z.log'
  expect(disk.list('/logs')).toEqual([rotated, PATH])
  expect(textsOf(setup)).toEqual(['one\ntwo\n', 'three\n'])
  expect(events).toEqual([{ type: 'file:rotated', path: rotated, bytes: 8 }])
  expect(disk.openFiles).toBe(1)
})

test('lines that are written at once are parted between files', () => {
  const setup = open({ maxBytes: 8 }, { bufferBytes: 100 })
  for (const line of ['1\n', 'two\n', '3\n', 'four\n', 'five\n', '6\n']) setup.destination.write(line)
  setup.destination.flushSync()
  expect(setup.disk.list('/logs').map((path) => path.slice('/logs/app'.length))).toEqual([
    '-2026-01-01T00-00-00.000Z-1.log',
    '-2026-01-01T00-00-00.000Z.log',
    '.log',
  ])
  expect(textsOf(setup)).toEqual(['four\n', '1\ntwo\n3\n', 'five\n6\n'])
})

test('a line that is longer than a file gets one of its own', () => {
  const setup = open({ maxBytes: 8 })
  for (const line of ['one\n', 'longer than that\n', 'two\n']) {
    setup.destination.write(line)
    setup.clock.advance(1)
  }
  expect(textsOf(setup)).toEqual(['one\n', 'longer than that\n', 'two\n'])
})

test('what was in the file before counts', () => {
  const clock = createManualClock()
  const host = createSurroundings(clock)
  host.fs.put(PATH, 'before\n')
  const setup = open({ maxBytes: 8 }, {}, { clock, host, disk: host.fs })
  setup.destination.write('one\n')
  expect(textsOf(setup)).toEqual(['before\n', 'one\n'])
})

test('no rotated file is overwritten, not even one that is compressed', () => {
  const setup = open({ maxBytes: 4 })
  setup.disk.put('/logs/app-2026-01-01T00-00-00.000Z.log', 'old\n')
  setup.disk.put('/logs/app-2026-01-01T00-00-00.000Z-1.log.gz', 'older\n')
  setup.destination.write('one\n')
  setup.destination.write('two\n')
  expect(setup.disk.textOf('/logs/app-2026-01-01T00-00-00.000Z-2.log')).toBe('one\n')
})

test('a file whose time is over is rotated by the first line after it', () => {
  const setup = open({ everyMs: HOUR_MS })
  const { destination, clock, disk } = setup
  clock.advance(HOUR_MS - 1)
  destination.write('one\n')
  clock.advance(1)
  destination.write('two\n')
  destination.write('three\n')
  expect(disk.list('/logs')).toEqual(['/logs/app-2026-01-01T01-00-00.000Z.log', PATH])
  expect(textsOf(setup)).toEqual(['one\n', 'two\nthree\n'])
})

test('an empty file belongs to the time of its first line', () => {
  const setup = open({ everyMs: HOUR_MS })
  setup.clock.advance(3 * HOUR_MS)
  setup.destination.write('one\n')
  setup.destination.write('two\n')
  expect(textsOf(setup)).toEqual(['one\ntwo\n'])
})

test('the time of a file goes on over restarts', async () => {
  const first = open({ everyMs: HOUR_MS })
  first.destination.write('one\n')
  first.clock.advance(HOUR_MS / 2)
  const second = open({ everyMs: HOUR_MS }, {}, first)
  second.destination.write('two\n')
  expect(textsOf(second)).toEqual(['one\ntwo\n'])
  second.clock.advance(HOUR_MS / 2)
  const third = open({ everyMs: HOUR_MS }, {}, first)
  third.destination.write('three\n')
  expect(textsOf(third)).toEqual(['one\ntwo\n', 'three\n'])
})

test('a clock that is set back rotates nothing', () => {
  const setup = open({ everyMs: HOUR_MS })
  setup.destination.write('one\n')
  setup.clock.setEpoch(setup.clock.epoch() - 5 * HOUR_MS)
  setup.destination.write('two\n')
  expect(textsOf(setup)).toEqual(['one\ntwo\n'])
})

test('a rotation that fails is told once, lines go on into the file, and it is tried again', () => {
  const setup = open({ maxBytes: 4 })
  const { destination, disk, clock, events } = setup
  disk.onCall = (name) => {
    if (name === 'rename') throw errno('EACCES')
  }
  for (const line of ['one\n', 'two\n', 'three\n']) destination.write(line)
  clock.advance(1_000)
  destination.write('four\n')
  expect(disk.textOf(PATH)).toBe('one\ntwo\nthree\nfour\n')
  expect(events).toMatchObject([{ type: 'rotation:failed', path: PATH, error: { code: 'EACCES' } }])
  expect(disk.calls.filter((call) => call.startsWith('rename'))).toHaveLength(2)
  disk.onCall = () => {}
  clock.advance(2_000)
  destination.write('five\n')
  expect(textsOf(setup)).toEqual(['one\ntwo\nthree\nfour\n', 'five\n'])
  expect(disk.list('/logs')).not.toContain(`${PATH}.rotating`)
})

test('a file that cannot be opened after it was renamed loses nothing', () => {
  const setup = open({ maxBytes: 4 })
  const { destination, disk, clock, events } = setup
  destination.write('one\n')
  disk.onCall = (name, path) => {
    if (name === 'open' && path === PATH) throw errno('EMFILE')
  }
  destination.write('two\n')
  destination.write('three\n')
  disk.onCall = () => {}
  clock.advance(1_000)
  destination.write('four\n')
  expect(textsOf(setup)).toEqual(['one\ntwo\n', 'four\n'])
  expect(disk.textOf(STDERR)).toBe('three\n')
  expect(events.map(({ type }) => type)).toEqual([
    'file:rotated',
    'rotation:failed',
    'destination:failed',
    'destination:recovered',
  ])
})

test('a rotation that fails after one that worked is told again', () => {
  const { destination, disk, clock, events } = open({ maxBytes: 4 })
  for (const refused of [true, false, true]) {
    disk.onCall = (name) => {
      if (name === 'rename' && refused) throw errno('EACCES')
    }
    destination.write('one\n')
    destination.write('two\n')
    clock.advance(1_000)
  }
  expect(events.map(({ type }) => type)).toEqual(['rotation:failed', 'file:rotated', 'file:rotated', 'rotation:failed'])
})

test('what others add to the file counts, from the next look on', () => {
  const setup = open({ maxBytes: 12 })
  const { destination, disk, clock } = setup
  destination.write('one\n')
  disk.append(PATH, 'others\n')
  clock.advance(1_000)
  destination.write('two\n')
  expect(textsOf(setup)).toEqual(['one\nothers\n', 'two\n'])
})

test('a file that could not be rotated in time is rotated after a restart', () => {
  const first = open({ everyMs: HOUR_MS })
  first.destination.write('one\n')
  first.clock.advance(HOUR_MS)
  first.disk.onCall = (name) => {
    if (name === 'rename') throw errno('EACCES')
  }
  first.destination.write('two\n')
  first.disk.onCall = () => {}
  const second = open({ everyMs: HOUR_MS }, {}, first)
  second.destination.write('three\n')
  expect(textsOf(second)).toEqual(['one\ntwo\n', 'three\n'])
})

test('while another process rotates, lines go on into the file, and then into the new one', () => {
  const setup = open({ maxBytes: 8 })
  const { destination, disk, clock, events } = setup
  destination.write('one\n')
  destination.write('two\n')
  disk.put(`${PATH}.rotating`, '')
  destination.write('three\n')
  disk.renameSync(PATH, '/logs/app-2026-01-01T00-00-00.000Z.log')
  disk.put(PATH, 'else\n')
  disk.unlinkSync(`${PATH}.rotating`)
  clock.advance(100)
  destination.write('4\n')
  expect(textsOf(setup)).toEqual(['one\ntwo\nthree\n', 'else\n4\n'])
  expect(events).toEqual([])
})

test('a file that another process has rotated is not rotated again', () => {
  const setup = open({ maxBytes: 8 })
  const { destination, disk } = setup
  destination.write('one\n')
  destination.write('two\n')
  disk.renameSync(PATH, '/logs/app-2026-01-01T00-00-00.000Z.log')
  disk.put(PATH, 'new\n')
  destination.write('3\n')
  expect(textsOf(setup)).toEqual(['one\ntwo\n', 'new\n3\n'])
})

test.each([10_001, -10_001])('a lock that is %i ms old is taken over', (ageMs) => {
  const setup = open({ maxBytes: 4 })
  const { destination, disk, clock } = setup
  destination.write('one\n')
  disk.put(`${PATH}.rotating`, '')
  clock.setEpoch(clock.epoch() + ageMs)
  destination.write('two\n')
  expect(textsOf(setup)).toEqual(['one\n', 'two\n'])
})

test('a file that is moved or removed is noticed within a second', () => {
  const { destination, disk, clock } = open({})
  destination.write('one\n')
  disk.renameSync(PATH, '/logs/moved')
  clock.advance(999)
  destination.write('two\n')
  clock.advance(1)
  destination.write('three\n')
  expect([disk.textOf('/logs/moved'), disk.textOf(PATH)]).toEqual(['one\ntwo\n', 'three\n'])
  disk.unlinkSync(PATH)
  clock.advance(1_000)
  destination.write('four\n')
  expect(disk.textOf(PATH)).toBe('four\n')
  expect(disk.openFiles).toBe(1)
})

test('a file is looked at no more than once a second', () => {
  const { destination, disk, clock } = open({})
  const before = disk.calls.length
  for (let ms = 0; ms < 3_000; ms += 10) {
    destination.write('one\n')
    clock.advance(10)
  }
  expect(disk.calls.slice(before)).toEqual([`stat ${PATH}`, `stat ${PATH}`])
})

test('a file that cannot be looked at is written all the same', () => {
  const { destination, disk, clock, events } = open({})
  disk.onCall = (name) => {
    if (name === 'stat') throw errno('EACCES')
  }
  clock.advance(1_000)
  destination.write('one\n')
  expect([disk.textOf(PATH), events]).toEqual(['one\n', []])
})

test('a file that somebody empties is not rotated for what was in it', () => {
  const setup = open({ maxBytes: 8 })
  const { destination, disk } = setup
  destination.write('one\n')
  destination.write('two\n')
  disk.truncate(PATH)
  destination.write('three\n')
  expect(textsOf(setup)).toEqual(['three\n'])
})

test('a line that a crash has torn is ended before the next one', () => {
  const clock = createManualClock()
  const host = createSurroundings(clock)
  host.fs.put(PATH, 'one\ntw')
  const { destination, disk } = open({}, {}, { clock, host, disk: host.fs })
  destination.write('three\n')
  destination.write('four\n')
  expect(disk.textOf(PATH)).toBe('one\ntw\nthree\nfour\n')
})
