import { usePostgres } from '@breakwater/testing/services'
import pg from 'pg'
import { test } from 'vitest'
import { LiveClient, type LiveRefusal } from './support/live-client.ts'
import { PRODUCTION, startServer } from './support/server.ts'

const postgres = usePostgres()
const JSON_TYPE = { 'content-type': 'application/json' }

async function change(url: string, path: string, method: string, body?: unknown): Promise<{ id: string }> {
  const init = body === undefined ? { method } : { method, headers: JSON_TYPE, body: JSON.stringify(body) }
  const answer = await fetch(`${url}/api/v1/tasks${path}`, init)
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status}`)
  return answer.status === 204 ? { id: '' } : ((await answer.json()) as { id: string })
}

test.concurrent('clients see what happens over HTTP and WebSocket, also what they missed, up to an end in order', async ({
  expect,
}) => {
  const DATABASE_URL = await postgres.createDatabase()
  const server = startServer({ ...PRODUCTION, DATABASE_URL })
  const url = await server.listening
  const origin = { origin: PRODUCTION.CORS_ORIGIN }
  const named = await fetch(`${url}/api/v1/session`, {
    method: 'PUT',
    headers: { ...JSON_TYPE, ...origin },
    body: '{"name":"Ada"}',
  })
  const cookie = named.headers.getSetCookie()[0]?.split(';')[0] ?? ''
  const [one, other] = [new LiveClient(url, { headers: { cookie, ...origin } }), new LiveClient(url)]
  await Promise.all([one.connect(), other.connect()])
  await one.until(() => one.welcome !== undefined)
  expect(one.welcome?.name).toBe('Ada')
  const [view, otherView] = [one.subscribe('main'), other.subscribe('main')]
  await Promise.all([one.until(() => view.snapshots === 1), other.until(() => otherView.snapshots === 1)])

  const { id } = await change(url, '', 'POST', { title: 'Over HTTP' })
  await Promise.all([one, other].map((client) => client.until(() => client.boards.get('main')?.tasks.has(id) === true)))
  const made = await one.request('create', { task: { title: 'Over WebSocket' } })
  expect(made.status).toBe(201)
  await other.until(() => otherView.tasks.size === 2)
  const { items } = (await (await fetch(`${url}/api/v1/tasks`)).json()) as { items: { id: string }[] }
  expect([...otherView.tasks.values()].toSorted((a, b) => (a.id < b.id ? 1 : -1))).toEqual(items)

  // It misses a few changes, and gets these.
  await other.cut()
  await change(url, `/${id}`, 'PATCH', { status: 'done' })
  await change(url, `/${id}`, 'DELETE')
  await other.connect()
  await other.until(() => otherView.tasks.size === 1)
  expect(otherView.snapshots).toBe(1)
  // It misses more than are kept, and gets a snapshot.
  await other.cut()
  const client = new pg.Client(DATABASE_URL)
  await client.connect()
  await client.query(
    `do $$ begin for n in 1..1001 loop update tasks set title = 'Title ' || n, version = version + 1; end loop; end $$`,
  )
  await client.end()
  await other.connect()
  await Promise.all([one, other].map((each) => each.until(() => each.boards.get('main')?.version === 1_005)))
  expect([otherView.snapshots, [...otherView.tasks.values()]]).toMatchObject([2, [{ title: 'Title 1001' }]])
  expect([...view.tasks.values()]).toEqual([...otherView.tasks.values()])

  const metrics = await (await fetch(`${url}/metrics`)).text()
  expect(metrics).toMatch(/^websocket_connections_active 2$/m)
  expect(metrics).toMatch(/^http_request_duration_seconds_count\{.*route="\/api\/v1\/live",status_code="101".*\} 4$/m)
  expect(metrics).toMatch(/^live_requests_total\{.*method="create",status_code="201".*\} 1$/m)

  await other.request('create', { task: { title: 'Last' } })
  await Promise.all([one, other].map((each) => each.until(() => each.boards.get('main')?.tasks.size === 2)))
  const end = server.end('SIGTERM')
  expect(await Promise.all([one.ended, other.ended])).toMatchObject([{ code: 1001 }, { code: 1001 }])
  const { code, stderr, stdout } = await end
  expect([code, stderr]).toEqual([0, ''])
  expect([...view.tasks.values()]).toEqual([...otherView.tasks.values()])
  expect([one.faults, other.faults]).toEqual([[], []])
  const lines = stdout.split('\n').filter((line) => line.includes('live'))
  const events = lines.map((line) => JSON.parse(line)).map(({ event, operation }) => operation ?? event)
  expect(events.filter((event) => event === 'live:create')).toHaveLength(2)
  expect(events.filter((event) => event === 'live:closed')).toHaveLength(4)
  // An upgrade is no request that took as long as its connection.
  expect(lines.filter((line) => line.includes('"GET"'))).toEqual([])
}, 40_000)

test.concurrent('above MAX_CONNECTIONS a client is refused, and all else goes on', async ({ expect }) => {
  const DATABASE_URL = await postgres.createDatabase()
  const server = startServer({ DATABASE_URL, MAX_CONNECTIONS: '2' })
  const url = await server.listening
  const clients = [await new LiveClient(url).connect(), await new LiveClient(url).connect()]
  const refusal = (await new LiveClient(url).connect().catch((error) => error)) as LiveRefusal
  expect([refusal.status, refusal.headers['retry-after']]).toEqual([503, '5'])
  const health = await fetch(`${url}/health`)
  expect([health.status, await health.json()]).toMatchObject([200, { status: 'degraded', websocket: 'unhealthy' }])
  for (const client of clients) expect((await client.request('list')).status).toBe(200)
  await change(url, '', 'POST', { title: 'Task' })
  await clients[0]?.close()
  await expect
    .poll(() =>
      new LiveClient(url).connect().then(
        () => true,
        () => false,
      ),
    )
    .toBe(true)
  const foreign = new LiveClient(url, { headers: { origin: 'https://elsewhere.example' } })
  expect(((await foreign.connect().catch((error) => error)) as LiveRefusal).status).toBe(403)
  expect((await server.end('SIGTERM')).code).toBe(0)
})
