import { hasCode } from '@breakwater/core'
import { isRefusalError, isTimeoutError, type Verdict } from '@breakwater/resilience'
import { type DatabaseUnavailableError, isOverdue, isPostgresError } from './errors.ts'

/** The server gave the statement up, as it took too long. */
const CANCELLED = '57014'
/** The server rolled a transaction back as it stood in another's way: the next time it will not. */
const IN_THE_WAY = ['40001', '40P01']

/**
 * Says what an error tells about the database itself, for its circuit breaker.
 *
 * @param error What a statement ended with.
 * @returns `failure` if it is away or hangs, and `success` if it found a mistake in a statement: it is there. If it said that
 * it cannot do this now, it may well do the next, such as to read while its disk is full: that counts as neither.
 */
export function classifyError(error: unknown): Verdict {
  if (isTimeoutError(error) || isAnswerLost(error)) return 'failure'
  if (isUnavailable(error)) return error.hasAnswered && !hasCode(error.cause, CANCELLED) ? 'ignored' : 'failure'
  // What it never heard of says nothing about it.
  return isPostgresError(error) ? 'success' : 'ignored'
}

/**
 * Decides whether a statement may be run again at once.
 *
 * One whose answer was lost only if it may run twice: nobody knows what was done. One of which nothing was done only where
 * the next attempt has better chances: a database that has too much to do is not helped by more. None after a time limit,
 * also of a new connection: its caller has waited long enough.
 *
 * @param error What it ended with.
 * @param isRepeatable Whether running it twice is the same as running it once.
 */
export function mayRepeat(error: unknown, isRepeatable: boolean): boolean {
  if (isAnswerLost(error)) return isRepeatable
  if (!isUnavailable(error)) return false
  return error.hasAnswered ? IN_THE_WAY.some((code) => hasCode(error.cause, code)) : !isOverdue(error.cause)
}

/**
 * Whether it is certain that a statement changed nothing.
 *
 * @param error What it ended with.
 */
export function wasNothingDone(error: unknown): boolean {
  return isUnavailable(error) || isRefusalError(error) || (isPostgresError(error) && error.severity === 'ERROR')
}

function isAnswerLost(error: unknown): boolean {
  return hasCode(error, 'ERR_DATABASE_ANSWER_LOST')
}

function isUnavailable(error: unknown): error is DatabaseUnavailableError {
  return hasCode(error, 'ERR_DATABASE_UNAVAILABLE')
}
