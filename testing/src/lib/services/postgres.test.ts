import { statSync } from 'node:fs'
import { join } from 'node:path'
import { Client } from 'pg'
import { expect, test } from 'vitest'
import { outcome, runNode } from './fixtures/held.ts'
import { startPostgres } from './postgres.ts'
import type { Skipped } from './service.ts'
import { usePostgres } from './use.ts'

const postgres = usePostgres({ own: true, settings: { max_connections: '17' } })

async function connect(url: string): Promise<Client> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 5_000 })
  client.on('error', () => {}) // it is killed on purpose
  await client.connect()
  return client
}

async function rows(url: string, sql: string): Promise<readonly unknown[]> {
  const client = await connect(url)
  try {
    return (await client.query({ text: sql, rowMode: 'array' })).rows.flat()
  } finally {
    await client.end()
  }
}

function started<service>(service: service | Skipped): service {
  if ((service as Skipped).skip !== undefined) throw new Error((service as Skipped).skip)
  return service as service
}

test('startPostgres() starts a server that listens on the loopback address alone', async () => {
  expect(await rows(postgres.url, 'SHOW listen_addresses')).toEqual(['127.0.0.1'])
  expect(await rows(postgres.url, 'SHOW unix_socket_directories')).toEqual([''])
})

test('startPostgres() asks for a password', async () => {
  const url = new URL(postgres.url)
  url.password = 'wrong'
  await expect(connect(url.href)).rejects.toThrow('password authentication failed')
})

test('startPostgres() passes settings on', async () => {
  expect(await rows(postgres.url, 'SHOW max_connections')).toEqual(['17'])
})

test('startPostgres() keeps its directory from other users', () => {
  expect(statSync(postgres.directory).mode & 0o077).toBe(0)
})

test('restart() after kill() brings back everything that was committed', async () => {
  const client = await connect(postgres.url)
  await client.query('CREATE TABLE kept (id integer)')
  for (let id = 0; id < 50; id++) await client.query('INSERT INTO kept VALUES ($1)', [id])
  await postgres.kill()
  await expect(connect(postgres.url)).rejects.toThrow('ECONNREFUSED')
  await postgres.restart()
  expect(await rows(postgres.url, 'SELECT count(*)::int FROM kept')).toEqual([50])
})

test('pause() holds open connections as well, until resume()', async () => {
  const client = await connect(postgres.url)
  await postgres.pause()
  let isAnswered = false
  const answer = client.query('SELECT 1').then(() => {
    isAnswered = true
  })
  await new Promise((resolve) => setTimeout(resolve, 100))
  expect(isAnswered).toBe(false)
  await postgres.resume()
  await answer
  await client.end()
})

test('createDatabase() makes an empty one each time', async () => {
  const [one, other] = [await postgres.createDatabase(), await postgres.createDatabase()]
  await rows(one, 'CREATE TABLE mine ()')
  expect(await rows(other, "SELECT to_regclass('mine')")).toEqual([null])
})

test('startPostgres() makes a fresh database on the server of DATABASE_URL, and drops it at the end', async () => {
  const lent = started(await startPostgres({ env: { DATABASE_URL: postgres.url } }))
  const names = [new URL(lent.url), new URL(await lent.createDatabase())].map(({ pathname }) => pathname.slice(1))
  const query = "SELECT datname FROM pg_database WHERE datname LIKE 'breakwater%' ORDER BY 1"
  await connect(lent.url) // one that stays open does not keep it from being dropped
  expect(lent.from).toBe('DATABASE_URL')
  expect(await rows(postgres.url, query)).toEqual(names)
  await lent.stop()
  expect(await rows(postgres.url, query)).toEqual([])
})

test('startPostgres() drops what it made on the server of DATABASE_URL after SIGKILL, too', async () => {
  const file = JSON.stringify(join(import.meta.dirname, 'postgres.ts'))
  const script = `import { startPostgres } from ${file}; await startPostgres(); process.kill(process.pid, 'SIGKILL')`
  const child = runNode(['--input-type=module', '--eval', script], { DATABASE_URL: postgres.url })
  await outcome(child)
  expect(child.signalCode).toBe('SIGKILL')
  const left = (): Promise<readonly unknown[]> =>
    rows(postgres.url, "SELECT 1 FROM pg_database WHERE datname LIKE 'breakwater%'")
  await expect.poll(left, { timeout: 15_000 }).toEqual([])
})

test('startPostgres() names DATABASE_URL, but not its password, when that does not answer', async () => {
  const env = { DATABASE_URL: 'postgres://user:secret@127.0.0.1:1/db' }
  const error = await startPostgres({ env }).catch((error: Error) => error)
  expect(error).toHaveProperty(
    'message',
    expect.stringMatching(/^Cannot create a database through DATABASE_URL: .*ECONN/),
  )
  expect(error).toHaveProperty('message', expect.not.stringContaining('secret'))
})

test('startPostgres() with own passes over DATABASE_URL', async () => {
  const env = { DATABASE_URL: postgres.url, TESTS_NO_INSTALL: '1', PATH: process.env.PATH }
  await using own = started(await startPostgres({ own: true, env }))
  expect(own.pid).toEqual(expect.any(Number))
  expect(own.url).not.toBe(postgres.url)
})
