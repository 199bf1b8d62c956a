import { OperationalError, RefusalError } from '@breakwater/core'

/** Thrown when the database is away, or does not answer in time. Whether a change was made may be unknown. */
export class DatabaseUnavailableError extends OperationalError {
  override readonly name: 'DatabaseUnavailableError' = 'DatabaseUnavailableError'
  override readonly code: 'ERR_DATABASE_UNAVAILABLE' = 'ERR_DATABASE_UNAVAILABLE'
  /** Milliseconds after which it is worth another try. */
  readonly retryAfterMs: number = 1_000

  /** @param cause What happened. */
  constructor(cause: unknown) {
    super('Cannot reach the database: try again', { cause })
  }
}

/** Thrown instead of running a statement when too many wait already, or this one waited too long. Nothing was run. */
export class DatabaseBusyError extends RefusalError {
  override readonly name: 'DatabaseBusyError' = 'DatabaseBusyError'
  override readonly code: 'ERR_DATABASE_BUSY' = 'ERR_DATABASE_BUSY'
  /** Milliseconds after which it is worth another try. */
  readonly retryAfterMs: number = 1_000

  override get message(): string {
    return 'Cannot ask the database as too many requests wait for it: try again'
  }
}

/**
 * Classes of PostgreSQL's error codes that say it cannot serve now: connection, read-only stand-in, authorisation,
 * missing database, rolled back for another transaction, resources, locks, an operator, the system below it.
 */
const UNAVAILABLE = new Set(['08', '25', '28', '3D', '40', '53', '55', '57', '58'])

/** An error that PostgreSQL itself sent. */
export interface PostgresError extends Error {
  /** Such as `ERROR`, and `FATAL` if the connection is gone with it. */
  readonly severity: string
  /** Five characters, see PostgreSQL's appendix A. */
  readonly code: string
}

/**
 * Whether PostgreSQL itself sent this error. All others come from the way there.
 *
 * @param error What was caught.
 */
export function isPostgresError(error: unknown): error is PostgresError {
  return error instanceof Error && typeof (error as Partial<PostgresError>).severity === 'string'
}

/**
 * Gives what a driver threw one of our names, if it says that the database cannot serve now. Others pass through.
 *
 * @param error What was caught.
 */
export function toDatabaseError(error: unknown): unknown {
  // A mistake in a statement or its values is ours.
  if (isPostgresError(error) && !UNAVAILABLE.has(error.code.slice(0, 2))) return error
  if (error instanceof TypeError || error instanceof RangeError) return error
  return new DatabaseUnavailableError(error)
}
