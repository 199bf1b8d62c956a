import { type Cache, type CacheNamespace, createCache, type NotModified } from '@breakwater/cache'
import { createRedisTier } from '@breakwater/cache/redis'
import { expectTypeOf, test } from 'vitest'

interface User {
  readonly name: string
}

interface Schema {
  readonly [key: `user:${number}`]: User
  readonly count: number
  readonly motto: string | null
}

declare const cache: Cache<Schema>

test('keys choose the types of values', () => {
  expectTypeOf(cache.get('user:1')).toEqualTypeOf<Promise<User | undefined>>()
  expectTypeOf(cache.get('count')).toEqualTypeOf<Promise<number | undefined>>()
  expectTypeOf(cache.peek('motto')).toEqualTypeOf<string | null | undefined>()
  expectTypeOf(cache.has('count')).toEqualTypeOf<Promise<boolean>>()
  expectTypeOf(cache.getMany(['user:1', 'user:2'])).toEqualTypeOf<Promise<Map<'user:1' | 'user:2', User>>>()
})

test('keys that are not in the schema are errors', () => {
  // @ts-expect-error no such key
  void cache.get('users:1')
  // @ts-expect-error no such key
  void cache.delete('user:one')
  // @ts-expect-error no such key
  void cache.deleteMany(['count', 'counts'])
})

test('values of other types are errors', () => {
  void cache.set('user:1', { name: 'Ada' })
  // @ts-expect-error no user
  void cache.set('user:1', 'Ada')
  // @ts-expect-error never undefined
  void cache.set('count', undefined)
  // @ts-expect-error a loader of something else
  void cache.getOrSet('count', () => 'three')
  // @ts-expect-error null is not in the schema
  void cache.getOrSet('count', () => null)
  // @ts-expect-error a loader of something else
  void cache.warmUp(['count'], () => 'three')
})

test('getOrSet() gives what the schema says, and the loader what was there', () => {
  const user = cache.getOrSet('user:1', async ({ key, previous, signal, tag, ttl }) => {
    expectTypeOf(key).toEqualTypeOf<string>()
    expectTypeOf(previous?.value).toEqualTypeOf<User | undefined>()
    expectTypeOf(signal).toEqualTypeOf<AbortSignal>()
    tag('users')
    ttl(1_000)
    return { name: 'Ada' } satisfies User
  })
  expectTypeOf(user).resolves.toExtend<User>()
  void cache.getOrSet('motto', ({ notModified }) => {
    expectTypeOf(notModified()).toEqualTypeOf<NotModified>()
    return notModified()
  })
})

test('getOrSetMany() takes a Map of the keys', () => {
  const many = cache.getOrSetMany(['user:1', 'user:2'], (keys) => {
    expectTypeOf(keys).toEqualTypeOf<readonly ('user:1' | 'user:2')[]>()
    return new Map(keys.map((key) => [key, { name: key }]))
  })
  expectTypeOf(many).resolves.toExtend<Map<'user:1' | 'user:2', User>>()
})

test('a namespace has a schema of its own', () => {
  const tasks = cache.namespace<Record<`task-${number}`, readonly string[]>>('tasks')
  expectTypeOf(tasks.get('task-1')).toEqualTypeOf<Promise<readonly string[] | undefined>>()
  // @ts-expect-error no such key
  void tasks.get('1')
  expectTypeOf(cache.namespace('any')).toEqualTypeOf<CacheNamespace>()
  expectTypeOf(cache.namespace('any').get('a')).toEqualTypeOf<Promise<unknown>>()
})

test('wrap() keeps the types of the function', () => {
  const cached = cache.wrap((id: number, name: string) => ({ id, name }), {
    key: (id, name) => {
      expectTypeOf(id).toEqualTypeOf<number>()
      return `${id}:${name}`
    },
    tags: (id) => [`user:${id}`],
  })
  expectTypeOf(cached).toEqualTypeOf<(id: number, name: string) => Promise<{ id: number; name: string }>>()
})

test('a cache without a schema takes any key, and knows nothing of values', () => {
  const any = createCache({ name: 'any' })
  expectTypeOf(any).toEqualTypeOf<Cache>()
  expectTypeOf(any.get('a')).toEqualTypeOf<Promise<unknown>>()
  expectTypeOf(any.getOrSet('a', () => 1)).resolves.toEqualTypeOf<number>()
})

test('createCache() takes what createRedisTier() makes', () => {
  expectTypeOf(createRedisTier).returns.toExtend<NonNullable<Parameters<typeof createCache>[0]['shared']>>()
})
