import { createManualClock } from '@breakwater/core/testing'
import { usePostgres, useRedis } from '@breakwater/testing/services'
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { openRedis } from '../src/cache/redis.ts'
import { guardDatabase } from '../src/database/guarded.ts'
import { migrate } from '../src/database/migrate.ts'
import { openPostgres } from '../src/database/postgres.ts'
import { announceChanges } from '../src/live/announced-store.ts'
import type { BoardChange, BoardListener } from '../src/live/board-feed.ts'
import { createBoardFeeds, type LiveBoards } from '../src/live/board-feeds.ts'
import { type BoardHistory, createBoardHistory } from '../src/live/board-history.ts'
import type { LiveEvent } from '../src/live/events.ts'
import { type Hints, NO_HINTS } from '../src/live/hints.ts'
import { createPostgresHints } from '../src/live/postgres-hints.ts'
import { createRedisHints } from '../src/live/redis-hints.ts'
import type { Task } from '../src/tasks/schema.ts'
import { createTaskStore, type TaskStore } from '../src/tasks/store.ts'
import { openEmbedded } from './support/databases.ts'
import { byId, NOTHING, type Replica, replay } from './support/replay.ts'

const postgres = usePostgres({ own: true })
const redis = useRedis({ own: true })
const SLOW = { timeout: 15_000, interval: 10 }

/** Knows a board from what it is told. */
class Client implements BoardListener {
  replica: Replica = NOTHING
  snapshots = 0
  delays = 0
  #parts: Task[] = []

  snapshot(version: number, tasks: readonly Task[], isLast: boolean): void {
    this.#parts.push(...tasks)
    if (!isLast) return
    this.replica = { version, tasks: byId(this.#parts) }
    this.#parts = []
    this.snapshots++
  }
  changes(changes: readonly BoardChange[]): void {
    this.replica = replay(this.replica, changes)
  }
  delayed(): void {
    this.delays++
  }
  get titles(): readonly string[] {
    return [...this.replica.tasks.values()].map(({ title }) => title)
  }
}

/** A process, as far as boards are concerned. */
interface Instance {
  readonly store: TaskStore
  readonly history: BoardHistory
  readonly events: LiveEvent[]
  /** Follows a board from now on, and knows it. */
  follow(board: string): Promise<Client>
}

/**
 * Starts one.
 *
 * @param url Its database.
 * @param hints What it hears from others.
 * @param isPatient Whether it never looks by itself: then it knows what it was told of, and nothing else.
 */
async function start(url: string, hints: Hints, isPatient: boolean): Promise<Instance> {
  const database = guardDatabase(await openPostgres(url))
  await migrate(database)
  const clock = isPatient ? { clock: createManualClock() } : {}
  const history = createBoardHistory(database)
  const boards = createBoardFeeds(history, { hints, ...clock })
  const events: LiveEvent[] = []
  boards.subscribe((event) => events.push(event))
  onTestFinished(async () => {
    await boards.close()
    await database.close()
  })
  return {
    history,
    store: announceChanges(createTaskStore(database, { maxTasks: 10_000 }), boards),
    events,
    async follow(board) {
      const client = new Client()
      boards.follow(board, undefined, client)
      await expect.poll(() => client.snapshots, SLOW).toBe(1)
      return client
    },
  }
}

/** Hints through Redis, on a connection of an instance's own. */
async function redisHints(databaseId: string): Promise<Hints> {
  const shared = await openRedis(redis.url)
  onTestFinished(() => shared.close())
  return createRedisHints(shared, databaseId)
}

const KINDS: readonly (readonly [name: string, create: (url: string) => Promise<Hints>])[] = [
  ['PostgreSQL', async (url) => createPostgresHints(url)],
  ['Redis', (url) => redisHints(url)],
]

/** Two that only know what they hear from each other. */
async function startTwo(
  create: (url: string) => Promise<Hints>,
): Promise<[one: Instance, other: Instance, url: string]> {
  const url = await postgres.createDatabase()
  return [await start(url, await create(url), true), await start(url, await create(url), true), url]
}

/** Hears what the first one is told of, so also what the other one changes now. */
async function hearsOf(one: Instance, other: Instance): Promise<Client> {
  const client = await one.follow('main')
  await expect
    .poll(async () => {
      await other.store.create({ title: 'Heard' })
      return client.titles
    }, SLOW)
    .toContain('Heard')
  return client
}

describe.each(KINDS)('through %s', (_, create) => {
  test('a change through one instance is told by the other, at once and without looking', async () => {
    const [one, other] = await startTwo(create)
    const clients = [await hearsOf(one, other), await one.follow('main'), await other.follow('main')]
    const { id } = await one.store.create({ title: 'First' })
    await other.store.update(id, { title: 'Changed' })
    await one.store.create({ title: 'Second', board: 'another' })
    await other.store.update(id, { board: 'another' })
    const { version } = await one.history.snapshot('main')
    for (const client of clients) await expect.poll(() => client.replica.version, SLOW).toBe(version)
    for (const { titles } of clients) expect(new Set(titles)).toEqual(new Set(['Heard']))
    const another = [await one.follow('another'), await other.follow('another')]
    for (const client of another) expect(client.titles.toSorted()).toEqual(['Changed', 'Second'])
    await other.store.delete(id)
    for (const client of another) await expect.poll(() => client.titles, SLOW).toEqual(['Second'])
    for (const client of [...clients, ...another]) expect(client.snapshots).toBe(1)
  })
})

test('a killed connection is made anew, and what was missed meanwhile is told', async () => {
  const [one, other, url] = await startTwo(async (at) => createPostgresHints(at))
  const client = await hearsOf(one, other)
  const beside = await openPostgres(url, { maxConnections: 1 })
  onTestFinished(() => beside.close())
  const text = `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'task-server-live'`
  await beside.query({ name: 'kill', text })
  await other.store.create({ title: 'Missed' })
  await expect.poll(() => client.titles, SLOW).toContain('Missed')
  await other.store.create({ title: 'After' })
  await expect.poll(() => client.titles, SLOW).toContain('After')
  expect(client.snapshots).toBe(1)
  expect(one.events.map(({ type }) => type)).toEqual(['hints:failed', 'hints:recovered'])
})

test('while Redis is away changes are told all the same, and at once when it is back', async () => {
  const url = await postgres.createDatabase()
  const [one, patient, other] = [
    await start(url, await redisHints(url), false),
    await start(url, await redisHints(url), true),
    await start(url, await redisHints(url), true),
  ]
  const clients = [await hearsOf(one, other), await hearsOf(patient, other)]
  await redis.kill()
  try {
    for (const { events } of [one, patient]) await expect.poll(() => events.at(-1)?.type, SLOW).toBe('hints:failed')
    await other.store.create({ title: 'Missed' })
    await expect.poll(() => clients[0]?.titles, SLOW).toContain('Missed')
  } finally {
    await redis.restart()
  }
  await expect.poll(() => clients[1]?.titles, SLOW).toContain('Missed')
  expect(patient.events.map(({ type }) => type)).toEqual(['hints:failed', 'hints:recovered'])
  // The one that changes has to have Redis again, too.
  await expect
    .poll(async () => {
      await other.store.create({ title: 'After' })
      return clients[1]?.titles
    }, SLOW)
    .toContain('After')
  for (const { snapshots, delays } of clients) expect([snapshots, delays]).toEqual([1, 0])
}, 60_000)

test('while PostgreSQL hangs followers are told so, and then what they missed', async () => {
  const url = await postgres.createDatabase()
  const one = await start(url, createPostgresHints(url), false)
  const client = await one.follow('main')
  await one.store.create({ title: 'Before' })
  await expect.poll(() => client.titles, SLOW).toEqual(['Before'])
  await postgres.pause()
  try {
    await expect.poll(() => client.delays, SLOW).toBe(1)
  } finally {
    await postgres.resume()
  }
  await expect.poll(() => one.store.create({ title: 'After' }).catch(() => undefined), SLOW).toBeDefined()
  await expect.poll(() => client.titles, SLOW).toEqual(['Before', 'After'])
  expect(client.snapshots).toBe(1)
}, 60_000)

describe('with the embedded PostgreSQL', () => {
  let instance: { readonly store: TaskStore; readonly boards: LiveBoards }
  beforeAll(async () => {
    const database = guardDatabase(await openEmbedded())
    const boards = createBoardFeeds(createBoardHistory(database), { hints: NO_HINTS, clock: createManualClock() })
    instance = { boards, store: announceChanges(createTaskStore(database, { maxTasks: 10 }), boards) }
    return async () => {
      await boards.close()
      await database.close()
    }
  }, 60_000)

  test('a change is told at once', async () => {
    const { boards, store } = instance
    const main = new Client()
    const other = new Client()
    boards.follow('main', undefined, main)
    boards.follow('other', undefined, other)
    await expect.poll(() => [main.snapshots, other.snapshots], SLOW).toEqual([1, 1])
    const { id } = await store.create({ title: 'Task', description: '"\\ 🎉' })
    await expect.poll(() => [...main.replica.tasks.values()], SLOW).toEqual([await store.get(id)])
    const moved = await store.update(id, { board: 'other' })
    await expect.poll(() => [...other.replica.tasks.values()], SLOW).toEqual([moved])
    await expect.poll(() => main.titles, SLOW).toEqual([])
    await store.delete(id)
    await expect.poll(() => other.titles, SLOW).toEqual([])
    expect([main.snapshots, other.snapshots]).toEqual([1, 1])
  })
})
