import { toPlugin } from '@breakwater/fastify'
import type { Health } from '@breakwater/health'
import type { Logger } from '@breakwater/logger'
import type { Metrics } from '@breakwater/metrics'
import type { Monitor } from '@breakwater/monitor'
import type { Tracing } from '@breakwater/tracing'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import { type FastifyBaseLogger, type FastifyInstance, fastify, LogController } from 'fastify'
import { createAbout } from './about.ts'
import { ADMIN_PATH } from './admin/admin-path.ts'
import { adminRoutes } from './admin/routes.ts'
import { withoutTails } from './admin/without-tails.ts'
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
import { prepareAnswers, refuseUnwanted } from './http/guard.ts'
import { listRoutes, refuseOtherMethods } from './http/methods.ts'
import { AJV } from './http/validation.ts'
import { announceChanges } from './live/announced-store.ts'
import type { BoardFeeds } from './live/board-feed.ts'
import type { LiveBoards } from './live/board-feeds.ts'
import { logLive } from './live/log-live.ts'
import { createLimits } from './live/socket/limits.ts'
import { createLive } from './live/socket/live.ts'
import { addLiveRoute, shouldUpgrade } from './live/socket/routes.ts'
import { withoutUpgraded } from './live/socket/upgraded.ts'
import { createServerLogger, isForPerson } from './log.ts'
import { logMonitor } from './monitor/log-monitor.ts'
import { METRICS_PATH, toMetricEndpoints } from './observe/endpoints.ts'
import { createRefusalLog, logRefusals } from './observe/log-refusals.ts'
import { logSlowStatements } from './observe/log-slow.ts'
import type { Spans } from './observe/spans.ts'
import { createLiveTracing } from './observe/trace-live.ts'
import { sessionRoutes } from './session/routes.ts'
import { createSessions } from './session/sessions.ts'
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
  /** Keeps apart what is of different databases on one Redis. @defaultValue `'none'` */
  readonly databaseId?: string | undefined
  /** Says how all of it is. @defaultValue one of its own, which nobody closes */
  readonly health?: Health | undefined
  /** Where to log. @defaultValue as the environment says, until the server is closed */
  readonly logger?: Logger | undefined
  /** Has the slowest traces. @defaultValue there are none */
  readonly spans?: Omit<Spans, 'close'> | undefined
  /** Makes spans. @defaultValue nothing does */
  readonly tracing?: Tracing | undefined
  /** Counts. @defaultValue nothing does */
  readonly metrics?: Metrics | undefined
  /** Watches this process, and refuses what is too much. @defaultValue nothing does */
  readonly monitor?: Monitor | undefined
  /** Know what happens on boards, and hear what this process changes. @defaultValue nobody does */
  readonly boards?: LiveBoards | undefined
  /** Tells what happens on boards. @defaultValue `boards`; without either there is no WebSocket */
  readonly feeds?: BoardFeeds | undefined
  /** How this process ends. @defaultValue never */
  readonly stop?: (Pick<Stop, 'isStopping'> & Partial<Pick<Stop, 'serve'>>) | undefined
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
    databaseId,
    health = createServerHealth(environment),
    tracing,
    metrics,
    monitor,
    boards,
    feeds = boards,
    stop = { isStopping: false },
  } = parts
  const { security, adminToken, mode } = environment
  const logger = parts.logger ?? createServerLogger(environment)
  const app = fastify({
    loggerInstance: logger.pino as FastifyBaseLogger,
    // Requests are logged by the logger's own hook, and what is logged meanwhile knows its request without a logger for each.
    logController: new LogController({ disableRequestLogging: true }),
    childLoggerFactory: (of) => of,
    bodyLimit: BODY_LIMIT_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    trustProxy: security.trustedProxies.length > 0 && [...security.trustedProxies],
    // Longer than any path can be: what is no id is told so.
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 65_536 },
    ajv: AJV,
    frameworkErrors: answerError,
    clientErrorHandler: answerClientError,
    http: { shouldUpgradeCallback: shouldUpgrade },
    // A request that reached us while stopping is answered like any other.
    return503OnClosing: false,
  }).withTypeProvider<TypeBoxTypeProvider>()
  // Text is no task.
  app.removeContentTypeParser('text/plain')
  const listed = listRoutes(app)
  await prepareAnswers(app)
  answerErrors(app)
  const logRefusal = createRefusalLog(logger)
  logRefusals(app, logRefusal)
  const stopLoggingSlow = logSlowStatements(logger)
  app.addHook('onClose', async () => stopLoggingSlow())
  if (parts.logger === undefined) app.addHook('onClose', () => logger.close())
  if (isForPerson(environment)) {
    logCircuit(database, app.log)
    logCache(cache, app.log)
    logHealth(health, app.log)
    if (monitor !== undefined) logMonitor(monitor, app.log)
  }
  const stored = createCachedTaskStore(createTaskStore(database, environment), cache)
  const tasks = boards === undefined ? stored : announceChanges(stored, boards)
  if (boards !== undefined) logLive(boards, app.log)
  const limits = createLimits(environment.maxConnections)
  const trace = tracing && createLiveTracing(tracing, parts.spans?.isDrawn)
  const live = feeds && createLive({ limits, feeds, tasks, logger, logRefusal, trace, gate: monitor?.hook })
  addComponents(health, { environment, database, cache, redis, live, stop })
  if (monitor !== undefined) addPressure(health, monitor)

  const { sessionSecrets: secrets, corsOrigins: origins } = security
  const sessions = createSessions({ secrets, origins, isStrict: mode === 'production' })
  if (secrets.length === 0)
    app.log.warn('SESSION_SECRET is not set: sessions are signed with one that ends with this process')

  // Who says last what a request was, first; what may refuse it, last.
  const observers = [metrics, logger, tracing, monitor].filter((part) => part !== undefined)
  await app.register(
    toPlugin({
      hooks: observers.map(({ hook }) => (hook === logger.hook ? withoutTails(withoutUpgraded(hook)) : hook)),
      serverHooks: observers.map(({ serverHook }) => serverHook),
      endpoints: { ...toHealthEndpoints(health), ...(metrics && toMetricEndpoints(metrics)) },
    }),
  )
  for (const part of [cache, ...database.policies, health, logger, monitor, boards, live])
    if (part !== undefined) metrics?.watch(part)
  const guard = { security, adminToken, sessions, redis, databaseId, metricsPath: METRICS_PATH }
  const countMore = await refuseUnwanted(app, guard)
  await app.register(taskRoutes(tasks), { prefix: '/api/v1/tasks' })
  await app.register(sessionRoutes(sessions), { prefix: '/api/v1/session' })
  if (adminToken !== undefined) {
    const { spans } = parts
    const { logFile } = environment
    const seen = { token: adminToken, cache, tasks, metrics, monitor, spans, logFile, stop }
    await app.register(adminRoutes(seen), { prefix: ADMIN_PATH })
  }
  if (live !== undefined) {
    await addLiveRoute(app, live, sessions, countMore)
    metrics?.watchWebSockets(app.websocketServer)
    stop.serve?.(live)
  }
  app.get('/', () => createAbout(routes))
  const routes = listed()
  refuseOtherMethods(app, routes)
  return app
}
