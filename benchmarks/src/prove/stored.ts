import { Client } from 'pg'
import { machineNow } from './clock.ts'
import type { Stored, StoredTask } from './history.ts'
import { DESCRIPTION } from './load/requests.ts'

const CONNECT_LIMIT_MS = 10_000
const QUERY_LIMIT_MS = 60_000

/** Looks into the database, past the server. */
export interface Archive {
  /** All that is in it now. */
  read(): Promise<Stored>
  /** Empties it, but for its tables. */
  clear(): Promise<void>
  /**
   * Adds tasks.
   *
   * @param board Where.
   * @param count How many.
   */
  add(board: string, count: number): Promise<void>
  /** Lets go of it. */
  close(): Promise<void>
}

/**
 * Opens the database of a server that has made its tables.
 *
 * @param url Where it is.
 */
export async function openArchive(url: string): Promise<Archive> {
  const client = new Client({
    connectionString: url,
    connectionTimeoutMillis: CONNECT_LIMIT_MS,
    query_timeout: QUERY_LIMIT_MS,
    application_name: 'prove',
  })
  client.on('error', () => {}) // the next question says so, too
  await client.connect()
  return {
    async read() {
      // One statement, so all of it is of the same moment. Ahead of it: what is acknowledged later may be missing in it.
      const atMs = machineNow()
      const { rows } = await client.query<{ tasks: readonly TaskRow[] | null; boards: readonly BoardRow[] | null }>(`
        select
          (select json_agg(json_build_array(id, title, board, version)) from tasks) as tasks,
          (select json_agg(json_build_array(name, version)) from boards) as boards`)
      const { tasks, boards } = rows[0] ?? { tasks: null, boards: null }
      return {
        atMs,
        tasks: new Map(
          (tasks ?? []).map(([id, title, board, version]): [string, StoredTask] => [id, { title, board, version }]),
        ),
        boards: new Map((boards ?? []).map(([name, version]) => [name, Number(version)])),
      }
    },
    async clear() {
      await client.query('delete from tasks')
    },
    async add(board, count) {
      // Version 7: the time, then what is random.
      await client.query(
        `insert into tasks (id, title, description, status, priority, board)
        select
          (lpad(to_hex((extract(epoch from clock_timestamp()) * 1000)::bigint), 12, '0')
            || '7' || substr(md5(random()::text), 1, 3)
            || '8' || substr(md5(random()::text), 1, 15))::uuid,
          'Seed ' || $1 || ' ' || n, $3, 'open', 'normal', $1
        from generate_series(1, $2::integer) as n`,
        [board, count, DESCRIPTION],
      )
    },
    close: () => client.end(),
  }
}

type TaskRow = readonly [id: string, title: string, board: string, version: number]
type BoardRow = readonly [name: string, version: number]
