import { sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import Postgrator from 'postgrator'
import { StartError, toReason } from '../start-error.ts'
import type { Connection, Database } from './database.ts'

const MIGRATIONS = fileURLToPath(new URL('../../migrations', import.meta.url))
const TABLE = 'task_server_migrations'
/** Any number, as long as it is always the same: who holds it, migrates. */
const LOCK = 7_041_776_301
/** Whoever holds the lock is creating an index, or hangs. */
const LOCK_MS = 30_000

/**
 * Brings the tables to what this code knows: all migrations happen, or none. Of several processes that start at once,
 * one migrates and the others wait for it.
 *
 * @param database Where.
 * @param directory Folder of the migrations, which tests replace.
 * @throws {StartError} If a migration fails or was changed after it ran, or the tables are newer than this code.
 */
export async function migrate(database: Database, directory: string = MIGRATIONS): Promise<void> {
  try {
    await database.transaction((connection) => migrateOn(connection, directory))
  } catch (error) {
    const { cause } = error as Error
    throw new StartError([`Cannot migrate ${database.description} as ${toReason(cause ?? error)}`], { cause: error })
  }
}

async function migrateOn(connection: Connection, directory: string): Promise<void> {
  // Postgrator writes times without a zone, in UTC.
  await connection.run(`set local lock_timeout = ${LOCK_MS}; set local timezone = 'UTC'`)
  await connection.run(`select pg_advisory_xact_lock(${LOCK})`)
  // Postgrator would take a table of this name in any other schema for its own.
  await connection.run(
    `create table if not exists ${TABLE} (version bigint primary key, name text, md5 text, run_at timestamptz)`,
  )
  const postgrator = new Postgrator({
    migrationPattern: `${toPattern(directory)}/*.sql`,
    driver: 'pg',
    schemaTable: TABLE,
    newline: 'LF',
    execQuery: async (query) => ({ rows: [...(await connection.run(query))] }),
    execSqlScript: async (script) => void (await connection.run(script)),
  })
  const newest = await postgrator.getMaxVersion()
  if (!Number.isFinite(newest)) throw new Error(`there are no migrations in ${directory}`)
  const current = await postgrator.getDatabaseVersion()
  if (current > newest) {
    throw new Error(`its tables are of version ${current}, and this code knows ${newest}: run the code that is newer`)
  }
  await postgrator.migrate()
}

/** The path is read as a pattern, in which these characters mean something. */
function toPattern(path: string): string {
  return path
    .split(sep)
    .join('/')
    .replaceAll(/[?*()[\]{}]/g, '[$&]')
}
