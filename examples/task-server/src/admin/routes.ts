import type { Metrics } from '@breakwater/metrics'
import type { Monitor } from '@breakwater/monitor'
import type { FastifyPluginAsync } from 'fastify'
import type { TaskCache } from '../cache/task-cache.ts'
import type { Spans } from '../observe/spans.ts'
import type { Stop } from '../stop.ts'
import type { TaskStore } from '../tasks/store.ts'
import { cacheRoutes } from './cache-routes.ts'
import { guardRoutes } from './guard.ts'
import { logRoutes } from './log-routes.ts'
import { monitoringRoutes } from './monitoring-routes.ts'
import { performanceRoutes } from './performance-routes.ts'

/** What administrators see, and may change. */
export interface AdminParts {
  /** What an administrator knows. */
  readonly token: string
  readonly cache: TaskCache
  /** The tasks, as they are read through the cache. */
  readonly tasks: TaskStore
  /** Without one there is nothing about it. */
  readonly metrics: Metrics | undefined
  /** Without one there is nothing about it. */
  readonly monitor: Monitor | undefined
  /** Has the slowest traces. */
  readonly spans: Pick<Spans, 'perSecond' | 'slowTraces'> | undefined
  /** Where the log is. */
  readonly logFile: string | undefined
  /** Knows whether this process was told to. */
  readonly stop: Pick<Stop, 'isStopping'>
}

/**
 * Creates the routes for administrators, to be registered under a prefix. What they tell is of the process that is asked; what they make void in
 * the cache is void everywhere.
 *
 * @param parts What they see.
 */
export function adminRoutes(parts: AdminParts): FastifyPluginAsync {
  const { token, cache, tasks, metrics, monitor, spans, logFile, stop } = parts
  return async (app) => {
    guardRoutes(app, token)
    await app.register(cacheRoutes(cache, tasks), { prefix: '/cache' })
    if (metrics !== undefined) await app.register(performanceRoutes(metrics, spans), { prefix: '/performance' })
    if (metrics !== undefined && monitor !== undefined)
      await app.register(monitoringRoutes(monitor, metrics), { prefix: '/monitoring' })
    await app.register(logRoutes({ path: logFile, isStopping: () => stop.isStopping }), { prefix: '/logs' })
  }
}
