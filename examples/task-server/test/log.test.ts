import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { usePostgres } from '@breakwater/testing/services'
import { test } from 'vitest'
import { createFolder } from './support/folders.ts'
import { PRODUCTION, startServer } from './support/server.ts'

const postgres = usePostgres()
const TRACE_ID = '0af7651916cd43dd8448eb211c80319c'
const HEADERS = {
  'content-type': 'application/json',
  'x-request-id': 'r-1',
  traceparent: `00-${TRACE_ID}-b7ad6b7169203331-01`,
  authorization: 'Bearer canary-of-authorization',
}

type Line = Readonly<Record<string, unknown>>

function parse(text: string): readonly Line[] {
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line))
}

async function talk(url: string): Promise<void> {
  await fetch(`${url}/api/v1/tasks`, { method: 'POST', headers: HEADERS, body: '{"title":"Task"}' })
  await fetch(`${url}/api/v1/tasks?cursor=x&access_token=canary-of-query`, { headers: HEADERS })
  await fetch(`${url}/nowhere/canary`, { headers: HEADERS })
}

test.concurrent('in production every request has a line, with its ids and without secrets', async ({ expect }) => {
  const DATABASE_URL = await postgres.createDatabase()
  const server = startServer({ ...PRODUCTION, DATABASE_URL })
  await talk(await server.listening)
  const { code, stdout } = await server.end('SIGTERM')
  expect(code).toBe(0)
  const requests = parse(stdout).filter(({ event }) => event === 'request')
  const ids = { requestId: 'r-1', traceId: TRACE_ID, spanId: 'b7ad6b7169203331', service: 'task-server' }
  expect(requests).toEqual([
    expect.objectContaining({ ...ids, level: 'info', method: 'POST', route: '/api/v1/tasks', status: 201 }),
    expect.objectContaining({ ...ids, method: 'GET', path: '/api/v1/tasks', outcome: 'finished' }),
    expect.objectContaining({ ...ids, level: 'warn', path: '/nowhere/canary', status: 404 }),
  ])
  expect(stdout).not.toContain('canary-of')
})

test.concurrent('in production what the packages tell has a line', async ({ expect }) => {
  const DATABASE_URL = await postgres.createDatabase()
  const server = startServer({ ...PRODUCTION, DATABASE_URL, LOG_LEVEL: 'debug' })
  await fetch(`${await server.listening}/health`)
  const { stdout } = await server.end('SIGTERM')
  const heard = parse(stdout).map(({ event }) => event)
  expect(heard).toEqual(expect.arrayContaining(['check:changed', 'shutdown:started', 'shutdown:drained']))
})

test.concurrent('a person reads a sentence for each request', async ({ expect }) => {
  const DATABASE_URL = await postgres.createDatabase()
  const server = startServer({ DATABASE_URL })
  await talk(await server.listening)
  const { stdout, stderr } = await server.end('SIGTERM')
  expect(stdout).toMatch(/^POST \/api\/v1\/tasks 201 in [\d.]+ ms$/m)
  expect(stdout).toMatch(/^GET \/nowhere\/canary 404 in [\d.]+ ms$/m)
  expect(stderr).toBe('')
})

test.concurrent('LOG_FILE takes all lines', async ({ expect }) => {
  const DATABASE_URL = await postgres.createDatabase()
  const LOG_FILE = join(await createFolder(), 'log', 'app.log')
  const server = startServer({ DATABASE_URL, LOG_FILE, PORT: '0', HEALTH_PORT: '0' })
  await expect.poll(() => readFile(LOG_FILE, 'utf8').catch(() => ''), { timeout: 15_000 }).toContain('listens on')
  const { code, stdout } = await server.end('SIGTERM')
  expect([code, stdout]).toEqual([0, ''])
  expect(parse(await readFile(LOG_FILE, 'utf8')).length).toBeGreaterThan(2)
})

test.concurrent('a LOG_FILE that cannot be had is told', async ({ expect }) => {
  const { code, stderr } = await startServer({ LOG_FILE: '/dev/null/app.log' }).ended
  expect(code).toBe(1)
  expect(stderr).toMatch(/^task-server: LOG_FILE: Cannot open "\/dev\/null\/app\.log" as .+\n$/)
})
