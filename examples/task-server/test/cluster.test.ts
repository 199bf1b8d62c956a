import { existsSync } from 'node:fs'
import { usePostgres, useRedis, useService } from '@breakwater/testing/services'
import { expect, test, vi } from 'vitest'
import { WebSocket } from 'ws'
import { startCluster } from '../cluster/cluster.ts'
import { SERVED_BY } from '../cluster/nginx-config.ts'

const JSON_TYPE = { 'content-type': 'application/json' }

const postgres = usePostgres()
const redis = useRedis()
const cluster = useService('a cluster', async () => {
  const databaseUrl = await postgres.createDatabase()
  const started = await startCluster({ instances: 2, databaseUrl, redisUrl: redis.url })
  return 'skip' in started ? started : Object.assign(started, { stop: started.close })
})

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

function api(): string {
  return `${cluster.url}/api/v1/tasks`
}

async function create(): Promise<Response> {
  return fetch(api(), { method: 'POST', headers: JSON_TYPE, body: '{"title":"From a test","board":"test"}' })
}

test('startCluster() serves through nginx, by turns from every instance', async () => {
  const servers = new Set<string | null>()
  for (let n = 0; n < 4; n++) {
    const answer = await create()
    expect(answer.status).toBe(201)
    servers.add(answer.headers.get(SERVED_BY))
  }
  expect([...servers].sort()).toEqual(cluster.instances.map(({ port }) => `127.0.0.1:${port}`).sort())
  const { items } = (await (await fetch(`${api()}?board=test`)).json()) as { items: readonly unknown[] }
  expect(items).toHaveLength(4)
})

test('startCluster() lets WebSockets through, and what happens at one instance is told at the other', async () => {
  const socket = new WebSocket(`${cluster.url.replace('http', 'ws')}/api/v1/live`, { origin: cluster.url })
  const messages: { readonly type: string }[] = []
  socket.on('message', (data) => messages.push(JSON.parse(String(data)) as { type: string }))
  socket.on('open', () => socket.send('{"type":"subscribe","board":"told"}'))
  await vi.waitFor(() => expect(messages.map(({ type }) => type)).toContain('snapshot'), { timeout: 5_000 })
  const body = '{"title":"Told","board":"told"}'
  // To each of both.
  for (const { url } of cluster.instances)
    await fetch(`${url}/api/v1/tasks`, { method: 'POST', headers: JSON_TYPE, body })
  const told = (): number =>
    messages.flatMap((message) => ('changes' in message ? (message.changes as readonly unknown[]) : [])).length
  await vi.waitFor(() => expect(told()).toBe(2), { timeout: 5_000 })
  socket.terminate()
})

test('replace() loses no request, and leaves the other instance alone', async () => {
  const [old, other] = cluster.instances.map(({ pid }) => pid)
  let isOver = false
  const statuses: number[] = []
  const clients = Array.from({ length: 8 }, async () => {
    while (!isOver) statuses.push((await create()).status)
  })
  const { instance, end } = await cluster.replace(0)
  isOver = true
  await Promise.all(clients)
  expect(end.how).toBe(0)
  expect(cluster.instances.map(({ pid }) => pid)).toEqual([instance.pid, other])
  expect(isRunning(old as number)).toBe(false)
  expect(statuses.length).toBeGreaterThan(50)
  expect(new Set(statuses)).toEqual(new Set([201]))
})

test('close() leaves nothing behind', async () => {
  const pids = [cluster.nginx.pid, ...cluster.instances.map(({ pid }) => pid)]
  const { logs } = cluster
  await cluster.close()
  expect(pids.filter(isRunning)).toEqual([])
  expect(existsSync(logs)).toBe(false)
})
