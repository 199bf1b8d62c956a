/**
 * Real servers for tests and demos: found, borrowed or installed, and gone afterwards.
 *
 * @module
 */
export { type PostgresServer, type PostgresService, startPostgres } from './lib/services/postgres.ts'
export { type RedisServer, type RedisService, startRedis } from './lib/services/redis.ts'
export type {
  Environment,
  OwnOptions,
  OwnServer,
  Service,
  ShareableOptions,
  Skipped,
} from './lib/services/service.ts'
export { type Stoppable, usePostgres, useRedis, useService } from './lib/services/use.ts'
