import { OperationalError } from '@breakwater/core'
import { toReason } from '../start-error.ts'

/** Thrown when the database cannot serve now. Nothing was done. */
export class DatabaseUnavailableError extends OperationalError {
  override readonly name: 'DatabaseUnavailableError' = 'DatabaseUnavailableError'
  override readonly code: 'ERR_DATABASE_UNAVAILABLE' = 'ERR_DATABASE_UNAVAILABLE'
  /** Whether it said so itself. If not, no connection to it was to be had. */
  readonly hasAnswered: boolean
  /** Milliseconds after which it is worth another try. */
  readonly retryAfterMs: number = 1_000

  /**
   * @param cause What happened.
   * @param hasAnswered Whether it said so itself.
   */
  constructor(cause: unknown, hasAnswered: boolean) {
    super('Cannot reach the database: try again', { cause })
    this.hasAnswered = hasAnswered
  }
}

/** Thrown when the database was asked and broke off. Nobody knows whether a change was made. */
export class DatabaseAnswerLostError extends OperationalError {
  override readonly name: 'DatabaseAnswerLostError' = 'DatabaseAnswerLostError'
  override readonly code: 'ERR_DATABASE_ANSWER_LOST' = 'ERR_DATABASE_ANSWER_LOST'

  /** @param cause What happened. */
  constructor(cause: unknown) {
    super('Cannot tell what the database has done as its answer was lost: look before trying again', { cause })
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
 * Whether a driver waited in vain, and was not turned away. It says so in words only.
 *
 * @param error What it threw.
 */
export function isOverdue(error: unknown): boolean {
  return /time(d ?)?out/i.test(toReason(error))
}

/**
 * Gives what a driver threw one of our names, if it says that the database cannot serve now. Others pass through.
 *
 * @param error What was caught.
 * @param wasAsked Whether there was a connection, so that something may have been done.
 */
export function toDatabaseError(error: unknown, wasAsked: boolean): unknown {
  if (isPostgresError(error)) {
    // A mistake in a statement or its values is ours.
    if (!UNAVAILABLE.has(error.code.slice(0, 2))) return error
    // Whatever is worse than an `ERROR` ends the connection, and may come when the change was made already.
    if (error.severity === 'ERROR') return new DatabaseUnavailableError(error, true)
  } else if (error instanceof TypeError || error instanceof RangeError) return error
  return wasAsked ? new DatabaseAnswerLostError(error) : new DatabaseUnavailableError(error, false)
}
