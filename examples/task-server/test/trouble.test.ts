import { connect } from 'node:net'
import { expect, test, vi } from 'vitest'
import { createApp } from '../src/app.ts'
import type { Database } from '../src/database/database.ts'
import { DatabaseBusyError, DatabaseUnavailableError } from '../src/database/errors.ts'
import { readEnvironment } from '../src/environment.ts'

/** A database that answers as it is told. */
function createDatabase(query: () => Promise<never>): Database {
  return {
    description: 'a database that fails',
    query,
    transaction: query,
    close: async () => undefined,
  }
}

async function ask(url: string, query: () => Promise<never>) {
  const environment = readEnvironment({ NODE_ENV: 'test', LOG_LEVEL: 'fatal' })
  await using app = await createApp(environment, createDatabase(query))
  const answer = await app.inject(url)
  return { status: answer.statusCode, headers: answer.headers, json: answer.json() }
}

test('a database that is away is a 503 that says when to come back', async () => {
  const { status, headers, json } = await ask('/api/v1/tasks', () =>
    Promise.reject(new DatabaseUnavailableError(new Error('secret'))),
  )
  expect([status, headers['retry-after'], headers['content-type']]).toEqual([503, '1', 'application/problem+json'])
  expect(json).toMatchObject({ type: '/problems/database-unavailable' })
  expect(JSON.stringify(json)).not.toContain('secret')
})

test('a database that is busy is a 503 of its own type', async () => {
  const { status, headers, json } = await ask('/api/v1/tasks', () => Promise.reject(new DatabaseBusyError()))
  expect([status, headers['retry-after'], json.type]).toEqual([503, '1', '/problems/database-busy'])
})

test('a mistake of our own is a 500 that tells nothing of it', async () => {
  const { status, json } = await ask('/api/v1/tasks', () => Promise.reject(new Error('secret of table x')))
  expect(status).toBe(500)
  expect(json).toEqual({ type: '/problems/internal-error', title: expect.any(String), status: 500 })
})

test('health is unhealthy while the database is away', async () => {
  const { status, json } = await ask('/health', () => Promise.reject(new Error('away')))
  expect([status, json.status, json.database]).toEqual([503, 'unhealthy', 'down'])
})

test('health does not wait for a database that hangs, nor ask it again meanwhile', async () => {
  const query = vi.fn(() => new Promise<never>(() => undefined))
  const environment = readEnvironment({ NODE_ENV: 'test', LOG_LEVEL: 'silent' })
  await using app = await createApp(environment, createDatabase(query))
  const startedAtMs = performance.now()
  const answers = await Promise.all([app.inject('/health'), app.inject('/health')])
  expect(performance.now() - startedAtMs).toBeLessThan(2_000)
  expect(answers.map(({ statusCode }) => statusCode)).toEqual([503, 503])
  expect(query).toHaveBeenCalledTimes(1)
})

/** Sends bytes and reads until the server closes the connection. */
async function send(text: string): Promise<string> {
  const environment = readEnvironment({ NODE_ENV: 'test', LOG_LEVEL: 'silent' })
  await using app = await createApp(
    environment,
    createDatabase(() => Promise.reject(new Error('not asked'))),
  )
  const { port } = new URL(await app.listen({ host: '127.0.0.1', port: 0 }))
  const socket = connect(Number(port), '127.0.0.1')
  socket.on('error', () => {}).write(text)
  return Buffer.concat(await socket.toArray()).toString()
}

test.each([
  ['nonsense', 'nonsense\r\n\r\n', 400, 'bad-request'],
  ['two lengths', 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n', 400, 'bad-request'],
  ['headers without end', `GET / HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`, 431, 'headers-too-large'],
])('what is no HTTP, with %s, is answered as a problem, too', async (_, text, status, name) => {
  const [head = '', body = ''] = (await send(text)).split('\r\n\r\n')
  expect(head).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
  expect(head.toLowerCase()).toContain('content-type: application/problem+json')
  expect(JSON.parse(body)).toMatchObject({ type: `/problems/${name}`, status })
})
