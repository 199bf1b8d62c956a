import type { Health } from '@breakwater/health'
import { diskCheck, pingCheck } from '@breakwater/health/checks'
import type { SharedRedis } from '../cache/redis.ts'
import type { TaskCache } from '../cache/task-cache.ts'
import type { GuardedDatabase } from '../database/guarded.ts'
import type { Environment } from '../environment.ts'
import type { Live } from '../live/socket/live.ts'
import type { Stop } from '../stop.ts'
import { createCacheCheck } from './cache.ts'
import { createDatabaseCheck, renewDatabase } from './database.ts'
import { createLiveCheck } from './live.ts'
import { renewRedis } from './redis.ts'
import { createTasksCheck } from './tasks.ts'

/** What is known and mended after at most this, also while nobody asks. */
const LOOK_EVERY_MS = 5_000
/** Twice what the most tasks take, with room for the log of the database. */
const FREE_BYTES = 256 * 2 ** 20
const DISK_EVERY_MS = 10_000
const TASKS_EVERY_MS = 5_000
/** What costs nothing to ask, and is never wrong by chance. */
const EXACT = { cacheMs: 0, failureThreshold: 1 }

/** What this server is made of. */
export interface Components {
  readonly environment: Pick<Environment, 'dataDirectory' | 'databaseUrl' | 'maxTasks'>
  /** Without it, nothing works. */
  readonly database: GuardedDatabase
  readonly cache: TaskCache
  /** Without it, each instance is on its own. */
  readonly redis?: SharedRedis | undefined
  readonly live?: Pick<Live, 'connections' | 'maxConnections'> | undefined
  /** Whoever stops wants no new work, though it still does what it is given. */
  readonly stop: Pick<Stop, 'isStopping'>
}

/**
 * Adds a check for each component.
 *
 * Critical are those without which no request is worth sending here; while another one fails, the server is `degraded` and goes on.
 *
 * @param health Where to.
 * @param components What there is.
 */
export function addComponents(health: Health, { environment, database, cache, redis, live, stop }: Components): void {
  const { databaseUrl, dataDirectory, maxTasks } = environment
  health
    .add('shutdown', () => !stop.isStopping, EXACT)
    .add('database', createDatabaseCheck(database), {
      // The embedded one is in this process: there is nothing to find out while nobody asks, and nothing to renew.
      ...(database.renew && { intervalMs: LOOK_EVERY_MS, recover: { run: renewDatabase(database) } }),
    })
    .add('tasks', createTasksCheck(database, maxTasks), {
      critical: false,
      cacheMs: TASKS_EVERY_MS,
      dependsOn: ['database'],
    })
    .add('cache', createCacheCheck(cache), { critical: false, ...EXACT })
  if (live !== undefined) health.add('websocket', createLiveCheck(live), { critical: false, ...EXACT })
  if (redis !== undefined)
    health.add('redis', pingCheck(redis.client), {
      critical: false,
      intervalMs: LOOK_EVERY_MS,
      recover: { run: renewRedis(redis) },
    })
  if (databaseUrl === undefined)
    health.add('disk', diskCheck({ path: dataDirectory, minFreeRatio: 0, minFreeBytes: FREE_BYTES }), {
      critical: false,
      cacheMs: DISK_EVERY_MS,
    })
}
