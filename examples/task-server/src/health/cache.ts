import type { HealthCheck } from '@breakwater/health'
import { sharedStateOf } from '../cache/shared-state.ts'
import type { TaskCache } from '../cache/task-cache.ts'

const HIT_WINDOW_MS = 60_000

/**
 * Makes a check of the cache: it works in any case, but if it is to be shared and cannot be, each instance has one of its own.
 *
 * @param cache The cache.
 */
export function createCacheCheck(cache: TaskCache): HealthCheck {
  return () => {
    const shared = sharedStateOf(cache)
    const data = { shared, hitRatio: cache.hitWindow(HIT_WINDOW_MS).hitRatio ?? null }
    return shared === 'down'
      ? { status: 'degraded', cause: 'Redis is away: this instance goes on by itself', data }
      : { status: 'healthy', data }
  }
}
