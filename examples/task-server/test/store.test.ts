import { usePostgres } from '@breakwater/testing/services'
import * as fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Database } from '../src/database/database.ts'
import { migrate } from '../src/database/migrate.ts'
import { openPostgres } from '../src/database/postgres.ts'
import { createTaskStore, LIST, LIST_BOARD, type TaskStore } from '../src/tasks/store.ts'
import { openEmbedded } from './support/databases.ts'

const NOBODY = '01890000-0000-7000-8000-000000000000'

describe('with the embedded PostgreSQL', () => storeCases(openEmbedded))

describe('with a PostgreSQL server', () => {
  const postgres = usePostgres()
  storeCases(async () => {
    const database = await openPostgres(await postgres.createDatabase())
    await migrate(database)
    return database
  })
})

function storeCases(open: () => Promise<Database>): void {
  let database: Database
  let store: TaskStore
  let statements = 0

  beforeAll(async () => {
    database = await open()
  }, 60_000)
  beforeEach(async () => {
    await run('truncate tasks')
    store = createTaskStore(database, { maxTasks: 10_000 })
  })
  afterAll(() => database?.close())

  function run<row>(text: string, values?: readonly unknown[]): Promise<readonly row[]> {
    return database.query<row>({ name: `test-${++statements}`, text }, values)
  }

  async function planOf(text: string, ...values: readonly string[]): Promise<string> {
    const explained = `explain ${text.replaceAll(/\$(\d)/g, (_, n) => values[Number(n) - 1] ?? '')}`
    const plan = (await run<Record<string, string>>(explained)).map((row) => row['QUERY PLAN']).join('\n')
    expect(plan).not.toMatch(/Seq Scan|Sort/)
    return plan
  }

  async function count(): Promise<[stored: number, counted: number]> {
    const [row] = await run<{ stored: unknown; counted: unknown }>(
      'select (select count(*) from tasks) as stored, tasks as counted from task_count',
    )
    return [Number(row?.stored), Number(row?.counted)]
  }

  test('create() stores a task that get() reads', async () => {
    const created = await store.create({ title: 'Write tests', description: 'First\nlast 🎉', status: 'done' })
    expect(created).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-7/),
      board: 'main',
      title: 'Write tests',
      description: 'First\nlast 🎉',
      status: 'done',
      priority: 'normal',
      version: 1,
      createdAt: expect.stringMatching(/^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      updatedAt: created.createdAt,
    })
    expect(await store.get(created.id)).toEqual(created)
  })

  test('create() takes SQL for text', async () => {
    const title = `'); drop table tasks; -- $1 \\ " %`
    const { id } = await store.create({ title, description: title })
    expect(await store.get(id)).toMatchObject({ title, description: title })
  })

  test('create() makes exactly as many tasks as there may be, however many ask at once', async () => {
    const limited = createTaskStore(database, { maxTasks: 7 })
    // With all connections open, so that they really ask at once.
    await Promise.all(Array.from({ length: 20 }, () => run('select pg_sleep(0.02)')))
    const results = await Promise.allSettled(Array.from({ length: 50 }, () => limited.create({ title: 'One of many' })))
    const refusals = results.filter((result) => result.status === 'rejected').map(({ reason }) => reason.code)
    expect(refusals).toEqual(Array(43).fill('ERR_TASK_LIMIT'))
    expect(await count()).toEqual([7, 7])
  })

  test('create() goes on once a task was deleted', async () => {
    const limited = createTaskStore(database, { maxTasks: 1 })
    const { id } = await limited.create({ title: 'First' })
    await expect(limited.create({ title: 'Second' })).rejects.toThrow('as there are 1 already')
    await limited.delete(id)
    await expect(limited.create({ title: 'Second' })).resolves.toMatchObject({ title: 'Second' })
  })

  test('create() makes none while there are more than a lowered limit', async () => {
    for (const title of ['One', 'Two', 'Three']) await store.create({ title })
    await expect(createTaskStore(database, { maxTasks: 2 }).create({ title: 'Four' })).rejects.toThrow('limit')
    expect(await count()).toEqual([3, 3])
  })

  test('the count is right whoever changes the table', async () => {
    for (const title of ['One', 'Two', 'Three']) await store.create({ title })
    await run(`delete from tasks where title <> 'One'`)
    expect(await count()).toEqual([1, 1])
    await run('truncate tasks')
    expect(await count()).toEqual([0, 0])
  })

  test('get(), update() and delete() reject where there is no task', async () => {
    for (const attempt of [
      () => store.get(NOBODY),
      () => store.update(NOBODY, { title: 'New' }),
      () => store.update(NOBODY, { title: 'New' }, [1]),
      () => store.delete(NOBODY),
    ]) {
      await expect(attempt()).rejects.toMatchObject({ code: 'ERR_TASK_NOT_FOUND' })
    }
  })

  test('update() changes what it is given, and nothing else', async () => {
    const before = await store.create({ title: 'Before', description: 'Long', priority: 'high' })
    const after = await store.update(before.id, { title: 'After', status: 'in-progress' })
    expect(after).toEqual({ ...before, title: 'After', status: 'in-progress', version: 2, updatedAt: after.updatedAt })
    expect(Date.parse(after.updatedAt)).toBeGreaterThanOrEqual(Date.parse(before.updatedAt))
    expect(await store.get(before.id)).toEqual(after)
  })

  test('update() takes a description away, and leaves it where it is not named', async () => {
    const { id } = await store.create({ title: 'Task', description: 'Long' })
    expect(await store.update(id, { priority: 'low' })).toMatchObject({ description: 'Long' })
    expect(await store.update(id, { description: null })).toMatchObject({ description: null })
  })

  test('update() and delete() do nothing to a version that was not named', async () => {
    const { id } = await store.create({ title: 'Task' })
    await expect(store.update(id, { title: 'New' }, [2])).rejects.toMatchObject({ code: 'ERR_TASK_VERSION' })
    await expect(store.update(id, { title: 'New' }, [])).rejects.toMatchObject({ code: 'ERR_TASK_VERSION' })
    await expect(store.delete(id, [7, 8])).rejects.toThrow('to version 1: read it again')
    expect(await store.get(id)).toMatchObject({ title: 'Task', version: 1 })

    expect(await store.update(id, { title: 'New' }, [7, 1])).toMatchObject({ title: 'New', version: 2 })
    await store.delete(id, [2])
    await expect(store.get(id)).rejects.toThrow('Cannot find task')
  })

  test('update() lets one of many with the same version win', async () => {
    const { id } = await store.create({ title: 'Task' })
    const results = await Promise.allSettled(
      Array.from({ length: 20 }, (_, n) => store.update(id, { title: `By ${n}` }, [1])),
    )
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    expect(await store.get(id)).toMatchObject({ version: 2 })
  })

  test('list() gives pages, newest first', async () => {
    const ids: string[] = []
    for (const title of ['One', 'Two', 'Three']) ids.unshift((await store.create({ title })).id)
    const page = await store.list(2)
    expect([page.items.map(({ id }) => id), page.hasMore]).toEqual([ids.slice(0, 2), true])
    const rest = await store.list(2, ids[1])
    expect([rest.items.map(({ id }) => id), rest.hasMore]).toEqual([ids.slice(2), false])
    expect(await store.list(3)).toMatchObject({ hasMore: false })
    expect(await store.list(2, ids[2])).toEqual({ items: [], hasMore: false })
  })

  test('list() gives the tasks of one board, also of one that is not there', async () => {
    const { id } = await store.create({ title: 'One', board: 'a' })
    const other = await store.create({ title: 'Two', board: 'b' })
    expect((await store.list(1, undefined, { board: 'a' })).items.map((task) => task.id)).toEqual([id])
    expect(await store.update(id, { board: 'b' })).toMatchObject({ title: 'One', board: 'b', version: 2 })
    expect(await store.list(20, undefined, { board: 'a' })).toEqual({ items: [], hasMore: false })
    expect(await store.list(1, undefined, { board: 'b' })).toEqual({ items: [other], hasMore: true })
    expect((await store.list(1, other.id, { board: 'b' })).items.map((task) => task.id)).toEqual([id])
    expect(await store.delete(other.id)).toEqual(other)
  })

  test('list() visits each task that is there throughout once, in order, whatever comes and goes meanwhile', async () => {
    const step = fc.record({
      limit: fc.integer({ min: 1, max: 4 }),
      added: fc.nat(2),
      deleted: fc.array(fc.nat(20), { maxLength: 2 }),
    })
    await fc.assert(
      fc.asyncProperty(fc.nat(9), fc.array(step, { minLength: 10, maxLength: 10 }), async (size, steps) => {
        await run('truncate tasks')
        const there = new Set<string>()
        const add = async (): Promise<unknown> => there.add((await store.create({ title: 'Task' })).id)
        for (let n = 0; n < size; n++) await add()
        const throughout = new Set(there)
        const seen: string[] = []
        for (const { limit, added, deleted } of steps) {
          const { items, hasMore } = await store.list(limit, seen.at(-1))
          for (const { id } of items) expect(there).toContain(id)
          seen.push(...items.map(({ id }) => id))
          if (!hasMore) break
          for (let n = 0; n < added; n++) await add()
          for (const index of deleted) {
            const id = [...there][index]
            if (id === undefined) continue
            await store.delete(id)
            there.delete(id)
            throughout.delete(id)
          }
        }
        expect(seen).toEqual([...new Set(seen)].sort().reverse())
        expect(seen).toEqual(expect.arrayContaining([...throughout]))
      }),
      { numRuns: 12 * Number(process.env.SOAK ?? 1) },
    )
  })

  test('list() reads pages through the index', async () => {
    await run(`insert into tasks (id, title, status, priority)
      select gen_random_uuid(), 'Task', 'open', 'normal' from generate_series(1, 2000)`)
    await run('analyze tasks')
    const middle = `'7fffffff-ffff-ffff-ffff-ffffffffffff'`
    for (const before of [`'ffffffff-ffff-ffff-ffff-ffffffffffff'`, middle]) {
      expect(await planOf(LIST.text, before, '21')).toContain('Index Scan Backward using tasks_pkey')
    }
    await run(`update tasks set board = 'b' || left(id::text, 1)`)
    await run('analyze tasks')
    expect(await planOf(LIST_BOARD.text, middle, '21', `'b7'`)).toContain('Index Scan Backward using tasks_by_board')
  })
}
