import pg from 'pg'
import { StartError, toReason } from '../start-error.ts'
import type { Database } from './database.ts'
import { DatabaseBusyError, isPostgresError, toDatabaseError } from './errors.ts'

const MIN_CONNECTIONS = 10
const MAX_CONNECTIONS = 20
const IDLE_MS = 30_000
/** For a new connection, and for a free one of the pool. */
const CONNECT_MS = 2_000
/** The server gives a statement up after this. */
const STATEMENT_MS = 5_000
/** This side gives it up: the server, or the way to it, is stuck. */
const ANSWER_MS = 6_000
/** One that creates an index may take longer, but not for ever. */
const MIGRATION_MS = 60_000
/** With 1,000 users at once, each may have one request waiting. */
const MAX_WAITING = 1_000
const WAITED_TOO_LONG = 'timeout exceeded when trying to connect'

/** Options of {@link openPostgres}, for tests. */
export interface PostgresOptions {
  /** @defaultValue 20, within the 10 to 20 that keep one PostgreSQL responsive for several instances; our choice */
  readonly maxConnections?: number | undefined
  /** @defaultValue 1,000: one for each of the users it is meant for */
  readonly maxWaiting?: number | undefined
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
  { maxConnections = MAX_CONNECTIONS, maxWaiting = MAX_WAITING }: PostgresOptions = {},
): Promise<Database> {
  const description = describe(url)
  const pool = new pg.Pool({
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
  })
  // A connection that breaks leaves the pool by itself; the next statement says whether the server is away.
  pool.on('error', ignore)
  pool.on('connect', (client) => void client.on('error', ignore))

  async function connect(): Promise<pg.PoolClient> {
    if (pool.waitingCount >= maxWaiting) throw new DatabaseBusyError()
    return pool.connect().catch((error: unknown) => {
      throw toReason(error) === WAITED_TOO_LONG ? new DatabaseBusyError() : toDatabaseError(error)
    })
  }

  async function withClient<result>(run: (client: pg.PoolClient) => Promise<result>): Promise<result> {
    let client: pg.PoolClient | undefined
    try {
      client = await connect()
      const result = await run(client)
      client.release()
      return result
    } catch (error) {
      // What the server refused leaves the connection as it was. Of any other, nobody knows what it is waiting for.
      client?.release(!isPostgresError(error) || error.severity !== 'ERROR')
      throw error
    }
  }

  const opened: Database = {
    description,
    query: ({ name, text }, values = []) =>
      withClient(async (client) => (await ask(client, { name, text, values: [...values] })).rows),
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
  const reason = toReason(error)
  return /timeout/i.test(reason) ? `it did not answer within ${CONNECT_MS.toLocaleString('en')} ms` : reason
}

async function ask(client: pg.PoolClient, query: pg.QueryConfig): Promise<pg.QueryResult> {
  try {
    return await client.query(query)
  } catch (error) {
    throw toDatabaseError(error)
  }
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
