import type { Health } from '@breakwater/health'
import type { FastifyInstance } from 'fastify'
import { logRedis } from './cache/log-redis.ts'
import type { SharedRedis } from './cache/redis.ts'
import type { Database } from './database/database.ts'
import type { Environment } from './environment.ts'
import { StartError, toReason } from './start-error.ts'

/** What stands behind a server. */
export interface Served {
  /** Where the tasks are. */
  readonly database: Database
  /** What the cache is shared through. */
  readonly redis: SharedRedis | undefined
  /** Learns that it listens. */
  readonly health: Health
  /** Where liveness is served. */
  readonly healthPort: number | undefined
}

/**
 * Begins to serve, and says where, and where the tasks are.
 *
 * @param app The server.
 * @param environment Where to listen.
 * @param served What it tells of.
 * @throws {StartError} If the address cannot be had.
 */
export async function listen(
  app: FastifyInstance,
  { host, port, reusePort }: Environment,
  { database, redis, health, healthPort }: Served,
): Promise<void> {
  try {
    const listenTextResolver = (address: string): string => `The task server listens on ${address}`
    await app.listen({ host, port, ...(reusePort && { reusePort }), listenTextResolver })
  } catch (error) {
    throw new StartError([`Cannot listen on ${host}:${port} as ${reasonOf(error)}`], { cause: error })
  }
  health.add('http', () => app.server.listening, { cacheMs: 0, failureThreshold: 1 })
  if (healthPort !== undefined) app.log.info(`Liveness is served on port ${healthPort}`)
  app.log.info(`Tasks are kept in ${database.description}`)
  if (redis === undefined) return
  app.log.info(`The cache is shared through ${redis.description}`)
  logRedis(redis, app.log)
}

function reasonOf(error: unknown): string {
  switch ((error as NodeJS.ErrnoException).code) {
    case 'EADDRINUSE':
      return 'another process listens there: see PORT'
    case 'EACCES':
      return 'this user may not listen on that port: see PORT'
    case 'EADDRNOTAVAIL':
      return 'this machine does not have that address: see HOST'
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'that name is not known: see HOST'
    default:
      return toReason(error)
  }
}
