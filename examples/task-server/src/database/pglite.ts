import { existsSync, renameSync, rmSync, writeSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type Clock, systemClock } from '@breakwater/core'
import { PGlite } from '@electric-sql/pglite'
import { StartError, toReason } from '../start-error.ts'
import { takeDataDirectory } from './data-directory.ts'
import type { Database } from './database.ts'
import { DurableFS, syncPath, syncTree } from './durable-fs.ts'
import { toDatabaseError } from './errors.ts'

/** It has no background processes: somebody has to clean up, and to bound what a restart reads again. */
const CLEAN_UP_EVERY_MS = 60_000
/** `EX_SOFTWARE` of BSD's `sysexits.h`. */
const EXIT_PANIC = 70

/**
 * PGlite's own, with real `fsync` (the method named is the one that reaches Node), and without the 128 MB that
 * PostgreSQL takes for its buffers on a server.
 */
const START_PARAMETERS = [
  ...PGlite.defaultStartParams.filter((parameter) => parameter !== '-F'),
  ...['wal_sync_method=fsync', 'shared_buffers=16MB'].flatMap((setting) => ['-c', setting]),
]

/**
 * Opens a PostgreSQL that is embedded in this process. It runs one statement at a time, on the event loop's turn.
 *
 * @param directory Folder of its data, made if there is none. One process can use it at a time.
 * @param clock When to clean up.
 * @throws {StartError} If the folder cannot be used.
 */
export async function openPglite(directory: string, clock: Clock = systemClock): Promise<Database> {
  const giveUp = takeDataDirectory(directory)
  try {
    const cluster = join(directory, 'postgres')
    if (!existsSync(cluster)) {
      say(`Creating a database in ${directory}, once`)
      await createCluster(cluster)
    }
    return toDatabase(await start(cluster), directory, giveUp, clock)
  } catch (error) {
    giveUp()
    throw new StartError([`Cannot use the data directory ${directory} as ${toReason(error)}`], { cause: error })
  }
}

/** Under another name first: a process that is killed meanwhile must not leave half of one. */
async function createCluster(cluster: string): Promise<void> {
  const unfinished = `${cluster}.new`
  rmSync(unfinished, { recursive: true, force: true })
  const db = await start(unfinished)
  await db.close()
  await syncTree(unfinished)
  renameSync(unfinished, cluster)
  await syncPath(dirname(cluster))
}

async function start(cluster: string): Promise<PGlite> {
  let complaint: string | undefined
  let isReady = false
  function onStderr(line: string): boolean {
    const [, severity, message] = /\b(PANIC|FATAL): +(.*)/.exec(line) ?? []
    if (severity === 'PANIC') panic(`${cluster}: ${message}`)
    if (!isReady) complaint ??= message
    return false
  }
  const db = new PGlite({
    fs: new DurableFS(cluster),
    startParams: START_PARAMETERS,
    // Segments of 1 MB: an empty database takes 24 MB on disk and not 39.
    initDbStartParams: ['--wal-segsize=1'],
    onStderr,
  })
  try {
    await db.waitReady
  } catch (error) {
    throw complaint === undefined ? error : new Error(complaint, { cause: error })
  }
  isReady = true
  return db
}

/**
 * Ends the process, as PostgreSQL does when it can no longer trust its own memory, such as on a full disk. What was
 * committed is safe and read again at the next start. PGlite would go on, and never return from its next statement.
 */
function panic(message: string): never {
  say(`The embedded PostgreSQL gave up: ${message}`)
  process.exit(EXIT_PANIC)
}

/** At once: the event loop may not turn for seconds, or never again. */
function say(line: string): void {
  writeSync(2, `task-server: ${line}\n`)
}

function toDatabase(db: PGlite, directory: string, giveUp: () => void, clock: Clock): Database {
  let isDirty = false
  let stopCleaning = cleanLater()

  function cleanLater(): () => void {
    return clock.after(CLEAN_UP_EVERY_MS, () => {
      const cleaned = isDirty ? cleanUp(db) : Promise.resolve()
      isDirty = false
      // If it fails, the disk is full, and statements say so themselves.
      void cleaned.catch(() => {}).then(() => (stopCleaning = db.closed ? stopCleaning : cleanLater()))
    })
  }

  return {
    description: `${directory} (PostgreSQL embedded in this process)`,
    maxConcurrent: 1,
    // Nobody can give a statement up: while it runs, nothing else in this process does.
    async query({ text }, values = []) {
      const { rows, affectedRows } = await db.query<never>(text, [...values]).catch(rethrow)
      if (affectedRows) isDirty = true
      return rows
    },
    transaction(run) {
      isDirty = true
      return db.transaction((connection) =>
        run({ run: async (script) => (await connection.exec(script).catch(rethrow)).at(-1)?.rows ?? [] }),
      )
    },
    async close() {
      stopCleaning()
      await db.close()
      giveUp()
    },
  }
}

async function cleanUp(db: PGlite): Promise<void> {
  const { rows } = await db.query<{ table: string }>('select quote_ident(relname) as table from pg_stat_user_tables')
  if (rows.length > 0) await db.exec(`vacuum (analyze) ${rows.map(({ table }) => table).join(', ')}`)
  await db.exec('checkpoint')
}

function rethrow(error: unknown): never {
  throw toDatabaseError(error, true)
}
