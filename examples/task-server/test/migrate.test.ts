import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { usePostgres } from '@breakwater/testing/services'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import type { Database } from '../src/database/database.ts'
import { migrate } from '../src/database/migrate.ts'
import { openPostgres } from '../src/database/postgres.ts'
import { createFolder } from './support/folders.ts'

const postgres = usePostgres()
let url: string
let database: Database
let folder: string

beforeEach(async () => {
  url = await postgres.createDatabase()
  database = await openPostgres(url)
  onTestFinished(() => database.close())
  folder = await createFolder()
})

function write(name: string, sql: string): Promise<void> {
  return writeFile(join(folder, name), sql)
}

async function tables(): Promise<readonly string[]> {
  const text = `select tablename from pg_tables where schemaname = 'public' order by 1`
  return (await database.query<{ tablename: string }>({ name: 'tables', text })).map(({ tablename }) => tablename)
}

test('migrate() makes the tables, and does nothing the second time', async () => {
  await migrate(database)
  const made = ['boards', 'database_identity', 'task_changes', 'task_count', 'task_server_migrations', 'tasks']
  expect(await tables()).toEqual(made)
  await migrate(database)
  expect(await tables()).toEqual(made)
})

test('migrate() goes on where it was', async () => {
  await write('001.do.first.sql', 'create table first ()')
  await migrate(database, folder)
  await write('002.do.second.sql', 'create table second ()')
  await write('003.do.third.sql', 'create table third (); create index on third ((1))')
  await migrate(database, folder)
  expect(await tables()).toEqual(['first', 'second', 'task_server_migrations', 'third'])
})

test('migrate() leaves nothing of a migration that fails, nor of those before it', async () => {
  await write('001.do.first.sql', 'create table first ()')
  await write('002.do.second.sql', 'create table second (); select nonsense')
  await expect(migrate(database, folder)).rejects.toThrow(
    /^Cannot migrate PostgreSQL at .+ as column "nonsense" does not exist$/,
  )
  expect(await tables()).toEqual([])
})

test('migrate() refuses tables that are newer than the code, and leaves them', async () => {
  await write('001.do.first.sql', 'create table first ()')
  await write('002.do.second.sql', 'create table second ()')
  await migrate(database, folder)
  const older = await createFolder()
  await writeFile(join(older, '001.do.first.sql'), 'create table first ()')
  await expect(migrate(database, older)).rejects.toThrow(
    /as its tables are of version 2, and this code knows 1: run the code that is newer$/,
  )
  expect(await tables()).toContain('second')
})

test('migrate() refuses a migration that was changed after it ran, but for its line ends', async () => {
  await write('001.do.first.sql', 'create table first\n()')
  await migrate(database, folder)
  await write('001.do.first.sql', 'create table first\r\n()')
  await migrate(database, folder)
  await write('001.do.first.sql', 'create table first\n(n integer)')
  await expect(migrate(database, folder)).rejects.toThrow(/as MD5 checksum failed for migration \[1\]$/)
})

test('migrate() refuses a folder without migrations', async () => {
  await expect(migrate(database, folder)).rejects.toThrow(`as there are no migrations in ${folder}`)
})

test('migrate() finds its folder whatever the characters of its path', async () => {
  folder = join(folder, 'a [b] {c} (d)! *')
  await mkdir(folder)
  await write('001.do.first.sql', 'create table first ()')
  await migrate(database, folder)
  expect(await tables()).toContain('first')
})

test('migrate() lets one of many migrate, and the others wait for it', async () => {
  await write('001.do.first.sql', 'create table first (); select pg_sleep(0.2)')
  const others = await Promise.all(Array.from({ length: 3 }, () => openPostgres(url)))
  await Promise.all([database, ...others].map((each) => migrate(each, folder)))
  await Promise.all(others.map((each) => each.close()))
  expect(await tables()).toEqual(['first', 'task_server_migrations'])
})

test('migrate() keeps to the schema it is connected to, whatever others hold', async () => {
  await migrate(database)
  await database.transaction(({ run }) => run('create schema other'))
  const inOther = new URL(url)
  inOther.searchParams.set('options', '-c search_path=other')
  const other = await openPostgres(inOther.href)
  onTestFinished(() => other.close())
  await migrate(other)
  const text = `select tablename from pg_tables where schemaname = 'other' order by 1`
  const made = await other.query<{ tablename: string }>({ name: 'other', text })
  expect(made.map(({ tablename }) => tablename)).toEqual([
    'boards',
    'database_identity',
    'task_changes',
    'task_count',
    'task_server_migrations',
    'tasks',
  ])
})
