import assert from 'node:assert/strict'

// #region
import { createCache } from '@breakwater/cache'
import { createRedisTier } from '@breakwater/cache/redis'
import { Cluster, Redis } from 'ioredis'

/** Through Sentinel: the client finds the master, and so do the connections that the tier opens. */
function createClient(): Redis {
  return new Redis({
    name: 'mymaster',
    sentinels: [
      { host: 'sentinel-1', port: 26379 },
      { host: 'sentinel-2', port: 26379 },
      { host: 'sentinel-3', port: 26379 },
    ],
    sentinelCommandTimeout: 500, // or ioredis waits for ever for one that is frozen
    lazyConnect: true,
  })
}

/** A Cluster. Its changes are spread over four logs, or as many as there are masters. */
function createClusterClient(): Cluster {
  return new Cluster([{ host: 'redis-1', port: 6379 }], { lazyConnect: true })
}

const redis = createClient()
const cluster = createClusterClient()
redis.on('error', () => {}) // it goes on trying; the cache tells `tier:failed`
cluster.on('error', () => {})

const options = { name: 'tasks', ttlMs: 60_000 }
const tier = createRedisTier(redis, { prefix: 'shop:' })
const clusterTier = createRedisTier(cluster, { shards: 6 })
// … and either of them: createCache({ ...options, shared: tier })
// #endregion

assert.throws(() => createRedisTier(cluster, { tracking: true }), /Expected `tracking` to be false on a Cluster/)
assert.ok(tier && clusterTier && options && createCache)
redis.disconnect()
cluster.disconnect()
