import { createRandom } from '@breakwater/testing/simulation'
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createApp } from '../src/app.ts'
import { createTaskCache } from '../src/cache/task-cache.ts'
import type { Database } from '../src/database/database.ts'
import { guardDatabase } from '../src/database/guarded.ts'
import { readEnvironment } from '../src/environment.ts'
import { openEmbedded } from './support/databases.ts'

const TASKS = '/api/v1/tasks'
const TASK_COUNT = 100
const CLIENTS = 10
const ADMIN_TOKEN = 'open-sesame/0123'

let database: Database
/** How often each statement was asked, by its name. */
let asked: Map<string, number>

beforeAll(async () => {
  const embedded = await openEmbedded()
  database = {
    ...embedded,
    query(statement, ...rest) {
      asked.set(statement.name, (asked.get(statement.name) ?? 0) + 1)
      return embedded.query(statement, ...rest)
    },
  }
}, 60_000)
afterAll(() => database?.close())

interface Load {
  /** Requests that read, and the hits that the cache counted among them. */
  readonly reads: number
  readonly hitRatio: number
  /** Statements that read tasks. */
  readonly statements: number
}

/**
 * The reference mix: 97 % reads, three in four of them of a task and the others of the first page; of the tasks, a few are asked
 * for most. Of the rest two in three change a task, and the others create and delete one.
 */
async function load(requests: number, seed: number): Promise<Load> {
  asked = new Map()
  const random = createRandom(seed)
  const environment = readEnvironment({ NODE_ENV: 'test', LOG_LEVEL: 'silent', MAX_TASKS: '10000' })
  await using cache = createTaskCache()
  await using app = await createApp(environment, guardDatabase(database), cache)
  const ids: string[] = []
  for (let n = 0; n < TASK_COUNT; n++) ids.push(await create(app, n))
  let left = requests
  let reads = 0

  async function step(): Promise<void> {
    const id = ids[Math.floor(TASK_COUNT * random() ** 2)] as string
    const dice = random()
    if (dice < 0.97) {
      reads++
      const { statusCode } = await app.inject(dice < 0.7275 ? `${TASKS}/${id}` : TASKS)
      expect(statusCode).toBe(200)
    } else if (dice < 0.99) {
      const { statusCode } = await app.inject({ method: 'PATCH', url: `${TASKS}/${id}`, payload: { status: 'done' } })
      expect(statusCode).toBe(200)
    } else {
      const { statusCode } = await app.inject({ method: 'DELETE', url: `${TASKS}/${await create(app, left)}` })
      expect(statusCode).toBe(204)
    }
  }

  await Promise.all(
    Array.from({ length: CLIENTS }, async () => {
      while (left-- > 0) await step()
    }),
  )
  const { hitRatio = 0 } = cache.hitWindow(60_000)
  return { reads, hitRatio, statements: (asked.get('task-get') ?? 0) + (asked.get('task-list') ?? 0) }
}

async function create(app: FastifyInstance, n: number): Promise<string> {
  const answer = await app.inject({ method: 'POST', url: TASKS, payload: { title: `Task ${n}` } })
  return answer.json().id
}

test('in the reference mix nine reads of ten are hits, and the database is asked a tenth of what it was', async () => {
  const { reads, hitRatio, statements } = await load(6_000, 1)
  console.info(`${reads} reads: hit ratio ${hitRatio.toFixed(3)}, ${statements} statements`)
  expect(hitRatio).toBeGreaterThan(0.9)
  expect(statements).toBeLessThan(0.1 * reads)
}, 60_000)

test('the same task and page over and over are read from the database once', async () => {
  asked = new Map()
  const environment = readEnvironment({ NODE_ENV: 'test', LOG_LEVEL: 'silent', ADMIN_TOKEN })
  await using cache = createTaskCache()
  await using app = await createApp(environment, guardDatabase(database), cache)
  const id = await create(app, 1)
  const urls = Array.from({ length: 200 }, (_, n) => (n % 2 === 0 ? `${TASKS}/${id}` : TASKS))
  const [first, second, ...others] = urls as [string, string, ...string[]]
  const answers = [await app.inject(first), await app.inject(second)]
  answers.push(...(await Promise.all(others.map((url) => app.inject(url)))))
  expect(new Set(answers.map(({ statusCode }) => statusCode))).toEqual(new Set([200]))
  expect([asked.get('task-get'), asked.get('task-list')]).toEqual([1, 1])
  const health = await app.inject({ url: '/health/detailed', headers: { authorization: `Bearer ${ADMIN_TOKEN}` } })
  expect(health.json().checks.cache.data).toEqual({ shared: 'none', hitRatio: 0.99 })
})
