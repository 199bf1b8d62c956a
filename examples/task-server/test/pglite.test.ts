import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createManualClock } from '@breakwater/core/testing'
import { beforeAll, expect, test, vi } from 'vitest'
import { takeDataDirectory } from '../src/database/data-directory.ts'
import type { Database } from '../src/database/database.ts'
import { DurableFS } from '../src/database/durable-fs.ts'
import { guardDatabase } from '../src/database/guarded.ts'
import { openPglite } from '../src/database/pglite.ts'
import { copyCluster } from './support/cluster.ts'
import { createFolder } from './support/folders.ts'

const clock = createManualClock()
let directory: string
let database: Database

beforeAll(async () => {
  directory = await createFolder()
  await copyCluster(directory)
  database = await openPglite(directory, clock)
  await database.transaction(({ run }) => run('create table kept (n integer)'))
}, 60_000)

function query<row>(text: string, values?: readonly unknown[]): Promise<readonly row[]> {
  return database.query({ name: text, text }, values)
}

test('query() has what it changed on the disk before it answers', async () => {
  const sync = vi.spyOn(DurableFS.prototype, 'sync')
  await query('select n from kept')
  expect(sync).not.toHaveBeenCalled()
  await query('insert into kept values ($1)', [0])
  expect(sync).toHaveBeenCalled()
  sync.mockRestore()
})

test('query() is refused at once when too many wait already', async () => {
  const guarded = guardDatabase(database)
  const asked = Array.from({ length: 1_011 }, () => guarded.query({ name: 'select 1', text: 'select 1' }))
  const results = await Promise.allSettled(asked)
  const refusals = results.filter((result) => result.status === 'rejected').map(({ reason }) => reason.code)
  expect(refusals).toEqual(Array(10).fill('ERR_BULKHEAD_FULL'))
})

test("query() passes a mistake of the caller's through", async () => {
  await expect(query('select nonsense')).rejects.toMatchObject({ code: '42703' })
})

test('transaction() happens as a whole or not at all', async () => {
  const failed = database.transaction(async ({ run }) => {
    await run('insert into kept values (1); insert into kept values (2)')
    throw new Error('changed my mind')
  })
  await expect(failed).rejects.toThrow('changed my mind')
  expect(await query('select n from kept where n > 0')).toEqual([])
})

test('it cleans up after a minute in which something changed', async () => {
  await query('update kept set n = 0')
  const state = async (): Promise<unknown> =>
    (
      await query('select redo_lsn, (select relpages from pg_class where relname = $1) from pg_control_checkpoint()', [
        'kept',
      ])
    )[0]
  const before = await state()
  clock.advance(59_999)
  expect(await state()).toEqual(before)
  clock.advance(1)
  await expect.poll(state).not.toEqual(before)

  const after = await state()
  clock.advance(60_000)
  await query('select 1')
  expect(await state()).toEqual(after)

  await query('update kept set n = 0')
  clock.advance(60_000)
  await expect.poll(state).not.toEqual(after)
})

test('close() gives the data directory up', async () => {
  expect(() => takeDataDirectory(directory)).toThrow('another process uses it')
  await database.close()
  takeDataDirectory(directory)()
})

test('openPglite() refuses a folder with another database in it', async () => {
  const other = await createFolder()
  await mkdir(join(other, 'postgres'))
  await writeFile(join(other, 'postgres', 'PG_VERSION'), '9\n')
  await expect(openPglite(other)).rejects.toThrow(new RegExp(`^Cannot use the data directory ${other} as .+$`))
  takeDataDirectory(other)()
})
