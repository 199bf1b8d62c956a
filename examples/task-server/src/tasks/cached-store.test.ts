import { createManualClock } from '@breakwater/core/testing'
import { BulkheadFullError, TimeoutError } from '@breakwater/resilience'
import { beforeEach, expect, test, vi } from 'vitest'
import { createTaskCache, type TaskCache } from '../cache/task-cache.ts'
import { DatabaseAnswerLostError, DatabaseUnavailableError } from '../database/errors.ts'
import { createCachedTaskStore } from './cached-store.ts'
import { BoardLimitError, TaskLimitError, TaskNotFoundError, TaskVersionError } from './errors.ts'
import type { NewTask, Task, TaskChanges } from './schema.ts'
import type { ListOptions, TaskStore } from './store.ts'

const ID = '01890000-0000-7000-8000-00000000000a'
const OTHER = '01890000-0000-7000-8000-00000000000b'

const clock = createManualClock()
/** What the database has. */
const rows = new Map<string, Task>()
let database: ReturnType<typeof createDatabase>
let cache: TaskCache
let store: TaskStore

function toTask(id: string, version = 1, board = 'main'): Task {
  const time = '2026-01-01T00:00:00.000Z'
  const rest = { description: null, status: 'open', priority: 'normal', createdAt: time, updatedAt: time } as const
  return { id, board, title: `Task ${version}`, version, ...rest }
}

function createDatabase() {
  const get = vi.fn(async (id: string): Promise<Task> => {
    const task = rows.get(id.toLowerCase())
    if (task === undefined) throw new TaskNotFoundError(id)
    return task
  })
  return {
    get,
    list: vi.fn(async (limit: number, olderThan = 'z', { board }: ListOptions = {}) => {
      const listed = [...rows.values()].filter((task) => board === undefined || task.board === board)
      const older = listed.filter(({ id }) => id < olderThan)
      return { items: older.slice(0, limit), hasMore: older.length > limit }
    }),
    create: vi.fn(async ({ board }: NewTask): Promise<Task> => {
      rows.set(OTHER, toTask(OTHER, 1, board))
      return toTask(OTHER, 1, board)
    }),
    update: vi.fn(async (id: string, changes: TaskChanges): Promise<Task> => {
      const { board, version } = await get(id)
      const task = toTask(id.toLowerCase(), version + 1, changes.board ?? board)
      rows.set(task.id, task)
      return task
    }),
    delete: vi.fn(async (id: string): Promise<Task> => {
      const task = await get(id)
      rows.delete(task.id)
      return task
    }),
  } satisfies TaskStore
}

/** Reads the task and both pages, and forgets how often the database was asked. */
async function warmUp(): Promise<void> {
  await Promise.allSettled([store.get(ID), store.list(1), store.list(1, ID)])
  vi.clearAllMocks()
}

/** Which of them have to be asked of the database. */
async function whatIsGone(): Promise<readonly string[]> {
  vi.clearAllMocks()
  await Promise.allSettled([store.get(ID), store.list(1), store.list(1, ID)])
  return [
    ...database.get.mock.calls.map(() => 'task'),
    ...database.list.mock.calls.map(([, olderThan]) => (olderThan === undefined ? 'first page' : 'further page')),
  ]
}

beforeEach(() => {
  rows.clear()
  rows.set(ID, toTask(ID))
  database = createDatabase()
  cache = createTaskCache({ clock })
  store = createCachedTaskStore(database, cache, clock)
})

test('get() and list() ask the database once', async () => {
  const first = await Promise.all([store.get(ID), store.list(20), store.list(20, OTHER)])
  expect(first).toEqual([toTask(ID), ...Array(2).fill({ items: [toTask(ID)], hasMore: false })])
  expect(await Promise.all([store.get(ID), store.list(20), store.list(20, OTHER)])).toEqual(first)
  expect(database.get).toHaveBeenCalledTimes(1)
  expect(database.list.mock.calls.map(([limit, olderThan]) => [limit, olderThan])).toEqual([
    [20, undefined],
    [20, OTHER],
  ])
})

test('get() remembers that there is none, until one is created', async () => {
  for (let n = 0; n < 3; n++) await expect(store.get(OTHER)).rejects.toMatchObject({ code: 'ERR_TASK_NOT_FOUND' })
  expect(database.get).toHaveBeenCalledTimes(1)
  await store.create({ title: 'Task' })
  expect(await store.get(OTHER)).toEqual(toTask(OTHER))
})

test('get() remembers that there is none for a few seconds only', async () => {
  await expect(store.get(OTHER)).rejects.toThrow()
  rows.set(OTHER, toTask(OTHER))
  await clock.advanceAsync(15_001)
  expect(await store.get(OTHER)).toEqual(toTask(OTHER))
})

test.each([
  ['create', () => store.create({ title: 'Task' }), ['first page', 'further page']],
  ['update', () => store.update(ID, { title: 'New' }), ['task', 'first page', 'further page']],
  ['update', () => store.update(ID.toUpperCase(), { title: 'New' }), ['task', 'first page', 'further page']],
  ['delete', () => store.delete(ID), ['task', 'first page', 'further page']],
])('%s() makes void what it concerns, and nothing else', async (_, change, gone) => {
  await warmUp()
  await change()
  expect(await whatIsGone()).toEqual(gone)
})

test.each([
  ['a task is created', () => store.create({ title: 'Task', board: 'a' }), ['all', 'a']],
  ['a task is changed', () => store.update(ID, { title: 'New' }), ['all', 'a']],
  ['a task is deleted', () => store.delete(ID), ['all', 'a']],
  ['a task moves', () => store.update(ID, { board: 'b' }), ['all', 'a', 'b']],
])('when %s, the lists are void that it may be on', async (_, change, gone) => {
  rows.set(ID, toTask(ID, 1, 'a'))
  const lists = [undefined, 'a', 'b']
  for (const board of lists) await store.list(20, undefined, { board })
  await change()
  vi.clearAllMocks()
  for (const board of lists) {
    const listed = [...rows.values()].filter((task) => board === undefined || task.board === board)
    expect((await store.list(20, undefined, { board })).items).toEqual(listed)
  }
  expect(database.list.mock.calls.map(([, , options]) => options?.board ?? 'all')).toEqual(gone)
})

test.each([
  ['the database is away', new DatabaseUnavailableError(new Error('away'), false)],
  ['too many wait', new BulkheadFullError('database', 1)],
  ['there are too many tasks', new TaskLimitError(1)],
  ['there are too many boards', new BoardLimitError('x')],
  ['a value is wrong', Object.assign(new Error('wrong'), { severity: 'ERROR', code: '23514' })],
])('a change that was not made, as %s, makes nothing void', async (_, error) => {
  await warmUp()
  database.create.mockRejectedValue(error)
  database.update.mockRejectedValue(error)
  await expect(store.create({ title: 'Task' })).rejects.toBe(error)
  await expect(store.update(ID, { title: 'New' })).rejects.toBe(error)
  expect(await whatIsGone()).toEqual([])
})

test.each([
  ['its answer was lost', new DatabaseAnswerLostError(new Error('reset'))],
  ['no answer came in time', new TimeoutError('database', 1)],
  ['of who knows what', new Error('?')],
])(
  'a change that may have been made, as %s, makes void what it concerns, at once and for a while',
  async (_, error) => {
    await warmUp()
    database.delete.mockRejectedValue(error)
    await expect(store.delete(ID)).rejects.toBe(error)
    const all = ['task', 'first page', 'further page']
    expect(await whatIsGone()).toEqual(all)
    // It was still under way, and is made now.
    expect(await whatIsGone()).toEqual([])
    await clock.advanceAsync(1_000)
    expect(await whatIsGone()).toEqual(all)
    await clock.advanceAsync(60_000)
    await warmUp()
    await clock.advanceAsync(2_000)
    expect(await whatIsGone()).toEqual([])
  },
)

test('more changes in doubt than can be remembered make everything void', async () => {
  database.delete.mockRejectedValue(new DatabaseAnswerLostError(new Error('reset')))
  const ids = Array.from({ length: 1_001 }, (_, n) => `01890000-0000-7000-8000-${String(n).padStart(12, '0')}`)
  await Promise.allSettled(ids.map((id) => store.delete(id)))
  await warmUp()
  await clock.advanceAsync(1_000)
  expect(await whatIsGone()).toEqual(['task', 'first page', 'further page'])
})

test('a creation that may have been made makes lists void, and no task', async () => {
  await warmUp()
  database.create.mockRejectedValue(new DatabaseAnswerLostError(new Error('reset')))
  await expect(store.create({ title: 'Task' })).rejects.toThrow()
  expect(await whatIsGone()).toEqual(['first page', 'further page'])
  await clock.advanceAsync(1_000)
  expect(await whatIsGone()).toEqual(['first page', 'further page'])
})

test('what was read before a change is not kept, and not given to who asks after it', async () => {
  const old = Promise.withResolvers<Task>()
  database.get.mockReturnValueOnce(old.promise)
  const early = store.get(ID)
  const changed = await store.update(ID, { title: 'New' })
  expect(await store.get(ID)).toEqual(changed)
  old.resolve(toTask(ID))
  expect(await early).toEqual(toTask(ID))
  expect(await store.get(ID)).toEqual(changed)
})

test('the second of two changes is read, whichever returns first', async () => {
  const late = Promise.withResolvers<Task>()
  database.update.mockReturnValueOnce(late.promise)
  const first = store.update(ID, { title: 'First' })
  rows.set(ID, toTask(ID, 2))
  await store.update(ID, { title: 'Second' })
  late.resolve(toTask(ID, 2))
  await first
  expect(await store.get(ID)).toEqual(toTask(ID, 3))
})

test('who is told of a newer version reads it next', async () => {
  await warmUp()
  rows.set(ID, toTask(ID, 7))
  database.update.mockRejectedValue(new TaskVersionError(ID, 7))
  await expect(store.update(ID, { title: 'New' }, [1])).rejects.toThrow('to version 7')
  expect([(await store.get(ID)).version, (await store.list(1)).items[0]?.version]).toEqual([7, 7])
  // And what is as new as that stays.
  await warmUp()
  await expect(store.update(ID, { title: 'New' }, [1])).rejects.toThrow('to version 7')
  expect(await whatIsGone()).toEqual([])
})

test('who is told that a task is gone does not read it next', async () => {
  await warmUp()
  rows.delete(ID)
  database.delete.mockRejectedValue(new TaskNotFoundError(ID))
  await expect(store.delete(ID)).rejects.toThrow('Cannot find')
  await expect(store.get(ID)).rejects.toThrow('Cannot find')
  expect((await store.list(1)).items).toEqual([])
})

test('a refusal reaches its caller when the database is away by then', async () => {
  database.get.mockRejectedValue(new DatabaseUnavailableError(new Error('away'), false))
  database.delete.mockRejectedValue(new TaskVersionError(ID, 7))
  await expect(store.delete(ID, [1])).rejects.toThrow('to version 7')
})

test('reads go on while the database is away, for tasks and first pages', async () => {
  await warmUp()
  const away = new DatabaseUnavailableError(new Error('away'), false)
  database.get.mockRejectedValue(away)
  database.list.mockRejectedValue(away)
  cache.subscribe(() => undefined)
  await clock.advanceAsync(300_000)
  expect(await store.get(ID)).toEqual(toTask(ID))
  expect(await store.list(1)).toEqual({ items: [toTask(ID)], hasMore: false })
  await expect(store.list(1, ID)).rejects.toBe(away)
  await clock.advanceAsync(400_000)
  await expect(store.get(ID)).rejects.toBe(away)
})

test('a database that hangs is given up with its read', async () => {
  let given: AbortSignal | undefined
  database.get.mockImplementation(((_: string, options: { signal: AbortSignal }) => {
    given = options.signal
    return new Promise(() => undefined)
  }) as never)
  const reading = expect(store.get(ID)).rejects.toMatchObject({ code: 'ERR_LOAD_TIMEOUT' })
  await clock.advanceAsync(5_600)
  await reading
  expect(given?.aborted).toBe(true)
})
