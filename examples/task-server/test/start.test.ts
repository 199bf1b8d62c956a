import { chmod, readdir } from 'node:fs/promises'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { usePostgres } from '@breakwater/testing/services'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createFolder } from './support/folders.ts'
import { type End, PRODUCTION, startServer } from './support/server.ts'

const isRoot = process.getuid?.() === 0

/** A server that takes connections and never says a word. */
let silent: Server
let silentPort: number

beforeAll(async () => {
  silent = createServer(() => {})
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
  silentPort = (silent.address() as AddressInfo).port
})
afterAll(() => void silent.close())

/** What every refusal must be: these lines and nothing else. That it comes soon is bounded by the test's own limit. */
function expectRefusal({ code, stdout, stderr }: End, ...lines: readonly string[]): void {
  expect(stderr).toBe(lines.map((line) => `task-server: ${line}\n`).join(''))
  expect([code, stdout]).toEqual([1, ''])
}

test.concurrent('wrong environment variables are told all at once', async () => {
  expectRefusal(
    await startServer({ PORT: 'http', MAX_TASKS: 'many', DATABASE_URL: 'mysql://me:secret@h/db' }).ended,
    'Expected PORT to be an integer from 0 to 65535, got "http"',
    'Expected MAX_TASKS to be an integer from 1 to 1000000, got "many"',
    'Expected DATABASE_URL to be like postgres://user:password@host:5432/name (what it is may hold a password)',
  )
})

test
  .skipIf(process.platform === 'win32')
  .concurrent('a data directory that may not be written to is told', async () => {
    const folder = await createFolder()
    await chmod(folder, 0o555)
    // Nobody may write there, not even who may write everywhere else.
    const directory = isRoot ? '/sys/task-server' : join(folder, 'data')
    const refusal = await startServer({ DATA_DIR: directory }).ended
    const [reason] = /this user may not write there|it is on a read-only file system/.exec(refusal.stderr) ?? []
    expectRefusal(refusal, `Cannot use the data directory ${directory} as ${reason}: see DATA_DIR`)
  })

test.concurrent('a database that does not answer is told in time, without its password', async () => {
  const refusal = await startServer({ DATABASE_URL: `postgres://me:secret@127.0.0.1:${silentPort}/tasks` }).ended
  const place = `PostgreSQL at 127.0.0.1:${silentPort}/tasks`
  expectRefusal(refusal, `Cannot use ${place} as it did not answer within 2,000 ms: see DATABASE_URL`)
})

test.concurrent('a database that is killed while it is made leaves none behind', async ({ expect }) => {
  const DATA_DIR = await createFolder()
  const server = startServer({ DATA_DIR })
  await expect.poll(() => readdir(DATA_DIR), { timeout: 10_000 }).toContain('postgres.new')
  await server.end('SIGKILL')
  expect(await readdir(DATA_DIR)).not.toContain('postgres')
})

describe('on a PostgreSQL server', () => {
  const postgres = usePostgres()

  test.concurrent('a busy port is told', async () => {
    const DATABASE_URL = await postgres.createDatabase()
    const refusal = await startServer({ DATABASE_URL, PORT: String(silentPort) }).ended
    expectRefusal(refusal, `Cannot listen on 127.0.0.1:${silentPort} as another process listens there: see PORT`)
  })

  test.concurrent('several that start at once on one empty database all come up, and keep to one limit', async () => {
    const DATABASE_URL = await postgres.createDatabase()
    const servers = Array.from({ length: 3 }, () => startServer({ DATABASE_URL, MAX_TASKS: '10' }))
    const urls = await Promise.all(servers.map(({ listening }) => listening))
    const answers = await Promise.all(urls.flatMap((url) => Array.from({ length: 20 }, () => create(url))))
    expect(answers.toSorted()).toEqual([...Array(10).fill(201), ...Array(50).fill(409)])
    // What a busy machine makes it say is not of interest.
    const stderr = expect.stringMatching(/^(Health: .+\n)*$/)
    for (const server of servers) expect(await server.end('SIGINT')).toMatchObject({ code: 0, stderr })
  })

  test.concurrent('in production it logs JSON and nothing else', async () => {
    const DATABASE_URL = await postgres.createDatabase()
    const server = startServer({ ...PRODUCTION, DATABASE_URL })
    await server.listening
    const { code, stdout, stderr } = await server.end('SIGTERM')
    expect([code, stderr]).toEqual([0, ''])
    const lines = stdout.trimEnd().split('\n')
    expect(lines.map((line) => JSON.parse(line).msg)).toEqual(
      expect.arrayContaining([
        expect.stringContaining('The task server listens on http://127.0.0.1:'),
        expect.stringMatching(/^Tasks are kept in PostgreSQL at .+\/\w+$/),
        'task-server: shutdown started',
      ]),
    )
  })
})

async function create(url: string): Promise<number> {
  const headers = { 'content-type': 'application/json' }
  return (await fetch(`${url}/api/v1/tasks`, { method: 'POST', headers, body: '{"title":"Task"}' })).status
}
