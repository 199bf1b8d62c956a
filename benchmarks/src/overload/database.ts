import { type PostgresService, type Skipped, startPostgres } from '@breakwater/testing/services'

let server: Promise<PostgresService | Skipped> | undefined

function start(): Promise<PostgresService | Skipped> {
  server ??= startPostgres()
  return server
}

/** Says why there is no PostgreSQL server on this machine, if there is none. */
export async function whyNoDatabase(): Promise<string | undefined> {
  const started = await start()
  return 'skip' in started ? started.skip : undefined
}

/**
 * A PostgreSQL server for all of this process, which ends with it.
 *
 * @throws {Error} If there is none on this machine.
 */
export async function databaseUrl(): Promise<string> {
  const started = await start()
  if ('skip' in started) throw new Error(`Cannot measure what needs PostgreSQL: ${started.skip}`)
  return started.url
}
