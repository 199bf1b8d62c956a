// The task server without packages, to compare with: the same framework, routes, checks, refusals, statements and feeds of boards, and no
// cache, policies, health, monitor, metrics, traces, logger or shutdown. Takes the environment of the whole one.
import { fastify, LogController } from 'fastify'
import { migrate } from 'task-server/src/database/migrate.ts'
import { openPostgres } from 'task-server/src/database/postgres.ts'
import { readEnvironment } from 'task-server/src/environment.ts'
import { answerClientError, answerError, answerErrors } from 'task-server/src/http/errors.ts'
import { prepareAnswers, refuseUnwanted } from 'task-server/src/http/guard.ts'
import { AJV } from 'task-server/src/http/validation.ts'
import { announceChanges } from 'task-server/src/live/announced-store.ts'
import { openBoards } from 'task-server/src/live/open-boards.ts'
import { sessionRoutes } from 'task-server/src/session/routes.ts'
import { createSessions } from 'task-server/src/session/sessions.ts'
import { taskRoutes } from 'task-server/src/tasks/routes.ts'
import { createTaskStore } from 'task-server/src/tasks/store.ts'

const environment = readEnvironment(process.env)
const { host, port, security, databaseUrl = '', logLevel } = environment
const database = await openPostgres(databaseUrl)
await migrate(database)
const databaseId = 'bare'
const boards = await openBoards(environment, database, { redis: undefined, databaseId })
const app = fastify({
  logger: { level: logLevel },
  logController: new LogController({ disableRequestLogging: true }),
  bodyLimit: 131_072,
  requestTimeout: 120_000,
  routerOptions: { ignoreTrailingSlash: true, maxParamLength: 65_536 },
  ajv: AJV,
  frameworkErrors: answerError,
  clientErrorHandler: answerClientError,
})
app.removeContentTypeParser('text/plain')
await prepareAnswers(app)
answerErrors(app)
const { sessionSecrets: secrets, corsOrigins: origins } = security
const sessions = createSessions({ secrets, origins, isStrict: true })
await refuseUnwanted(app, {
  security,
  adminToken: undefined,
  sessions,
  redis: undefined,
  databaseId,
  metricsPath: '/metrics',
})
const tasks = announceChanges(createTaskStore(database, environment), boards)
await app.register(taskRoutes(tasks), { prefix: '/api/v1/tasks' })
await app.register(sessionRoutes(sessions), { prefix: '/api/v1/session' })
await app.listen({ host, port })
process.once('SIGTERM', () => process.exit())
