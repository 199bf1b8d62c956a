import { once } from 'node:events'
import { Agent, request } from 'node:http'
import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { usePostgres } from '@breakwater/testing/services'
import pg from 'pg'
import { expect, test } from 'vitest'
import { startServer } from './support/server.ts'

const postgres = usePostgres()

/** Lets requests that change tasks wait in the database until it is told to let them go, and knows how many wait. */
async function holdTasks(url: string): Promise<{ waiting(): Promise<number>; letGo(): Promise<void> }> {
  const client = new pg.Client(url)
  await client.connect()
  await client.query('begin; lock table tasks in exclusive mode')
  return {
    async waiting() {
      const { rows } = await client.query(
        'select count(*)::integer as count from pg_locks where relation = $1::regclass and not granted',
        ['tasks'],
      )
      return rows[0].count
    },
    letGo: () => client.end(),
  }
}

/** Sends the beginning of a request, whose end never comes. The server has it: it said so. */
async function beginRequest(url: string): Promise<Socket> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  socket.on('error', () => {})
  socket.write(
    'POST /api/v1/tasks HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{',
  )
  const [answer] = await once(socket, 'data')
  expect(String(answer)).toContain('100 Continue')
  return socket
}

function isServing(url: string): Promise<boolean> {
  return fetch(url).then(
    () => true,
    () => false,
  )
}

function create(url: string, agent: Agent): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json' }
    const outgoing = request(`${url}/api/v1/tasks`, { method: 'POST', agent, headers }, (answer) => {
      answer.resume().on('end', () => resolve(answer.statusCode ?? 0))
    })
    outgoing.on('error', reject).end('{"title":"Task"}')
  })
}

test.concurrent('SIGTERM lets running requests finish, then ends with 0, whatever connections stay open', async ({
  expect,
}) => {
  const DATABASE_URL = await postgres.createDatabase()
  const server = startServer({ DATABASE_URL })
  const url = await server.listening
  const agent = new Agent({ keepAlive: true })
  await create(url, agent)
  const idle = connect(Number(new URL(url).port), '127.0.0.1')
  await once(idle, 'connect')

  const tasks = await holdTasks(DATABASE_URL)
  const running = Array.from({ length: 5 }, () => create(url, agent))
  await expect.poll(() => tasks.waiting(), { timeout: 10_000 }).toBe(5)
  const end = server.end('SIGTERM')
  await expect.poll(() => isServing(url), { timeout: 10_000 }).toBe(false)
  await tasks.letGo()
  expect(await Promise.all(running)).toEqual(Array(5).fill(201))
  expect(await end).toMatchObject({ code: 0, stderr: '' })
  idle.destroy()
  agent.destroy()
})

test.concurrent('SIGTERM under load loses no request that was answered', async ({ expect }) => {
  const DATABASE_URL = await postgres.createDatabase()
  const server = startServer({ DATABASE_URL, MAX_TASKS: '100000' })
  const url = await server.listening
  const agent = new Agent({ keepAlive: true })
  let created = 0
  let ended = false
  const clients = Array.from({ length: 8 }, async () => {
    while (!ended) {
      const status = await create(url, agent).catch(() => 0)
      if (status === 201) created++
      else expect(status).toBe(0)
    }
  })
  await expect.poll(() => created, { timeout: 10_000 }).toBeGreaterThan(50)
  expect(await server.end('SIGTERM')).toMatchObject({ code: 0, stderr: '' })
  ended = true
  await Promise.all(clients)
  agent.destroy()
  const client = new pg.Client(DATABASE_URL)
  await client.connect()
  const { rows } = await client.query('select count(*)::integer as count from tasks')
  await client.end()
  expect(rows[0].count).toBeGreaterThanOrEqual(created)
})

test.concurrent('a request that never ends is waited for, but not for ever, or until a second signal', async ({
  expect,
}) => {
  const urls = await Promise.all([postgres.createDatabase(), postgres.createDatabase()])
  const servers = urls.map((DATABASE_URL) => startServer({ DATABASE_URL }))
  const sockets = await Promise.all(servers.map(async ({ listening }) => beginRequest(await listening)))
  const [patient, impatient] = servers
  const signalledAtMs = performance.now()
  const patientEnd = patient?.end('SIGTERM')
  impatient?.process.kill('SIGTERM')
  // Two signals at once may be one to the process.
  const impatientUrl = (await impatient?.listening) ?? ''
  await expect.poll(() => isServing(impatientUrl), { timeout: 2_000 }).toBe(false)
  await sleep(110) // the same signal again within 100 ms is an echo
  expect(await impatient?.end('SIGTERM')).toMatchObject({ code: 143, stderr: '' })
  expect(performance.now() - signalledAtMs).toBeLessThan(3_000)

  const stderr = 'task-server: Cannot answer 1 request within the time for stopping: cut short\n'
  expect(await patientEnd).toMatchObject({ code: 70, stderr })
  // The last quarter of the 8 s is for closing.
  expect(performance.now() - signalledAtMs).toBeGreaterThan(5_990)
  expect(performance.now() - signalledAtMs).toBeLessThan(9_000)
  for (const socket of sockets) socket.destroy()
}, 30_000)

test.concurrent('SIGTERM before it listens ends it in order', async () => {
  const server = startServer({ DATABASE_URL: await postgres.createDatabase() })
  await sleep(400)
  const { code, signal } = await server.end('SIGTERM')
  expect([0, null]).toContain(code)
  expect(signal === null || signal === 'SIGTERM').toBe(true)
})
