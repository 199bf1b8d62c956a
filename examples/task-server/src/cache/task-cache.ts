import { type Cache, createCache } from '@breakwater/cache'
import { createMemoryStore } from '@breakwater/cache/memory'
import { createRedisTier } from '@breakwater/cache/redis'
import type { Clock } from '@breakwater/core'
import type { Task } from '../tasks/schema.ts'
import type { TaskList } from '../tasks/store.ts'
import type { SharedRedis } from './redis.ts'

/** What is cached, by its keys. */
export interface CachedTasks {
  /** A task, by its id in lower case; `null` if there is none. */
  readonly [key: `task:${string}`]: Task | null
  /** A page of a list, by its limit and where it begins. */
  readonly [key: `list:${string}`]: TaskList
}

/** The cache of the tasks. */
export type TaskCache = Cache<CachedTasks>

/** Options of {@link createTaskCache}. */
export interface TaskCacheOptions {
  /** What all instances share it through; without one, each has its own. */
  readonly redis?: SharedRedis | undefined
  /**
   * Keeps apart what is of different databases on one Redis.
   *
   * @defaultValue `'none'`
   */
  readonly databaseId?: string | undefined
  /** @defaultValue `systemClock` */
  readonly clock?: Clock | undefined
}

/** As many as there may be tasks in production. */
const MAX_ENTRIES = 10_000

/**
 * Creates the cache of the tasks.
 *
 * What the instances change is void everywhere at once. The ttl only matters for changes by others: what they do in the database
 * is seen after a minute, the time in which a value may be served while it is renewed included.
 *
 * @param options What it is shared through.
 */
export function createTaskCache({ redis, databaseId = 'none', clock }: TaskCacheOptions = {}): TaskCache {
  return createCache({
    name: 'tasks',
    memory: createMemoryStore({ maxEntries: MAX_ENTRIES }),
    shared: redis && createRedisTier(redis.client, { prefix: `task-server:${databaseId}:` }),
    ttlMs: 50_000,
    ttlJitterRatio: 0.1,
    staleWhileRevalidateMs: 10_000,
    // Reads go on while the database is away, for as long as most outages take.
    graceMs: 600_000,
    // Anybody can ask for what is not there, so it is not worth much memory.
    nullTtlMs: 5_000,
    // The most that a mean answer may take, with time left for the rest of it.
    softTimeoutMs: 150,
    // Half a second over what the policies around the database allow: 2 s in the queue, 3 s for the answer.
    hardTimeoutMs: 5_500,
    // A database that fails is protected by its circuit breaker, which also knows when it is back. An instance that cannot reach
    // it should not keep others from trying.
    retryDelayMs: 0,
    // A read takes a few milliseconds. Others need not wait much longer for an instance that died over one.
    leaseMs: 500,
    clock,
  })
}
