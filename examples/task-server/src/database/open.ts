import type { Environment } from '../environment.ts'
import type { Database } from './database.ts'

/**
 * Opens the database that the environment names.
 *
 * @param environment Where it is.
 * @returns An open database, which has answered.
 * @throws {StartError} If it cannot be used.
 */
export async function openDatabase({ databaseUrl, redisUrl, dataDirectory }: Environment): Promise<Database> {
  // Only the one that is used: the embedded one takes long to load.
  if (databaseUrl === undefined) return (await import('./pglite.ts')).openPglite(dataDirectory)
  // With Redis, instances hear of changes through it.
  return (await import('./postgres.ts')).openPostgres(databaseUrl, { isNotifying: redisUrl === undefined })
}
