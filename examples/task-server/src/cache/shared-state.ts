import type { Measured } from '@breakwater/core'

/**
 * How a cache stands to Redis: `none` without one, `up` while its log of changes can be read, and `down` while each instance is on
 * its own.
 */
export type SharedState = 'none' | 'up' | 'down'

/** The log is read anew several times a second: after this, it cannot be. The cache itself goes by the same limit. */
const MAX_LAG_SECONDS = 1

/**
 * Reads from a cache's own numbers how it stands to Redis.
 *
 * @param cache The cache.
 */
export function sharedStateOf(cache: Measured): SharedState {
  const numbers = new Map(cache.measure().map(({ name, value }) => [name, value]))
  if (!numbers.has('cache_invalidations_queued')) return 'none'
  const lagSeconds = numbers.get('cache_log_lag_seconds')
  return typeof lagSeconds === 'number' && lagSeconds <= MAX_LAG_SECONDS ? 'up' : 'down'
}
