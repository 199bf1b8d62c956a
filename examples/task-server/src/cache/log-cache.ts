import type { CacheEvent } from '@breakwater/cache'
import { type Clock, type Observable, systemClock } from '@breakwater/core'
import { isCircuitOpenError } from '@breakwater/resilience'
import type { FastifyBaseLogger } from 'fastify'
import { toReason } from '../start-error.ts'

const WARN_EVERY_MS = 10_000

/**
 * Logs what happens to a cache, and nothing of what happens on every request. Of errors only the text: an error of Redis may hold
 * a command, and with it the password.
 *
 * @param cache The cache.
 * @param log Where.
 * @param clock Spaces out what would flood the log.
 */
export function logCache(
  cache: Observable<CacheEvent>,
  log: Pick<FastifyBaseLogger, 'info' | 'warn'>,
  clock: Clock = systemClock,
): void {
  let warnedAtMs = Number.NEGATIVE_INFINITY
  cache.subscribe((event) => {
    switch (event.type) {
      case 'tier:failed':
        return log.warn(`The cache goes on without Redis, each instance by itself: ${toReason(event.error)}`)
      case 'tier:recovered':
        return log.info(`The cache has Redis again, after ${Math.round(event.awayMs).toLocaleString('en')} ms`)
      case 'log:replayed':
        return log.info(`The cache heard of ${event.changes} changes that it had missed`)
      case 'log:lost':
        return log.warn('The cache began anew, as Redis does not have the changes since it was last heard')
      case 'invalidations:queued':
        return log.warn('Changes wait until Redis can be told of them: other instances may not hear of them yet')
      case 'invalidations:applied':
        return log.info(`Redis was told of all changes that had waited: ${event.count}`)
      case 'invalidations:collapsed':
        return log.warn(`The cache will begin anew when Redis is back, as ${event.count} changes waited for it`)
      case 'invalidations:lost':
        return log.warn(
          `Redis was not told of ${event.count} changes: other instances may serve what was before for up to a minute`,
        )
      case 'value:unreadable':
        return log.warn(`The cache cannot read what Redis has as "${event.key}": ${toReason(event.error)}`)
      case 'load:failed': {
        // That a circuit opened was logged then.
        if (isCircuitOpenError(event.error) || clock.now() - warnedAtMs < WARN_EVERY_MS) return
        warnedAtMs = clock.now()
        const { cause = event.error } = Object(event.error) as Error
        return log.warn(`The cache could not renew "${event.key}", and serves what it has: ${toReason(cause)}`)
      }
    }
  })
}
