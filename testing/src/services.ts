/**
 * Real servers for tests and demos: found, borrowed or installed, and gone afterwards.
 *
 * @module
 */
export {
  type NginxConfig,
  type NginxOptions,
  type NginxRequest,
  type NginxServer,
  startNginx,
} from './lib/services/nginx.ts'
export {
  type Note,
  type NotifySocket,
  type NotifySocketOptions,
  startNotifySocket,
} from './lib/services/notify-socket.ts'
export { freePort } from './lib/services/port.ts'
export { type PostgresServer, type PostgresService, startPostgres } from './lib/services/postgres.ts'
export {
  type Alert,
  type PrometheusConfig,
  type PrometheusOptions,
  type PrometheusServer,
  type QueryResult,
  type Scrape,
  type ScrapeTarget,
  startPrometheus,
} from './lib/services/prometheus.ts'
export { type Promtool, type PromtoolOptions, startPromtool } from './lib/services/promtool.ts'
export { createProxy, type ProxyTarget, type ProxyWay, type TcpProxy } from './lib/services/proxy.ts'
export { type RedisServer, type RedisService, startRedis } from './lib/services/redis.ts'
export {
  type ClusterNode,
  type MoveSlotOptions,
  type RedisCluster,
  startRedisCluster,
} from './lib/services/redis-cluster.ts'
export type { RedisNode } from './lib/services/redis-node.ts'
export { type RedisSentinel, type SentinelConnection, startRedisSentinel } from './lib/services/redis-sentinel.ts'
export type { Role } from './lib/services/replication.ts'
export type {
  Environment,
  GroupOptions,
  OwnOptions,
  OwnServer,
  Service,
  ShareableOptions,
  Skipped,
} from './lib/services/service.ts'
export {
  type Stoppable,
  useNginx,
  usePostgres,
  usePrometheus,
  usePromtool,
  useRedis,
  useRedisCluster,
  useRedisSentinel,
  useService,
} from './lib/services/use.ts'
