import { useRedis, useRedisCluster } from '@breakwater/testing/services'
import { Cluster, Redis } from 'ioredis'
import { describe, test } from 'vitest'
import { tierConformance } from '../src/lib/conformance/tier-conformance.ts'
import type { TierUnderTest } from '../src/lib/conformance/tier-setting.ts'
import type { RedisTierOptions } from '../src/lib/redis/options.ts'
import { createRedisTier } from '../src/lib/redis/redis-tier.ts'

const redis = useRedis()

const tiers: Readonly<Record<string, RedisTierOptions & { readonly enableAutoPipelining?: boolean }>> = {
  'on one server': {},
  'on a client that pipelines by itself': { enableAutoPipelining: true },
  'with three shards': { shards: 3 },
  'that remembers few tags': { maxTags: 50 },
  'that watches others': { tracking: true },
}

// Most of the time is waiting, and each case has names of its own.
describe.concurrent.for(Object.entries(tiers))(
  'createRedisTier() %s',
  ([, { enableAutoPipelining = false, ...options }]) => {
    async function create(): Promise<TierUnderTest> {
      const client = new Redis(redis.url, { enableAutoPipelining })
      const tier = createRedisTier(client, { prefix: redis.prefix, ...options })
      return { tier, close: async () => client.disconnect() }
    }
    test.for(tierConformance(create))('$name', ({ run }) => run())
  },
)

const cluster = useRedisCluster()

describe.concurrent.for([{}, { enableAutoPipelining: true }])('createRedisTier() on a Cluster, %j', (settings) => {
  async function create(): Promise<TierUnderTest> {
    const client = new Cluster([...cluster.urls], settings)
    return { tier: createRedisTier(client), close: async () => client.disconnect() }
  }
  test.for(tierConformance(create))('$name', ({ run }) => run())
})
