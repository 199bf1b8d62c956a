import pg from 'pg'
import { StartError, toReason } from '../start-error.ts'
import type { Database } from './database.ts'
import { isOverdue, isPostgresError, toDatabaseError } from './errors.ts'

const MIN_CONNECTIONS = 10
const MAX_CONNECTIONS = 20
const IDLE_MS = 30_000
/** For a new connection. */
const CONNECT_MS = 2_000
/** The server gives a statement up after this, in time to say so: see the limit in `guarded.ts`. */
const STATEMENT_MS = 2_000
/** This side gives up what nobody else does, such as the first statement of all. */
const ANSWER_MS = 6_000
/** One that creates an index may take longer, but not for ever. */
const MIGRATION_MS = 60_000

/** Options of {@link openPostgres}, for tests. */
export interface PostgresOptions {
  /** @defaultValue 20, within the 10 to 20 that keep one PostgreSQL responsive for several instances; our choice */
  readonly maxConnections?: number | undefined
  /**
   * Whether changes are told to who listens in PostgreSQL itself, see `migrations/003.do.create-boards.sql`.
   *
   * @defaultValue `true`
   */
  readonly isNotifying?: boolean | undefined
}

/**
 * Opens a pool of connections to a PostgreSQL server.
 *
 * @param url Where it is. Its password is never shown.
 * @param options How many connections.
 * @throws {StartError} If it does not answer, or refuses us.
 */
export async function openPostgres(
  url: string,
  { maxConnections = MAX_CONNECTIONS, isNotifying = true }: PostgresOptions = {},
): Promise<Database> {
  const description = describe(url)
  const settings: pg.PoolConfig = {
    connectionString: url,
    application_name: 'task-server',
    min: Math.min(MIN_CONNECTIONS, maxConnections),
    max: maxConnections,
    idleTimeoutMillis: IDLE_MS,
    connectionTimeoutMillis: CONNECT_MS,
    statement_timeout: STATEMENT_MS,
    query_timeout: ANSWER_MS,
    idle_in_transaction_session_timeout: MIGRATION_MS,
    keepAlive: true,
    ...(!isNotifying && { options: '-c task_server.notify=off' }),
  }
  let pool = createPool(settings)

  async function withClient<result>(
    run: (client: pg.PoolClient) => Promise<result>,
    signal?: AbortSignal,
  ): Promise<result> {
    const client = await pool.connect().catch((error: unknown) => {
      throw toDatabaseError(error, false)
    })
    let isHeld = true
    function release(isBroken: boolean): void {
      if (isHeld) client.release(isBroken)
      isHeld = false
      signal?.removeEventListener('abort', giveUp)
    }
    function giveUp(): void {
      release(true)
    }
    try {
      signal?.throwIfAborted()
      signal?.addEventListener('abort', giveUp)
      const result = await run(client)
      release(false)
      return result
    } catch (error) {
      release(isBrokenBy(error))
      throw error
    }
  }

  const opened: Database = {
    description,
    maxConcurrent: maxConnections,
    query: ({ name, text }, values = [], { signal } = {}) =>
      withClient(async (client) => (await ask(client, { name, text, values: [...values] })).rows, signal),
    transaction: (run) =>
      withClient(async (client) => {
        try {
          await ask(client, { text: `begin; set local statement_timeout = ${MIGRATION_MS}` })
          const result = await run({ run: async (text) => toRows(await ask(client, longQuery(text))) })
          await ask(client, { text: 'commit' })
          return result
        } catch (error) {
          await client.query('rollback').catch(ignore)
          throw error
        }
      }),
    renew() {
      const old = pool
      pool = createPool(settings)
      // Later, as what was promised one of its connections in this turn still gets it.
      setImmediate(() => void old.end().catch(ignore))
    },
    close: () => pool.end(),
  }
  try {
    await opened.query({ name: 'hello', text: 'select 1' })
  } catch (error) {
    pool.end().catch(ignore)
    const { cause } = error as Error
    throw new StartError([`Cannot use ${description} as ${reasonOf(cause ?? error)}: see DATABASE_URL`], { cause })
  }
  return opened
}

function createPool(settings: pg.PoolConfig): pg.Pool {
  const pool = new pg.Pool(settings)
  // A connection that breaks leaves the pool by itself; the next statement says whether the server is away.
  pool.on('error', ignore)
  return pool.on('connect', (client) => void client.on('error', ignore))
}

function describe(url: string): string {
  try {
    const { host, port, database } = new pg.Client(url)
    return `PostgreSQL at ${host}:${port}/${database}`
  } catch (error) {
    // Such as a certificate that it names and that is not there.
    throw new StartError([`Cannot use PostgreSQL as ${toReason(error)}: see DATABASE_URL`], { cause: error })
  }
}

function reasonOf(error: unknown): string {
  return isOverdue(error) ? `it did not answer within ${CONNECT_MS.toLocaleString('en')} ms` : toReason(error)
}

async function ask(client: pg.PoolClient, query: pg.QueryConfig): Promise<pg.QueryResult> {
  try {
    return await client.query(query)
  } catch (error) {
    throw toDatabaseError(error, true)
  }
}

/** What the server refused leaves the connection as it was. Of any other, nobody knows what it is waiting for. */
function isBrokenBy(error: unknown): boolean {
  return !isPostgresError(error) || error.severity !== 'ERROR'
}

/** The driver's types know no time limit of one query. */
function longQuery(text: string): pg.QueryConfig {
  return { text, query_timeout: MIGRATION_MS } as pg.QueryConfig
}

/** A script of several statements has a result for each. */
function toRows(results: pg.QueryResult | readonly pg.QueryResult[]): readonly Record<string, unknown>[] {
  return [results].flat().at(-1)?.rows ?? []
}

function ignore(): void {}
