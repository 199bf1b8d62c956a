import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { SharedRedis } from '../cache/redis.ts'
import { isHealthPath } from '../health/endpoints.ts'
import type { Security } from '../security-variables.ts'
import type { Sessions } from '../session/sessions.ts'
import { createAdminJudge } from './admin.ts'
import { addCaching } from './caching.ts'
import { compressAnswers } from './compression.ts'
import { allowOrigins } from './cors.ts'
import { createHttpsRule } from './https.ts'
import { createRateCounter } from './rate-counter.ts'
import { type CountMore, createGuessLimit, limitRequests } from './rate-limit.ts'
import { addSecureHeaders } from './secure-headers.ts'

/** What change nothing. */
const SAFE_METHODS: readonly string[] = ['GET', 'HEAD', 'OPTIONS']

/**
 * Sets what all answers have in common, whoever makes them. Call it before all hooks and routes.
 *
 * @param app The server.
 */
export async function prepareAnswers(app: FastifyInstance): Promise<void> {
  addSecureHeaders(app)
  addCaching(app)
  await compressAnswers(app)
}

/** What {@link refuseUnwanted} goes by. */
export interface GuardParts {
  /** Whom to trust, and how far. */
  readonly security: Security
  /** What administrators know. */
  readonly adminToken: string | undefined
  /** Tells whose pages may change something. */
  readonly sessions: Sessions
  /** What the instances count requests through. */
  readonly redis: SharedRedis | undefined
  /** Keeps apart what is of different databases on one Redis. */
  readonly databaseId: string | undefined
  /** Where Prometheus scrapes. */
  readonly metricsPath: string
}

/**
 * Refuses what nobody should have to answer, the cheapest first: what is not wanted over plain HTTP, guesses of a token, too many
 * requests, and what pages of other sites send. Call it after what observes requests and sheds load, and before the routes.
 *
 * @param app The server.
 * @param parts What it goes by.
 * @returns What counts requests that do not come over HTTP.
 */
export async function refuseUnwanted(
  app: FastifyInstance,
  { security, adminToken, sessions, redis, databaseId = 'none', metricsPath }: GuardParts,
): Promise<CountMore> {
  const judge = createAdminJudge(adminToken)
  const [requests, guesses] = ['requests', 'guesses'].map((name) =>
    createRateCounter({ redis: redis?.client, prefix: `task-server:${databaseId}:${name}:` }),
  ) as [ReturnType<typeof createRateCounter>, ReturnType<typeof createRateCounter>]
  app.addHook('onClose', async () => {
    requests.close()
    guesses.close()
  })

  function isAdministrator({ headers }: FastifyRequest): boolean {
    return headers.authorization !== undefined && judge({ header: (name) => headers[name] as string | undefined })
  }

  /** Probes and scrapes come from inside, and have to be answered then most of all. */
  function isFromInside({ url }: FastifyRequest): boolean {
    const path = url.split('?', 1)[0] ?? ''
    return path === metricsPath || isHealthPath(path)
  }

  const redirect = createHttpsRule(security)
  refuseIf(app, (request, reply) => !isFromInside(request) && redirect(request, reply))
  if (adminToken !== undefined)
    refuseIf(app, createGuessLimit({ limit: security.adminRateLimit, counter: guesses, isAdministrator }))
  await allowOrigins(app, security.corsOrigins)
  const countMore = await limitRequests(app, {
    limit: security.rateLimit,
    counter: requests,
    isApart: (request) => isFromInside(request) || isAdministrator(request),
  })
  refuseIf(app, (request) => {
    const isToBecomeSocket = request.headers.upgrade !== undefined
    if (isToBecomeSocket || !SAFE_METHODS.includes(request.method)) sessions.check(request)
  })
  return countMore
}

/**
 * Asks something of every request.
 *
 * @param app The server.
 * @param ask Throws, or returns true if it has answered itself.
 */
function refuseIf(
  app: FastifyInstance,
  // biome-ignore lint/suspicious/noConfusingVoidType: what only throws returns nothing.
  ask: (request: FastifyRequest, reply: FastifyReply) => boolean | void,
): void {
  app.addHook('onRequest', (request, reply, done) => {
    try {
      if (ask(request, reply) === true) return
    } catch (error) {
      return done(error as Error)
    }
    done()
  })
}
