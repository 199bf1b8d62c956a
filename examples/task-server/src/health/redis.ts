import { once } from 'node:events'
import type { RecoveryContext } from '@breakwater/health'
import type { SharedRedis } from '../cache/redis.ts'

/**
 * Makes what is done about a Redis that does not answer: a new connection, as the one that there is may lead to a server that is
 * not the one any more.
 *
 * @param redis Where it is.
 */
export function renewRedis(redis: SharedRedis): (context: RecoveryContext) => Promise<void> {
  return async ({ signal }) => {
    redis.renew()
    await once(redis.client, 'ready', { signal })
  }
}
