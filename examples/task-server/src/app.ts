import { toPlugin } from '@breakwater/fastify'
import type { Health } from '@breakwater/health'
import type { Logger } from '@breakwater/logger'
import type { Metrics } from '@breakwater/metrics'
import type { Monitor } from '@breakwater/monitor'
import type { Tracing } from '@breakwater/tracing'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import { type FastifyBaseLogger, type FastifyInstance, fastify, LogController } from 'fastify'
import { createAbout } from './about.ts'
import { logCache } from './cache/log-cache.ts'
import type { SharedRedis } from './cache/redis.ts'
import type { TaskCache } from './cache/task-cache.ts'
import type { GuardedDatabase } from './database/guarded.ts'
import { logCircuit } from './database/log-circuit.ts'
import type { Environment } from './environment.ts'
import { addComponents } from './health/components.ts'
import { toHealthEndpoints } from './health/endpoints.ts'
import { createServerHealth } from './health/health.ts'
import { logHealth } from './health/log-health.ts'
import { addPressure } from './health/pressure.ts'
import { answerClientError, answerError, answerErrors } from './http/errors.ts'
import { listRoutes, refuseOtherMethods } from './http/methods.ts'
import { AJV } from './http/validation.ts'
import { createServerLogger, isForPerson } from './log.ts'
import { logMonitor } from './monitor/log-monitor.ts'
import { toMetricEndpoints } from './observe/endpoints.ts'
import type { Stop } from './stop.ts'
import { createCachedTaskStore } from './tasks/cached-store.ts'
import { taskRoutes } from './tasks/routes.ts'
import { createTaskStore } from './tasks/store.ts'

/** Room for a description of 10,000 characters that are all escaped, at 12 bytes each. */
const BODY_LIMIT_BYTES = 131_072
/** For all of a request to arrive: Node's own limit for its headers, twice over. */
const REQUEST_TIMEOUT_MS = 120_000

/** What the server has from outside; each test takes what it needs. */
export interface AppParts {
  /** What the cache is shared through, as a component of its own. */
  readonly redis?: SharedRedis | undefined
  /** Says how all of it is. @defaultValue one of its own, which nobody closes */
  readonly health?: Health | undefined
  /** Where to log. @defaultValue as the environment says, until the server is closed */
  readonly logger?: Logger | undefined
  /** Makes spans. @defaultValue nothing does */
  readonly tracing?: Tracing | undefined
  /** Counts. @defaultValue nothing does */
  readonly metrics?: Metrics | undefined
  /** Watches this process, and refuses what is too much. @defaultValue nothing does */
  readonly monitor?: Monitor | undefined
  /** How this process ends. @defaultValue never */
  readonly stop?: Pick<Stop, 'isStopping'> | undefined
}

/**
 * Creates the server: everything that answers HTTP, and nothing that listens yet.
 *
 * @param environment What it was told.
 * @param database Where tasks are kept.
 * @param cache Where they are read from, if it has them.
 * @param parts What else there is.
 */
export async function createApp(
  environment: Environment,
  database: GuardedDatabase,
  cache: TaskCache,
  parts: AppParts = {},
): Promise<FastifyInstance> {
  const {
    redis,
    health = createServerHealth(environment),
    tracing,
    metrics,
    monitor,
    stop = { isStopping: false },
  } = parts
  const logger = parts.logger ?? createServerLogger(environment)
  const app = fastify({
    loggerInstance: logger.pino as FastifyBaseLogger,
    // Requests are logged by the logger's own hook.
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: BODY_LIMIT_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    // Longer than any path can be: what is no id is told so.
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 65_536 },
    ajv: AJV,
    frameworkErrors: answerError,
    clientErrorHandler: answerClientError,
    // A request that reached us while stopping is answered like any other.
    return503OnClosing: false,
  }).withTypeProvider<TypeBoxTypeProvider>()
  // Text is no task.
  app.removeContentTypeParser('text/plain')
  const listed = listRoutes(app)
  answerErrors(app)
  if (parts.logger === undefined) app.addHook('onClose', () => logger.close())
  if (isForPerson(environment)) {
    logCircuit(database, app.log)
    logCache(cache, app.log)
    logHealth(health, app.log)
    if (monitor !== undefined) logMonitor(monitor, app.log)
  }
  addComponents(health, { environment, database, cache, redis, stop })
  if (monitor !== undefined) addPressure(health, monitor)
  const tasks = createCachedTaskStore(createTaskStore(database, environment), cache)

  // Who says last what a request was, first; what may refuse it, last.
  const observers = [metrics, logger, tracing, monitor].filter((part) => part !== undefined)
  await app.register(
    toPlugin({
      hooks: observers.map(({ hook }) => hook),
      serverHooks: observers.map(({ serverHook }) => serverHook),
      endpoints: { ...toHealthEndpoints(health), ...(metrics && toMetricEndpoints(metrics, environment.adminToken)) },
    }),
  )
  for (const part of [cache, ...database.policies, health, logger, monitor])
    if (part !== undefined) metrics?.watch(part)
  await app.register(taskRoutes(tasks), { prefix: '/api/v1/tasks' })
  app.get('/', () => createAbout(routes))
  const routes = listed()
  refuseOtherMethods(app, routes)
  return app
}
