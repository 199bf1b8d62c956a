import assert from 'node:assert/strict'

interface Task {
  readonly id: string
  readonly title: string
  readonly isDone: boolean
}

const rows = new Map<string, Task>([['7', { id: '7', title: 'Check the moorings', isDone: false }]])
let reads = 0
const db = {
  find: async (id: string) => {
    reads++
    return rows.get(id) ?? null
  },
  list: async () => {
    reads++
    return [...rows.values()]
  },
  update: async (id: string, changes: Partial<Task>) => {
    const task = { ...(rows.get(id) as Task), ...changes }
    rows.set(id, task)
    return task
  },
}
const log = (line: string): void => void lines.push(line)
const lines: string[] = []

// #region
import { createCache } from '@breakwater/cache'
import { createMemoryStore } from '@breakwater/cache/memory'
import { createRedisTier } from '@breakwater/cache/redis'
import { Redis } from 'ioredis'

const redis = new Redis(process.env.REDIS_URL ?? 'redis://127.0.0.1:6379')
redis.on('error', (error) => log(`redis: ${error.message}`))

// Once per process. What a key holds is in its type.
const cache = createCache<{ [key: `task:${string}`]: Task | null; 'tasks:open': Task[] }>({
  name: 'tasks',
  memory: createMemoryStore({ maxEntries: 10_000 }),
  shared: createRedisTier(redis), // leave it out, and it is a cache of this process alone
  ttlMs: 60_000,
  graceMs: 600_000, // a stale task rather than an error while the database is down
})

function findTask(id: string): Promise<Task | null> {
  return cache.getOrSet(`task:${id}`, () => db.find(id))
}

function listOpenTasks(): Promise<Task[]> {
  return cache.getOrSet('tasks:open', () => db.list(), { tags: ['lists'] })
}

async function updateTask(id: string, changes: Partial<Task>): Promise<Task> {
  const task = await db.update(id, changes) // first the source …
  await cache.invalidate({ keys: [`task:${id}`], tags: ['lists'] }) // … then the cache, in one step
  return task
}

async function stop(): Promise<void> {
  await cache.close()
  redis.disconnect()
}
// #endregion

cache.subscribe(() => {})
await cache.clear()
assert.equal((await findTask('7'))?.isDone, false)
assert.equal((await listOpenTasks()).length, 1)
assert.equal(await findTask('8'), null)
assert.equal(reads, 3)
await findTask('7')
await findTask('8')
assert.equal(reads, 3)
await updateTask('7', { isDone: true })
assert.equal((await findTask('7'))?.isDone, true)
assert.equal((await listOpenTasks())[0]?.isDone, true)
assert.equal(reads, 5)
await stop()
