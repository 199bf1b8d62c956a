import { copyFile } from 'node:fs/promises'
import { join } from 'node:path'
import { usePostgres } from '@breakwater/testing/services'
import { createRandom } from '@breakwater/testing/simulation'
import pg from 'pg'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import type { Database } from '../src/database/database.ts'
import { migrate } from '../src/database/migrate.ts'
import { openPostgres } from '../src/database/postgres.ts'
import { toProblemName } from '../src/http/problem.ts'
import { type BoardHistory, createBoardHistory } from '../src/live/board-history.ts'
import { createTaskStore, type TaskStore } from '../src/tasks/store.ts'
import { createFolder } from './support/folders.ts'
import { byId, NOTHING, type Replica, replay } from './support/replay.ts'

const BOARDS = ['a', 'b', 'c']
const CLIENTS = 8
const CHANGES = 30 * Number(process.env.SOAK ?? 1)

const postgres = usePostgres()
let url: string
let database: Database
let store: TaskStore
let history: BoardHistory
let statements = 0

beforeEach(async () => {
  url = await postgres.createDatabase()
  database = await openPostgres(url)
  onTestFinished(() => database.close())
  store = createTaskStore(database, { maxTasks: 1_000_000 })
  history = createBoardHistory(database)
})

function run<row>(text: string, values?: readonly unknown[]): Promise<readonly row[]> {
  return database.query<row>({ name: `test-${++statements}`, text }, values)
}

async function versionOf(board: string): Promise<number | undefined> {
  return (await history.versions([board])).get(board)
}

/** All that is kept of a board, in pages. */
async function replayAll(board: string, replica: Replica = NOTHING): Promise<Replica> {
  const found = (await history.changes([[board, replica.version]], 100)).get(board)
  if (found === undefined || found.changes.length === 0) return replica
  return replayAll(board, replay(replica, found.changes))
}

async function stateOf(board: string): Promise<Replica> {
  const { version, tasks } = await history.snapshot(board)
  return { version, tasks: byId(tasks) }
}

/** Tasks that nobody else changes meanwhile are changed, moved and deleted; all clients share the boards. */
async function change(client: number): Promise<void> {
  const random = createRandom(client + 1)
  const pick = <item>(items: readonly item[]): item => items[Math.floor(random() * items.length)] as item
  const shared = (await store.create({ title: `Of client ${client}`, board: pick(BOARDS) })).id
  const own: string[] = []
  for (let n = 0; n < CHANGES; n++) {
    const dice = random()
    if (own.length === 0 || dice < 0.3) own.push((await store.create({ title: 'Task', board: pick(BOARDS) })).id)
    else if (dice < 0.5) await store.update(pick(own), { title: `Change ${n}` })
    else if (dice < 0.6) await store.update(shared, { priority: pick(['low', 'high']) })
    else if (dice < 0.85) await store.update(pick([...own, shared]), { board: pick(BOARDS) })
    else if (dice < 0.95) await store.delete(own.pop() ?? shared)
    // Several boards at once.
    else {
      await run(
        `insert into tasks (id, title, board, status, priority)
        select gen_random_uuid(), 'Task', board, 'open', 'low' from unnest($1::text[]) as board`,
        [BOARDS.toReversed()],
      )
    }
  }
}

test('versions are without gaps and in the order of commits, whoever changes what at once, and nobody gets stuck', async () => {
  await migrate(database)
  let isOver = false
  // At any moment a snapshot, and the changes from there on, are what is there in the end.
  const seen: [board: string, state: Replica][] = []
  const reader = (async () => {
    while (!isOver) {
      for (const board of BOARDS) seen.push([board, await stateOf(board)])
    }
  })()
  await Promise.all(Array.from({ length: CLIENTS }, (_, client) => change(client)))
  isOver = true
  await reader

  let total = 0
  for (const board of BOARDS) {
    const state = await stateOf(board)
    expect(state.version).toBeGreaterThan(CHANGES)
    if (state.version <= 1_000) expect(await replayAll(board)).toEqual(state)
    total += state.tasks.size
  }
  expect(await run('select count(*)::integer as tasks from tasks')).toEqual([{ tasks: total }])
  expect(seen.length).toBeGreaterThan(10)
  const step = Math.ceil(seen.length / 20)
  for (const [board, state] of seen.filter((_, n) => n % step === 0)) {
    if (state.version >= ((await versionOf(board)) ?? 0) - 1_000)
      expect(await replayAll(board, state)).toEqual(await stateOf(board))
  }
}, 60_000)

test('a task that moves leaves one board and comes to the other', async () => {
  await migrate(database)
  const { id } = await store.create({ title: 'Task', board: 'a', description: 'Long "\\ 🎉\n' })
  const moved = await store.update(id, { board: 'b' })
  const found = await history.changes(
    [
      ['a', 0],
      ['b', 0],
      ['c', 0],
    ],
    10,
  )
  expect(found.get('a')).toEqual({
    version: 2,
    changes: [
      {
        version: 1,
        kind: 'created',
        taskId: id,
        task: { ...moved, board: 'a', version: 1, updatedAt: moved.createdAt },
      },
      { version: 2, kind: 'deleted', taskId: id, task: undefined },
    ],
  })
  expect(found.get('b')).toEqual({ version: 1, changes: [{ version: 1, kind: 'created', taskId: id, task: moved }] })
  expect(found.get('c')).toEqual({ version: 0, changes: [] })
  // Nothing was done, so nothing is told.
  await expect(store.update(id, { board: 'a' }, [7])).rejects.toThrow('to version 2')
  expect(await versionOf('b')).toBe(1)
})

test('the last 1,000 changes of each board are kept', async () => {
  await migrate(database)
  const { id } = await store.create({ title: 'Task', board: 'other' })
  await run(`insert into tasks (id, title, status, priority)
    select gen_random_uuid(), 'Task', 'open', 'low' from generate_series(1, 1005)`)
  const oldest = async (): Promise<unknown> =>
    (
      await run(
        `select min(version)::integer as oldest, count(*)::integer as kept from task_changes where board = 'main'`,
      )
    )[0]
  expect([await versionOf('main'), await oldest()]).toEqual([1_005, { oldest: 6, kept: 1_000 }])
  await store.update(id, { board: 'main' })
  expect([await versionOf('main'), await oldest()]).toEqual([1_006, { oldest: 7, kept: 1_000 }])
  expect((await history.changes([['main', 3]], 1)).get('main')).toMatchObject({
    version: 1_006,
    changes: [{ version: 7 }],
  })
})

test('tasks of before are on the board main', async () => {
  const folder = await createFolder()
  const migrations = join(import.meta.dirname, '..', 'migrations')
  for (const name of ['001.do.create-tasks.sql', '002.do.name-database.sql'])
    await copyFile(join(migrations, name), join(folder, name))
  await migrate(database, folder)
  await run(`insert into tasks (id, title, status, priority) values (gen_random_uuid(), 'Task', 'open', 'low')`)
  await migrate(database)
  expect((await store.list(20)).items).toMatchObject([{ title: 'Task', board: 'main' }])
  expect(await history.snapshot('main')).toMatchObject({ version: 1, tasks: [{ title: 'Task' }] })
  await store.create({ title: 'Another' })
  expect((await history.changes([['main', 0]], 10)).get('main')).toMatchObject({
    version: 2,
    changes: [{ version: 2 }],
  })
})

test('there are 1,000 boards with tasks at most, and one without gives way', async () => {
  await migrate(database)
  await run(`insert into tasks (id, title, board, status, priority)
    select gen_random_uuid(), 'Task', 'board-' || n, 'open', 'low' from generate_series(1, 999) as n`)
  const { id } = await store.create({ title: 'Task', board: 'first' })
  await store.update(id, { title: 'Changed' })
  const refusal = await store.create({ title: 'Task', board: 'one-more' }).catch((error) => error)
  expect([refusal.code, toProblemName(refusal)]).toEqual(['ERR_BOARD_LIMIT', 'board-limit-reached'])
  expect(refusal.message).toContain('Cannot make board "one-more" as there are 1,000 with tasks')
  await expect(store.update(id, { board: 'main', status: 'done' })).resolves.toMatchObject({ board: 'main' })
  expect(await run(`select count(*)::integer as boards from boards`)).toEqual([{ boards: 1_000 }])

  // No version of a board that is gone comes again: nobody takes what is there now for what was.
  expect(await history.snapshot('first')).toEqual({ version: 4, tasks: [] })
  expect(await history.snapshot('main')).toMatchObject({ version: 5, tasks: [{ id }] })
  await store.update(id, { board: 'first' })
  expect(await history.snapshot('main')).toEqual({ version: 6, tasks: [] })
  expect((await history.changes([['first', 4]], 10)).get('first')).toMatchObject({
    version: 7,
    changes: [{ version: 7 }],
  })

  // However many ask at once.
  const asked = Array.from({ length: 10 }, (_, n) => store.create({ title: 'Task', board: `late-${n}` }))
  const results = await Promise.allSettled(asked)
  expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(0)
  expect(await run(`select count(*)::integer as boards from boards`)).toEqual([{ boards: 1_000 }])
})

test('who listens in PostgreSQL hears of changes, but of those who tell in another way', async () => {
  await migrate(database)
  const quiet = await openPostgres(url, { isNotifying: false })
  const listener = new pg.Client(url)
  await listener.connect()
  onTestFinished(async () => {
    await quiet.close()
    await listener.end()
  })
  const heard: unknown[] = []
  listener.on('notification', ({ payload }) => heard.push(payload))
  await listener.query('listen task_changes')
  const { id } = await createTaskStore(quiet, { maxTasks: 10 }).create({ title: 'Task', board: 'a' })
  await store.update(id, { board: 'b' })
  await store.delete(id)
  await run('truncate tasks')
  await expect.poll(() => heard).toEqual(['a:2', 'b:1', 'b:2', ''])
})

test('who empties the table empties all boards, and no version comes again', async () => {
  await migrate(database)
  for (const board of ['a', 'a', 'a', 'b']) await store.create({ title: 'Task', board })
  await run('truncate tasks')
  expect([...(await history.versions(['a', 'b']))]).toEqual([
    ['a', 4],
    ['b', 4],
  ])
  expect(await history.snapshot('a')).toEqual({ version: 4, tasks: [] })
  expect((await history.changes([['a', 3]], 10)).get('a')).toEqual({ version: 4, changes: [] })
  await store.create({ title: 'Task', board: 'a' })
  expect((await history.changes([['a', 3]], 10)).get('a')).toMatchObject({ version: 5, changes: [{ version: 5 }] })
})
