import { randomBytes } from 'node:crypto'
import { chownSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from 'pg'
import { createGuard, type Guard } from './guard.ts'
import type { Task } from './guard-messages.ts'
import { type FoundProgram, type Program, provideProgram, unprivilegedUser } from './program.ts'
import { lastScript } from './script.ts'
import { type ServerPlan, serverEnvironment, startServer } from './server.ts'
import type { OwnOptions, OwnServer, Service, ShareableOptions, Skipped } from './service.ts'

const INITDB_LIMIT_MS = 120_000
const CONNECT_LIMIT_MS = 5_000
const QUERY_LIMIT_MS = 30_000
const IPCRM_LIMIT_MS = 5_000
/** PostgreSQL is told that its superuser is this one, whoever runs it. */
const SUPERUSER = 'postgres'

/** What has to be there. */
export const POSTGRES_PROGRAM: Program = {
  files: ['initdb', 'postgres'],
  folders: ['/usr/lib/postgresql/*/bin'],
  debianPackage: 'postgresql',
}

/** A PostgreSQL server. */
export interface PostgresService extends Service {
  /**
   * A fresh database: on a server of its own the one it came with, on a lent one a new one with a random name, dropped
   * at the end.
   */
  readonly url: string
  /**
   * Makes another fresh database on the same server. It is gone with the service.
   *
   * @returns Its URL.
   */
  createDatabase(): Promise<string>
}

/** A PostgreSQL server of the test's own. */
export interface PostgresServer extends PostgresService, OwnServer {}

/**
 * Starts a PostgreSQL server, or borrows the one of `DATABASE_URL`.
 *
 * @param options Whether a lent one will do.
 * @returns The service, or why there is none.
 */
export function startPostgres(options?: ShareableOptions): Promise<PostgresService | Skipped>
export function startPostgres(options: OwnOptions): Promise<PostgresServer | Skipped>
export async function startPostgres(options: ShareableOptions | OwnOptions = {}): Promise<PostgresService | Skipped> {
  const { own = false, env = process.env } = options
  const lent = env.DATABASE_URL
  if (lent && !own) return borrow(lent)
  const found = await provideProgram({ ...POSTGRES_PROGRAM, variable: own ? undefined : 'DATABASE_URL' }, env)
  return 'skip' in found ? found : start(found, options.own ? options.settings : {})
}

async function start({ folder, from }: FoundProgram, settings: OwnOptions['settings']): Promise<PostgresServer> {
  // Anybody on this machine can reach the port, and a superuser of PostgreSQL can run programs.
  const password = randomBytes(16).toString('hex')
  const urlAt = (port: number): string => `postgres://${SUPERUSER}:${password}@127.0.0.1:${port}/postgres`
  const user = await unprivilegedUser(['postgres', 'nobody']) // it refuses to run as root
  const plan: ServerPlan = {
    name: 'PostgreSQL',
    user,
    stopSignal: 'SIGINT', // disconnects its clients; SIGTERM would wait for them
    last: freeSharedMemory(),
    prepare: (guard) => initdb(join(folder, 'initdb'), guard, password, user),
    command: (port) => ({ file: join(folder, 'postgres'), args: ['-D', 'data', ...toArgs(port, settings)] }),
    async isReady(port) {
      await query(urlAt(port), 'SELECT 1') // no other server knows the password
      return true
    },
  }
  const server = await startServer(plan)
  const url = urlAt(server.port)
  return Object.assign(server, {
    url,
    from,
    createDatabase: () => createDatabase(url, `test_${randomBytes(6).toString('hex')}`),
    [Symbol.asyncDispose]: server.stop,
  })
}

async function initdb(file: string, guard: Guard, password: string, user: ServerPlan['user']): Promise<void> {
  const passwordFile = join(guard.directory, 'password')
  writeFileSync(passwordFile, password, { mode: 0o600 })
  if (user) chownSync(passwordFile, user.uid, user.gid)
  const auth = ['--username', SUPERUSER, '--pwfile', passwordFile, '--auth', 'scram-sha-256']
  const args = ['--pgdata', 'data', ...auth, '--encoding', 'UTF8', '--no-locale', '--no-sync']
  await guard.run({ file, args, env: serverEnvironment(guard.directory), user, limitMs: INITDB_LIMIT_MS })
  rmSync(passwordFile)
}

function toArgs(port: number, settings: OwnOptions['settings']): readonly string[] {
  const all: Readonly<Record<string, string>> = {
    port: String(port),
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    // What is committed was handed to the operating system, which keeps it when the server is killed: only a crash of
    // the machine would lose it. So these are off, and synchronous_commit, which guards that handing over, stays on.
    fsync: 'off',
    full_page_writes: 'off',
    shared_buffers: '16MB',
    dynamic_shared_memory_type: 'mmap', // in the data directory, so that a killed server leaves nothing in /dev/shm
    timezone: 'UTC',
    ...settings,
  }
  return Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`])
}

/** A killed server leaves a System V segment, named by the second number of the 7th line of a file it leaves, too. */
function freeSharedMemory(): Task {
  const script = `test -f data/postmaster.pid && ipcrm -m "$(awk 'NR == 7 { print $2 }' data/postmaster.pid)" || true`
  return { file: 'sh', args: ['-c', script], env: serverEnvironment(tmpdir()), limitMs: IPCRM_LIMIT_MS }
}

/** Makes databases on a server that is somebody's, and drops them at the end, whatever ends this process. */
async function borrow(lent: string): Promise<PostgresService> {
  const prefix = `breakwater_test_${randomBytes(6).toString('hex')}`
  const last = lastScript('drop-databases.ts', prefix, { DATABASE_URL: lent })
  const guard = await createGuard({ name: 'database', last })
  let made = 0
  const create = async (): Promise<string> => {
    try {
      return await createDatabase(lent, `${prefix}_${++made}`)
    } catch (error) {
      throw new Error(`Cannot create a database through DATABASE_URL: ${reason(error)}`, { cause: error })
    }
  }
  try {
    const url = await create()
    return { url, from: 'DATABASE_URL', createDatabase: create, stop: guard.close, [Symbol.asyncDispose]: guard.close }
  } catch (error) {
    await guard.close().catch(() => {}) // what could not be created need not be dropped
    throw error
  }
}

async function createDatabase(server: string, name: string): Promise<string> {
  await query(server, `CREATE DATABASE ${name} TEMPLATE template0`)
  const url = new URL(server)
  url.pathname = `/${name}`
  return url.href
}

async function query(url: string, sql: string): Promise<void> {
  const client = new Client({
    connectionString: url,
    connectionTimeoutMillis: CONNECT_LIMIT_MS,
    query_timeout: QUERY_LIMIT_MS,
  })
  client.on('error', () => {}) // a server that ends meanwhile: the query says so as well
  try {
    await client.connect()
    await client.query(sql)
  } finally {
    // It waits for the server to close the connection, which one that hangs never does.
    await Promise.race([client.end(), sleep(CONNECT_LIMIT_MS, undefined, { ref: false })])
  }
}

/** Node gives an AggregateError without a message where a name has several addresses. */
function reason(error: unknown): string {
  const { message, code } = error as { message?: string; code?: string }
  return message || code || String(error)
}
