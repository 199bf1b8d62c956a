// One server that is going to be overloaded, in a process of its own: node server-process.ts <ServerTask as JSON>
import { pathToFileURL } from 'node:url'
import { type FastifyInstance, fastify } from 'fastify'
import { Pool } from 'pg'
import { listen } from '../load/listen.ts'
import type { ServerStart } from '../load/servers.ts'
import { POOL_SIZE, toKind } from './kinds.ts'
import type { ServerState, ServerTask } from './messages.ts'
import type { Mount, Mounted } from './subject.ts'
import { burn } from './work.ts'

const task = JSON.parse(process.argv[2] ?? '') as ServerTask
const { name, cpuMs, queryMs } = toKind(task.kind)
const LIFETIME_MS = 3_600_000
const ANSWER = { id: 7, title: 'Water the plants', done: false }

let busy = 0

function createHandler(): () => Promise<typeof ANSWER> {
  const steps = Math.round(cpuMs * task.stepsPerMs)
  const pool = queryMs > 0 ? createPool() : undefined
  const text = `select pg_sleep(${queryMs / 1000})`
  return async () => {
    busy++
    try {
      // With a query in between, as a handler reads its input first and writes its answer last.
      burn(pool === undefined ? steps : steps / 2)
      if (pool === undefined) return ANSWER
      await pool.query(text)
      burn(steps / 2)
      return ANSWER
    } finally {
      busy--
    }
  }
}

function createPool(): Pool {
  const pool = new Pool({ connectionString: task.databaseUrl, max: POOL_SIZE, idleTimeoutMillis: 0 })
  pool.on('error', () => {}) // the queries fail as well
  return pool
}

async function serve(): Promise<{ readonly port: number; readonly mounted: Mounted }> {
  const app: FastifyInstance = fastify({ logger: false })
  const { mount } = (await import(pathToFileURL(task.script).href)) as { mount: Mount }
  const mounted = await mount(app, name)
  app.get('/tasks/:id', createHandler())
  await app.ready()
  return { port: await listen(app.server), mounted }
}

const { port, mounted } = await serve().catch((error: Error) => {
  process.send?.({ error: error.message } satisfies ServerStart, () => process.exit(1))
  return new Promise<never>(() => {})
})

process.on('message', (question) => {
  const { user, system } = process.cpuUsage()
  const state: ServerState = { busy, cpuMs: (user + system) / 1000 }
  process.send?.(question === 'report' ? { ...state, report: mounted.report?.() } : state)
})
process.on('disconnect', () => process.exit())
setTimeout(() => process.exit(1), LIFETIME_MS).unref()
process.send?.({ port } satisfies ServerStart)
