import { setTimeout as sleep } from 'node:timers/promises'
import { usePostgres } from '@breakwater/testing/services'
import { describe, expect, test } from 'vitest'
import { copyCluster } from './support/cluster.ts'
import { createFolder } from './support/folders.ts'
import { type End, startServer } from './support/server.ts'

const CLIENTS = 8
/** How often each server is killed. `KILLS=50` looks longer. */
const KILLS = Number(process.env.KILLS ?? 2)
const LIMIT_MS = 30_000 + KILLS * 15_000

interface Task {
  readonly id: string
  readonly title: string
}

test(
  'no acknowledged task is lost when the server is killed, with the embedded database',
  async () => {
    const DATA_DIR = await createFolder()
    await copyCluster(DATA_DIR)
    const { stdout } = await expectDurable({ DATA_DIR })
    // What a busy machine makes it say is not of interest.
    expect(stdout.split('\n').filter((line) => !/^(Pressure:|GET|POST) /.test(line))).toEqual([
      expect.stringMatching(/^The task server listens on http:\/\/127\.0\.0\.1:\d+$/),
      `Tasks are kept in ${DATA_DIR} (PostgreSQL embedded in this process)`,
      '',
    ])
  },
  LIMIT_MS,
)

describe('on a PostgreSQL server', () => {
  const postgres = usePostgres({ own: true })

  test(
    'no acknowledged task is lost when the server is killed',
    async () => {
      await expectDurable({ DATABASE_URL: await postgres.createDatabase() })
    },
    LIMIT_MS,
  )

  test(
    'no acknowledged task is lost when PostgreSQL is killed, and the server goes on when it is back',
    async () => {
      const { listening, end } = startServer({ DATABASE_URL: await postgres.createDatabase(), MAX_TASKS: '100000' })
      const url = await listening
      const acknowledged = new Map<string, string>()
      const load = createLoad(url, acknowledged)
      await expect.poll(() => acknowledged.size, { timeout: 10_000 }).toBeGreaterThan(20)
      await postgres.kill()
      await expect.poll(() => health(url), { timeout: 10_000 }).toBe(503)
      const answer = await fetch(`${url}/api/v1/tasks`)
      expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '1'])
      expect(await answer.json()).toMatchObject({ type: '/problems/database-unavailable' })

      await postgres.restart()
      await expect.poll(() => health(url), { timeout: 10_000 }).toBe(200)
      const before = acknowledged.size
      await expect.poll(() => acknowledged.size, { timeout: 10_000 }).toBeGreaterThan(before)
      load.stop()
      await load.done
      await expectAll(url, acknowledged)
      const { code, stdout, stderr } = await end('SIGTERM')
      expect(code).toBe(0)
      expect(stdout).toContain('The database is back')
      // However many requests were refused. That the machine is busy with other tests is no matter of this one.
      const told = stderr.replaceAll(/^Health: "(cpu|responses)" is (degraded|unhealthy): .+\n/gm, '')
      expect(told.split('\n').length).toBeLessThan(10)
      expect(told).toMatch(/circuit breaker refuses calls\. It opened as 5 calls in a row failed\. .+ The latest: \w+/)
      expect(told).toMatch(
        /^((The database cannot be reached|No answer came from .+|Health: "(database|tasks)" is unhealthy): .+\n|The database's circuit breaker .+\n)+$/,
      )
    },
    LIMIT_MS,
  )

  test(
    'a PostgreSQL that hangs is told within its limits',
    async () => {
      const { listening } = startServer({ DATABASE_URL: await postgres.createDatabase() })
      const url = await listening
      await fetch(`${url}/api/v1/tasks`)
      await postgres.pause()
      try {
        await expect.poll(() => health(url), { timeout: 10_000 }).toBe(503)
        const startedAtMs = performance.now()
        // What was read is there; what was not is not.
        expect((await fetch(`${url}/api/v1/tasks`)).status).toBe(200)
        expect([503, 504]).toContain((await fetch(`${url}/api/v1/tasks?limit=7`)).status)
        expect(performance.now() - startedAtMs).toBeLessThan(6_000)
      } finally {
        await postgres.resume()
      }
      await expect.poll(() => health(url), { timeout: 10_000 }).toBe(200)
    },
    LIMIT_MS,
  )
})

/** Kills the server at a random moment under load, again and again: every task that was answered must be there. */
async function expectDurable(variables: Record<string, string>): Promise<End> {
  const acknowledged = new Map<string, string>()
  for (let kill = 0; kill < KILLS; kill++) {
    const server = startServer({ ...variables, MAX_TASKS: '100000' })
    const url = await server.listening
    await expectAll(url, acknowledged)
    const before = acknowledged.size
    const load = createLoad(url, acknowledged)
    await expect.poll(() => acknowledged.size, { timeout: 10_000, interval: 5 }).toBeGreaterThan(before + 20)
    await sleep(Math.random() * 300)
    await server.end('SIGKILL')
    load.stop()
    await load.done
  }
  const last = startServer(variables)
  await expectAll(await last.listening, acknowledged)
  if (variables.DATA_DIR !== undefined) {
    const { code, stderr } = await startServer(variables).ended
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(/^task-server: .+ as another process uses it: see DATA_DIR\n$/),
    ])
  }
  const end = await last.end('SIGTERM')
  expect(end).toMatchObject({ code: 0, stderr: '' })
  return end
}

/** Clients that create tasks as fast as they are answered, and note what was. */
function createLoad(url: string, acknowledged: Map<string, string>): { stop(): void; readonly done: Promise<unknown> } {
  let isStopped = false
  async function run(client: number): Promise<void> {
    for (let n = 0; !isStopped; n++) {
      const title = `Task ${n} of ${client}`
      try {
        const answer = await fetch(`${url}/api/v1/tasks`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ title }),
        })
        if (answer.status === 201) acknowledged.set(((await answer.json()) as Task).id, title)
        else await sleep(20)
      } catch {
        await sleep(20)
      }
    }
  }
  return {
    stop() {
      isStopped = true
    },
    done: Promise.all(Array.from({ length: CLIENTS }, (_, client) => run(client))),
  }
}

async function expectAll(url: string, acknowledged: ReadonlyMap<string, string>): Promise<void> {
  const found = new Map<string, string>()
  let cursor: string | null = ''
  while (cursor !== null) {
    const answer: Response = await fetch(`${url}/api/v1/tasks?limit=100${cursor && `&cursor=${cursor}`}`)
    const page = (await answer.json()) as { items: Task[]; nextCursor: string | null }
    for (const { id, title } of page.items) found.set(id, title)
    cursor = page.nextCursor
  }
  expect([...acknowledged].filter(([id, title]) => found.get(id) !== title)).toEqual([])
}

async function health(url: string): Promise<number> {
  return (await fetch(`${url}/health`)).status
}
