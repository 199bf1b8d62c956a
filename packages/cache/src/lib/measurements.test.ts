import { createManualClock } from '@breakwater/core/testing'
import { expect, test } from 'vitest'
import { type Cache, createCache } from './cache.ts'
import { createMemoryStore } from './memory/memory-store.ts'

function numbers(cache: Cache): Record<string, unknown> {
  return Object.fromEntries(
    cache
      .measure()
      .filter(({ kind }) => kind !== 'histogram')
      .map(({ name, labels, value }) => [
        [name.replace('cache_', ''), ...Object.values(labels ?? {})].join(' '),
        value,
      ]),
  )
}

test('measure() counts what happened', async () => {
  const clock = createManualClock()
  const memory = createMemoryStore({ maxEntries: 3 })
  const cache = createCache({ name: 'test', clock, memory, ttlMs: 100, graceMs: 100, retryDelayMs: 50 })
  cache.subscribe(() => {})
  expect([cache.kind, cache.name]).toEqual(['cache', 'test'])
  await Promise.all([cache.getOrSet('a', () => 1), cache.getOrSet('a', () => 1)])
  await cache.getOrSet('a', () => 1)
  await cache.get('missing')
  await cache.getMany(['a', 'a', 'missing'])
  await cache.set('b', 2)
  await cache.set('c', 3, { tags: ['t'] })
  await cache.set('d', 4)
  await cache.delete('d')
  await cache.invalidateTags(['t', 'u'])
  clock.advance(100)
  await cache.getOrSet('b', () => Promise.reject(new Error('down')))
  await cache.getOrSet('b', () => 5)
  await cache.namespace('n').clear()
  expect(numbers(cache)).toEqual({
    'hits_total memory': 2,
    misses_total: 4,
    'stale_serves_total revalidate': 0,
    'stale_serves_total grace': 2,
    'hit_ratio 1m': 2 / 6,
    'hit_ratio 5m': 2 / 6,
    'hit_ratio 15m': 2 / 6,
    'loads_total success': 1,
    'loads_total failure': 1,
    'loads_total timeout': 0,
    loads_under_way: 0,
    loads_joined_total: 1,
    loads_held_back_total: 1,
    loads_fenced_total: 0,
    memory_entries: memory.size,
    memory_bytes: memory.bytes,
    memory_evictions_total: 1,
    sets_total: 3,
    deletes_total: 1,
    tag_invalidations_total: 3,
    clears_total: 1,
    tags: 3,
  })
})

test('measure() takes no refresh for a read', async () => {
  const clock = createManualClock()
  const cache = createCache({ name: 'test', clock, ttlMs: 100, eagerRefreshRatio: 0.5 })
  await cache.set('a', 1)
  clock.advance(60)
  await cache.getOrSet('a', () => 2)
  await clock.advanceAsync(0)
  expect(numbers(cache)).toMatchObject({ 'hits_total memory': 1, misses_total: 0, 'loads_total success': 1 })
})

test('measure() names histograms in seconds', async () => {
  const clock = createManualClock()
  const cache = createCache({ name: 'test', clock })
  await cache.getOrSet('a', async () => {
    clock.advance(30)
    return 1
  })
  const seconds = cache.measure().find(({ name }) => name === 'cache_load_seconds')
  expect(seconds?.value).toMatchObject({ count: 1, sum: expect.closeTo(0.03) })
})

test('hitWindow() looks back over the latest time', async () => {
  const clock = createManualClock()
  const cache = createCache({ name: 'test', clock, ttlMs: 3_600_000 })
  expect(cache.hitWindow(60_000)).toEqual({ windowMs: 0, hits: 0, misses: 0, hitRatio: undefined })
  await cache.set('a', 1)
  await cache.get('a')
  await cache.get('missing')
  expect(cache.hitWindow(60_000)).toEqual({ windowMs: 0, hits: 1, misses: 1, hitRatio: 0.5 })
  for (let round = 0; round < 30; round++) {
    clock.advance(10_000)
    await cache.get('a')
  }
  expect(cache.hitWindow(60_000)).toEqual({ windowMs: 60_000, hits: 7, misses: 0, hitRatio: 1 })
  expect(cache.hitWindow(900_000)).toMatchObject({ windowMs: 300_000, hits: 31, misses: 1 })
  clock.advance(3_600_000)
  expect(cache.hitWindow(60_000)).toEqual({ windowMs: 60_000, hits: 0, misses: 0, hitRatio: undefined })
})
