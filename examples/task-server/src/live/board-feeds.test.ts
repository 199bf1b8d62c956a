import { createManualClock } from '@breakwater/core/testing'
import { beforeEach, expect, test, vi } from 'vitest'
import type { Task } from '../tasks/schema.ts'
import type { BoardChange, BoardListener } from './board-feed.ts'
import { createBoardFeeds, type LiveBoards } from './board-feeds.ts'
import type { BoardHistory, BoardSnapshot } from './board-history.ts'
import type { LiveEvent } from './events.ts'
import { NO_HINTS } from './hints.ts'

const AWAY = new Error('away')

const clock = createManualClock()
let feeds: LiveBoards
let events: LiveEvent[]
/** The board `a`, on which each change updates the same task. */
let version: number
/** The first change that is kept. */
let oldest: number
let tasks: readonly Task[]

function toTask(n: number): Task {
  return { id: `task-${n}`, title: 'Task', description: null } as Task
}

function toChange(n: number): BoardChange {
  return { version: n, kind: 'updated', taskId: 'task-0', task: toTask(0) }
}

const database: BoardHistory = {
  versions: async (boards) => new Map(boards.map((board) => [board, version])),
  async changes(known, limit) {
    const after = (first: number): BoardChange[] => {
      const from = Math.max(first + 1, oldest)
      return Array.from({ length: Math.max(0, version - from + 1) }, (_, n) => toChange(from + n)).slice(0, limit)
    }
    return new Map(known.map(([board, first]) => [board, { version, changes: after(first) }]))
  },
  snapshot: async () => ({ version, tasks }),
}
const history = {
  versions: vi.fn(database.versions),
  changes: vi.fn(database.changes),
  snapshot: vi.fn(database.snapshot),
}

function repair(): void {
  history.versions.mockReset().mockImplementation(database.versions)
  history.changes.mockReset().mockImplementation(database.changes)
}

/** Notes what it is told. */
class Note implements BoardListener {
  readonly told: string[] = []
  snapshot(at: number, some: readonly Task[], isLast: boolean): void {
    this.told.push(`${some.length} tasks at ${at}${isLast ? '' : ', and more'}`)
  }
  changes(changes: readonly BoardChange[]): void {
    this.told.push(changes.length === 0 ? 'up to date' : `${changes[0]?.version} to ${changes.at(-1)?.version}`)
  }
  delayed(error: unknown): void {
    this.told.push(`delayed as ${(error as Error).message}`)
  }
  /** What it was told since the last time. */
  take(): readonly string[] {
    return this.told.splice(0)
  }
}

async function follow(since?: number): Promise<Note> {
  const note = new Note()
  feeds.follow('a', since, note)
  expect(note.told).toEqual([])
  await clock.advanceAsync(0)
  return note
}

/** So many changes, one after the other. */
async function change(times = 1): Promise<void> {
  version += times
  feeds.announce('a')
  await clock.advanceAsync(0)
}

beforeEach(async () => {
  await feeds?.close()
  vi.clearAllMocks()
  repair()
  version = 10
  oldest = 1
  tasks = [toTask(0)]
  events = []
  feeds = createBoardFeeds(history, { clock })
  feeds.subscribe((event) => events.push(event))
})

test('follow() tells a snapshot in parts, and then what changes', async () => {
  tasks = Array.from({ length: 450 }, (_, n) => toTask(n))
  const note = await follow()
  expect(note.take()).toEqual(['200 tasks at 10, and more', '200 tasks at 10, and more', '50 tasks at 10'])
  await change()
  await change(2)
  expect(note.take()).toEqual(['11 to 11', '12 to 13'])
})

test('follow() tells what was missed where it is kept, and nothing to who missed nothing', async () => {
  expect((await follow(7)).take()).toEqual(['8 to 10'])
  expect((await follow(10)).take()).toEqual([])
  expect((await follow(0)).take()).toEqual(['1 tasks at 10'])
  oldest = 5
  await feeds.close()
  feeds = createBoardFeeds(history, { clock })
  expect((await follow(3)).take()).toEqual(['1 tasks at 10'])
})

test('follow() takes a version that the board has not reached for nothing', async () => {
  expect((await follow(11)).take()).toEqual(['1 tasks at 10'])
  expect((await follow(11)).take()).toEqual(['1 tasks at 10'])
  for (const since of [Number.NaN, 1.5, 2 ** 60]) expect((await follow(since)).take()).toEqual(['1 tasks at 10'])
})

test('follow() waits for a version of which this process has not heard', async () => {
  const first = await follow()
  version = 12
  expect((await follow(12)).take()).toEqual([])
  expect(first.take()).toEqual(['1 tasks at 10', '11 to 12'])
})

test('follow() refuses what no board can be called', () => {
  for (const name of ['', 'A', '-', 'a b', `${'a'.repeat(65)}`, 'a\0'])
    expect(() => feeds.follow(name, undefined, new Note())).toThrow('Expected `board` to match')
})

test('those who come later are told from memory, and share what they are told', async () => {
  tasks = [toTask(0), toTask(1)]
  await follow()
  await change(3)
  vi.clearAllMocks()
  const parts = new Set<readonly Task[]>()
  const notes: Note[] = []
  for (let n = 0; n < 100; n++) {
    const note = new Note()
    vi.spyOn(note, 'snapshot').mockImplementation((at, some) => {
      parts.add(some)
      note.told.push(`snapshot at ${at}`)
    })
    feeds.follow('a', n % 2 === 0 ? undefined : 12, note)
    notes.push(note)
  }
  await clock.advanceAsync(0)
  expect(new Set(notes.map((note) => note.take().join(', ')))).toEqual(
    new Set(['snapshot at 10, 11 to 13', '13 to 13']),
  )
  expect(parts.size).toBe(1)
  expect([history.versions, history.changes, history.snapshot].map(({ mock }) => mock.calls.length)).toEqual([0, 0, 0])
})

test('however many hints come, one read is under way at a time', async () => {
  const note = await follow()
  note.take()
  vi.clearAllMocks()
  const answer = Promise.withResolvers<Awaited<ReturnType<BoardHistory['changes']>>>()
  history.changes.mockReturnValueOnce(answer.promise)
  for (let n = 0; n < 100; n++) await change()
  expect(history.changes).toHaveBeenCalledTimes(1)
  answer.resolve(new Map([['a', { version: 11, changes: [toChange(11)] }]]))
  await clock.advanceAsync(0)
  expect(note.take()).toEqual(['11 to 11', '12 to 110'])
  expect(history.changes.mock.calls.length).toBeLessThanOrEqual(3)
})

test('what nobody told of is found within half a second, with one question for all boards', async () => {
  const note = await follow()
  feeds.follow('b', undefined, new Note())
  await clock.advanceAsync(0)
  note.take()
  vi.clearAllMocks()
  await clock.advanceAsync(400)
  version = 11
  await clock.advanceAsync(100)
  expect(history.versions.mock.calls.map(([boards]) => boards)).toEqual([['a', 'b']])
  expect(note.take()).toEqual(['11 to 11'])
})

test('a database that has another past than it had is told anew', async () => {
  const note = await follow()
  version = 4
  await clock.advanceAsync(500)
  expect(note.take()).toEqual(['1 tasks at 10', '1 tasks at 4'])
})

test('a snapshot that is older than what a follower was told is not told to it', async () => {
  const first = await follow(10)
  const late = Promise.withResolvers<BoardSnapshot>()
  history.snapshot.mockReturnValueOnce(late.promise)
  const second = await follow()
  await change(3)
  oldest = 25
  await change(12)
  late.resolve({ version: 11, tasks })
  await clock.advanceAsync(0)
  expect(first.take()).toEqual(['11 to 13', '1 tasks at 25'])
  // It knew nothing.
  expect(second.take()).toEqual(['1 tasks at 11', '1 tasks at 25'])
})

test('a snapshot that is older than what a follower knows who comes is not told to it', async () => {
  const late = Promise.withResolvers<BoardSnapshot>()
  history.snapshot.mockReturnValueOnce(late.promise)
  const first = await follow()
  oldest = version = 20
  const second = await follow(15)
  late.resolve({ version: 10, tasks })
  await clock.advanceAsync(0)
  expect([first.take(), second.take()]).toEqual([['1 tasks at 10', '1 tasks at 20'], ['1 tasks at 20']])
})

test('an outage is told once, also to who comes, and that it is over', async () => {
  const note = await follow()
  note.take()
  history.versions.mockRejectedValue(AWAY)
  history.changes.mockRejectedValue(AWAY)
  await clock.advanceAsync(500)
  const late = await follow(9)
  version = 12
  feeds.announce('a')
  await clock.advanceAsync(2_000)
  expect(note.take()).toEqual(['delayed as away'])
  expect(late.take()).toEqual(['1 tasks at 10', 'delayed as away'])
  // Once each half second.
  expect(history.versions.mock.calls.length + history.changes.mock.calls.length).toBe(5)
  repair()
  await clock.advanceAsync(500)
  expect([note.take(), late.take()]).toEqual([['11 to 12'], ['11 to 12']])

  history.versions.mockRejectedValueOnce(AWAY)
  await clock.advanceAsync(1_000)
  expect([note.take(), late.take()]).toEqual(Array(2).fill(['delayed as away', 'up to date']))
})

test('one that throws is let go, and said so; the others go on', async () => {
  const first = await follow()
  const throwing = new Note()
  vi.spyOn(throwing, 'changes').mockImplementation(() => {
    throw new Error('mine')
  })
  feeds.follow('a', 10, throwing)
  const last = await follow()
  await change()
  await change()
  expect([first.take(), last.take()]).toEqual(Array(2).fill(['1 tasks at 10', '11 to 11', '12 to 12']))
  expect(throwing.changes).toHaveBeenCalledTimes(1)
  expect(events).toEqual([{ type: 'follower:failed', board: 'a', error: new Error('mine') }])
})

test('a board is forgotten when nobody followed it for half a minute, and not before', async () => {
  const stop = feeds.follow('a', undefined, new Note())
  await clock.advanceAsync(0)
  stop()
  await clock.advanceAsync(20_000)
  vi.clearAllMocks()
  version = 11
  expect((await follow(10)).take()).toEqual(['11 to 11'])
  expect(history.snapshot).not.toHaveBeenCalled()
  await feeds.close()
  expect(clock.pending).toBe(0)
})

test('close() tells nobody anything more', async () => {
  const hints = { tell: vi.fn(), hear: vi.fn(NO_HINTS.hear) }
  const others = createBoardFeeds(history, { clock, hints })
  const note = new Note()
  others.follow('a', undefined, note)
  await others.close()
  others.announce('a')
  others.follow('a', undefined, note)
  await clock.advanceAsync(60_000)
  expect([note.told, hints.tell.mock.calls]).toEqual([[], []])
})
