/**
 * The shared tier of a cache on Redis: values, leases and the log of changes in one.
 *
 * @module
 */
export type { RedisTierOptions } from './lib/redis/options.ts'
export type { RedisArgument, RedisClient, RedisClientOptions } from './lib/redis/redis-client.ts'
export { createRedisTier } from './lib/redis/redis-tier.ts'
