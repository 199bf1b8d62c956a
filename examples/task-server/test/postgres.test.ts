import { getEventListeners } from 'node:events'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { setImmediate } from 'node:timers/promises'
import { usePostgres } from '@breakwater/testing/services'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Database } from '../src/database/database.ts'
import { openPostgres, type PostgresOptions } from '../src/database/postgres.ts'

const postgres = usePostgres()
const opened: Database[] = []
let url: string
/** A server that takes connections and never says a word. */
let silent: Server

beforeAll(async () => {
  url = postgres.url
  silent = createServer(() => {})
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
})
afterAll(async () => {
  silent.close()
  await Promise.all(opened.map((database) => database.close()))
})

async function open(options?: PostgresOptions): Promise<Database> {
  const database = await openPostgres(url, options)
  opened.push(database)
  return database
}

function query(database: Database, text: string): Promise<readonly unknown[]> {
  return database.query({ name: text, text })
}

async function refusalOf(change: (url: URL) => void): Promise<string> {
  const changed = new URL(url)
  change(changed)
  return openPostgres(changed.href).then(
    () => 'none',
    (error: Error) => error.message,
  )
}

test('openPostgres() says where it is, without user and password', async () => {
  const { hostname, port, pathname } = new URL(url)
  expect((await open()).description).toBe(`PostgreSQL at ${hostname}:${port}${pathname}`)
})

test('openPostgres() tells a wrong password, a missing database and a wrong host in one line each', async () => {
  const wrong = await refusalOf((changed) => {
    changed.password = 'secret'
  })
  expect(wrong).toMatch(
    /^Cannot use PostgreSQL at .+ as password authentication failed for user "\w+": see DATABASE_URL$/,
  )
  const missing = await refusalOf((changed) => {
    changed.pathname = '/missing'
  })
  expect(missing).toMatch(/\/missing as database "missing" does not exist: see DATABASE_URL$/)
  const refused = await refusalOf((changed) => {
    changed.port = '1'
  })
  expect(refused).toMatch(/:1\/.+ as connect ECONNREFUSED .+: see DATABASE_URL$/)
  const unknown = await refusalOf((changed) => {
    changed.hostname = 'no-such-host.invalid'
  })
  expect(unknown).toMatch(/at no-such-host\.invalid:.+ as getaddrinfo \w+ no-such-host\.invalid: see DATABASE_URL$/)
})

test('openPostgres() tells of a file that is named and not there', async () => {
  const refusal = await refusalOf((changed) => changed.searchParams.set('sslrootcert', '/missing.crt'))
  expect(refusal).toMatch(/^Cannot use PostgreSQL as ENOENT: .+'\/missing.crt': see DATABASE_URL$/)
})

test.concurrent('openPostgres() does not wait for a server that takes connections and says nothing', async () => {
  const { port } = silent.address() as AddressInfo
  const refusal = await refusalOf((changed) => {
    changed.host = `127.0.0.1:${port}`
  })
  expect(refusal).toMatch(/as it did not answer within 2,000 ms: see DATABASE_URL$/)
})

test('query() closes its connection when it is given up, and gets a new one for the next', async () => {
  const database = await open({ maxConnections: 1 })
  const [before] = await query(database, 'select pg_backend_pid()')
  const giveUp = new AbortController()
  const text = 'select pg_sleep(30)'
  const slow = database.query({ name: text, text }, [], { signal: giveUp.signal })
  await setImmediate()
  giveUp.abort(new Error('changed my mind'))
  await expect(slow).rejects.toMatchObject({ code: 'ERR_DATABASE_ANSWER_LOST' })
  expect(await query(database, 'select pg_backend_pid()')).not.toEqual([before])
})

test('query() asks nothing for who gave up before', async () => {
  const database = await open({ maxConnections: 1 })
  await query(database, 'create table asked (n integer)')
  const text = 'insert into asked values (1)'
  const asked = database.query({ name: text, text }, [], { signal: AbortSignal.abort(new Error('changed my mind')) })
  await expect(asked).rejects.toThrow('changed my mind')
  expect(await query(database, 'select n from asked')).toEqual([])
})

test('query() keeps nothing of a signal that outlives it', async () => {
  const database = await open({ maxConnections: 1 })
  const { signal } = new AbortController()
  await database.query({ name: 'select 1', text: 'select 1' }, [], { signal })
  expect(getEventListeners(signal, 'abort')).toEqual([])
})

test('query() keeps its connection when the server refuses a statement', async () => {
  const database = await open({ maxConnections: 1 })
  const [before] = await query(database, 'select pg_backend_pid()')
  await expect(query(database, 'select nonsense')).rejects.toMatchObject({ code: '42703' })
  expect(await query(database, 'select pg_backend_pid()')).toEqual([before])
})

test('query() says by name that its connection is lost, and gets a new one for the next', async () => {
  const database = await open({ maxConnections: 1 })
  await expect(query(database, 'select pg_terminate_backend(pg_backend_pid())')).rejects.toMatchObject({
    code: 'ERR_DATABASE_ANSWER_LOST',
    message: 'Cannot tell what the database has done as its answer was lost: look before trying again',
  })
  expect(await query(database, 'select 1 as one')).toEqual([{ one: 1 }])
})

test('transaction() happens as a whole or not at all', async () => {
  const database = await open()
  await database.transaction(({ run }) => run('create table kept (n integer); insert into kept values (1)'))
  const failed = database.transaction(async ({ run }) => {
    await run('insert into kept values (2)')
    throw new Error('changed my mind')
  })
  await expect(failed).rejects.toThrow('changed my mind')
  expect(await query(database, 'select n from kept')).toEqual([{ n: 1 }])
})

test('transaction() survives the loss of its connection between two statements', async () => {
  const database = await open()
  const lost = database.transaction(async ({ run }) => {
    const [row] = await run('select pg_backend_pid() as pid')
    await query(database, `select pg_terminate_backend(${row?.pid})`)
    await run('select 1')
  })
  await expect(lost).rejects.toMatchObject({ code: 'ERR_DATABASE_ANSWER_LOST' })
  expect(await query(database, 'select 1 as one')).toEqual([{ one: 1 }])
})

test('renew() gives what is asked from now on new connections, and does not disturb what runs', async () => {
  const database = await open({ maxConnections: 2 })
  const pid = async (): Promise<unknown> => (await query(database, 'select pg_backend_pid() as pid'))[0]
  const before = await pid()
  expect(await pid()).toEqual(before)
  const running = database.query<{ readonly pid: number }>({
    name: 'slow',
    text: 'select pg_backend_pid() as pid from pg_sleep(0.2)',
  })
  const promised = pid()
  database.renew?.()
  const after = await pid()
  expect((await Promise.all([running, promised])).flat()).toEqual([before, expect.anything()])
  expect(after).not.toEqual(before)
  expect(await pid()).toEqual(after)
  const left = { name: 'left', text: 'select pid from pg_stat_activity where pid = $1' }
  const gone = (): Promise<unknown> => database.query(left, [(before as { readonly pid: number }).pid])
  await expect.poll(gone).toEqual([])
})
