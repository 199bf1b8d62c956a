import { createRedisTier, type RedisClient } from '@breakwater/cache/redis'
import type { Cluster, Redis } from 'ioredis'
import { expectTypeOf, test } from 'vitest'

test('the real Redis and Cluster are clients of a tier', () => {
  expectTypeOf<Redis>().toExtend<RedisClient>()
  expectTypeOf<Redis<'resp3'>>().toExtend<RedisClient>()
  expectTypeOf<Cluster>().toExtend<RedisClient>()
  expectTypeOf<Cluster<'resp3'>>().toExtend<RedisClient>()
  expectTypeOf(createRedisTier).toBeCallableWith({} as Redis)
  expectTypeOf(createRedisTier).toBeCallableWith({} as Cluster, { shards: 8 })
})

test('something without duplicate() is not', () => {
  expectTypeOf<Omit<Redis, 'duplicate'>>().not.toExtend<RedisClient>()
  expectTypeOf<Omit<Cluster, 'duplicate'>>().not.toExtend<RedisClient>()
})
