import type { Cache, createCache } from '../../src/lib/cache.ts'
import type { Engine } from '../../src/lib/engine.ts'
import type { createRedisTier } from '../../src/lib/redis/redis-tier.ts'
import type { SimulatedRedisOptions } from '../../src/lib/testing/simulated-redis.ts'
import type { CacheNode, CacheSubject } from './cache-subject.ts'

/** What {@link toCacheSubject} makes a subject of. */
export interface CacheSubjectParts {
  /** Of this package, or a copy of it with a fault. */
  readonly createCache: typeof createCache
  /** The same. */
  readonly createRedisTier: typeof createRedisTier
  /** What servers are like. */
  readonly redis?: SimulatedRedisOptions | undefined
}

/**
 * Puts `createCache` with `createRedisTier` to the test.
 *
 * @param parts Both of them.
 * @param name For messages.
 */
export function toCacheSubject(
  { createCache, createRedisTier, redis }: CacheSubjectParts,
  name: string = 'createCache()',
): CacheSubject {
  return {
    name,
    redis,
    create({ world, node, plan, random }) {
      const client = world.createClient(node)
      client.on('error', () => {}) // the user's own business
      const cache: Cache = createCache({
        name: 'explored',
        shared: createRedisTier(client, { shards: plan.shards, maxLog: plan.maxLog, maxTags: plan.maxTags }),
        ttlMs: plan.ttlMs,
        staleWhileRevalidateMs: plan.staleWhileRevalidateMs,
        graceMs: plan.graceMs,
        eagerRefreshRatio: plan.eagerRefreshRatio,
        softTimeoutMs: plan.softTimeoutMs,
        hardTimeoutMs: plan.hardTimeoutMs,
        maxStalenessMs: plan.maxStalenessMs,
        tierTimeoutMs: plan.tierTimeoutMs,
        leaseMs: plan.leaseMs,
        retryDelayMs: plan.retryDelayMs,
        maxRetryDelayMs: plan.maxRetryDelayMs,
        maxTags: plan.maxTags,
        maxQueued: plan.maxQueued,
        random,
        clock: node.clock,
      })
      cache.subscribe(() => {}) // or it would warn of failures
      return toNode(cache, () => client.disconnect())
    },
  }
}

function toNode(cache: Cache, dispose: () => void): CacheNode {
  return {
    getOrSet: (key, loader, tags) => cache.getOrSet(key, loader, { tags }),
    get: (key) => cache.get(key),
    peek: (key) => cache.peek(key),
    set: (key, value, tags) => cache.set(key, value, { tags }),
    delete: (key) => cache.delete(key),
    deleteMany: (keys) => cache.deleteMany(keys),
    getMany: (keys) => cache.getMany(keys),
    getOrSetMany: (keys, loader, tags) => cache.getOrSetMany(keys, loader, { tags }),
    invalidateTags: (tags) => cache.invalidateTags(tags),
    invalidate: (keys, tags) => cache.invalidate({ keys, tags }),
    clear: () => cache.clear(),
    close: () => cache.close(),
    dispose,
    leftovers: () => leftovers((cache as unknown as { readonly engine: Engine }).engine),
  }
}

/** What a cache with nothing to do should not hold. */
function leftovers(engine: Engine): readonly string[] {
  const { shared, flights, retired, pendingKeys, clock } = engine
  const held: string[] = []
  const note = (count: number, what: string): void => {
    if (count > 0) held.push(`${count} ${what}`)
  }
  note(flights.size, 'loads')
  note(retired.size, 'retired loads')
  note(pendingKeys.size, 'pending keys')
  note(shared?.outbox.size ?? 0, 'queued changes')
  note(shared?.recent.size ?? 0, 'recent changes')
  for (const [shard] of engine.timelines.entries())
    if (!engine.isClosed && !engine.isConfirmed(shard, clock.now())) held.push(`shard ${shard} not confirmed`)
  if (!engine.isClosed && shared?.link.connection.isReady === false) held.push('client not ready')
  return held
}
