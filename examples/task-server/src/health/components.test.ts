import { createHealth, type Health } from '@breakwater/health'
import { expect, onTestFinished, test } from 'vitest'
import { createTaskCache } from '../cache/task-cache.ts'
import type { Database } from '../database/database.ts'
import { guardDatabase } from '../database/guarded.ts'
import { addComponents } from './components.ts'

const PLACES = { dataDirectory: import.meta.dirname, databaseUrl: undefined, maxTasks: 100 }
const away = (): Promise<never> => Promise.reject(new Error('away'))

function create(
  query: Database['query'],
  { databaseUrl, stop = { isStopping: false } }: { databaseUrl?: string; stop?: { isStopping: boolean } } = {},
): Health {
  const database: Database = { description: '', maxConcurrent: 2, query, transaction: away, close: async () => {} }
  const health = createHealth({ cacheMs: 60_000 })
  const environment = { ...PLACES, databaseUrl }
  addComponents(health, { environment, database: guardDatabase(database), cache: createTaskCache(), stop })
  onTestFinished(() => health.close())
  return health
}

function answering(count: number): Database['query'] {
  return async <row>() => [{ count }] as unknown as readonly row[]
}

async function statusesOf(health: Health): Promise<unknown> {
  const { checks } = await health.check()
  return Object.fromEntries(checks.map(({ name, status }) => [name, status]))
}

test('addComponents() adds the disk for an embedded database alone', async () => {
  const others = { shutdown: 'healthy', database: 'healthy', tasks: 'healthy', cache: 'healthy' }
  expect(await statusesOf(create(answering(0)))).toEqual({ ...others, disk: 'healthy' })
  expect(await statusesOf(create(answering(0), { databaseUrl: 'postgres://h/db' }))).toEqual(others)
})

test('addComponents() lets the next probe see that the process stops', async () => {
  const stop = { isStopping: false }
  const health = create(answering(0), { stop })
  expect((await health.check('ready')).status).toBe('healthy')
  stop.isStopping = true
  expect((await health.check('ready')).status).toBe('unhealthy')
  expect((await health.check('live')).status).toBe('healthy')
})

test.each([
  [94, 'healthy'],
  [95, 'degraded'],
  [100, 'degraded'],
])('addComponents() calls %i tasks of 100 %s, and never stops for it', async (count, status) => {
  const health = create(answering(count))
  expect(await statusesOf(health)).toMatchObject({ tasks: status })
  expect(health.report('ready').status).toBe(status)
})

test('addComponents() asks for tasks no more while the database is away', async () => {
  const health = create(away)
  await health.check()
  const { status, checks } = health.report('ready')
  expect([status, checks.find(({ name }) => name === 'tasks')?.cause]).toEqual([
    'unhealthy',
    'Because "database" is unhealthy',
  ])
})
