import { CheckFailedError } from '../errors.ts'
import type { ReadyCheck } from './ready-check.ts'

/** Something that answers a ping, such as a client of Redis. */
export interface Pingable {
  /** Resolves when it is there. */
  ping(): unknown
}

/** Something that answers a query, such as a pool of PostgreSQL. */
export interface Queryable {
  /** Resolves when the query was answered. */
  query(text: string): unknown
}

/**
 * Makes a check that asks a client which the service has anyway, so that its pool and its connection are checked as well: `ping()` if
 * it has one, else `query('SELECT 1')`.
 *
 * A client that cannot connect may wait for ever: then the check's limit counts. What is asked cannot be taken back.
 *
 * @param target The client.
 * @throws {TypeError} If it has neither.
 */
export function pingCheck(target: Pingable | Queryable): ReadyCheck {
  const { ping, query } = Object(target) as Partial<Pingable & Queryable>
  if (typeof ping !== 'function' && typeof query !== 'function')
    throw new TypeError('Expected `target` to have ping() or query(), got something without')
  return async () => {
    const answer = typeof ping === 'function' ? await ping.call(target) : await query?.call(target, 'SELECT 1')
    if (answer === false) return { status: 'unhealthy', cause: new CheckFailedError('ping', 'It answered false') }
    return { status: 'healthy' }
  }
}
