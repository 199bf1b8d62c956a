import { createManualClock, type ManualClock } from '@breakwater/core/testing'
import { expect, test } from 'vitest'
import { type Cache, createCache } from './cache.ts'
import { createMemoryStore } from './memory/memory-store.ts'

function create(): { cache: Cache; clock: ManualClock } {
  const clock = createManualClock()
  const times = { ttlMs: 100, staleWhileRevalidateMs: 50, graceMs: 200, retryDelayMs: 50 }
  const cache = createCache({ name: 'test', clock, memory: createMemoryStore({ maxEntries: 2 }), ...times })
  cache.subscribe(() => {})
  return { cache, clock }
}

test('inspect() explains a value through its life', async () => {
  const { cache, clock } = create()
  expect(await cache.inspect('a')).toEqual({
    key: 'a',
    next: 'miss',
    why: 'The first layer does not have it',
    memory: undefined,
    shared: undefined,
    loadingForMs: undefined,
    isPending: false,
    logLagMs: undefined,
  })
  await cache.set('a', 1, { tags: ['t'] })
  clock.advance(30)
  expect(await cache.inspect('a')).toMatchObject({
    next: 'memory-hit',
    memory: { ageMs: 30, freshForMs: 70, usableForMs: 270, tags: ['t'], invalidatedBy: undefined },
  })
  clock.advance(70)
  expect(await cache.inspect('a')).toMatchObject({ next: 'stale-hit', memory: { freshForMs: 0 } })
  clock.advance(50)
  expect(await cache.inspect('a')).toMatchObject({ next: 'miss', why: 'The value of the first layer has expired' })
  expect(await cache.getOrSet('a', () => Promise.reject(new Error('down')))).toBe(1)
  expect(await cache.inspect('a')).toMatchObject({
    next: 'stale-hit',
    why: 'The value of the first layer has expired, its loader failed a moment ago, and it is in grace',
  })
})

test('inspect() says what makes a value void', async () => {
  const { cache } = create()
  await cache.set('a', 1, { tags: ['t'] })
  await cache.invalidateTags(['t'])
  expect(await cache.inspect('a')).toMatchObject({
    next: 'miss',
    why: 'The value of the first layer was invalidated by the tag "t"',
    memory: { invalidatedBy: 'the tag "t"' },
  })
  const users = cache.namespace('users')
  await users.set('1', 1)
  await users.clear()
  expect(await users.inspect('1')).toMatchObject({
    key: 'users:1',
    memory: { tags: [], invalidatedBy: 'clear() of its namespace' },
  })
})

test('inspect() says that it is loading, and that its loader failed', async () => {
  const { cache, clock } = create()
  const { promise, reject } = Promise.withResolvers<never>()
  const loading = cache.getOrSet('a', () => promise)
  clock.advance(10)
  expect(await cache.inspect('a')).toMatchObject({ next: 'wait-for-load', loadingForMs: 10 })
  reject(new Error('down'))
  await expect(loading).rejects.toThrow('down')
  expect(await cache.inspect('a')).toMatchObject({
    next: 'miss',
    why: 'The first layer does not have it, its loader failed a moment ago, and callers get the same error for now',
  })
})

test('inspect() changes nothing, not even the order of eviction', async () => {
  const { cache } = create()
  await cache.set('a', 1)
  await cache.set('b', 2)
  const before = cache.measure()
  await cache.inspect('a')
  expect(cache.measure()).toEqual(before)
  await cache.set('c', 3)
  expect(cache.peek('a')).toBeUndefined()
})
