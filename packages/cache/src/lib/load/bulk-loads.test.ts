import { createManualClock, type ManualClock } from '@breakwater/core/testing'
import { expect, test, vi } from 'vitest'
import { type Cache, createCache } from '../cache.ts'
import { isLoadTimeoutError } from '../errors.ts'
import type { CacheOptions } from '../options.ts'

function create(options: Partial<CacheOptions> = {}): { cache: Cache; clock: ManualClock } {
  const clock = createManualClock()
  const cache = createCache({ name: 'test', clock, ...options })
  cache.subscribe(() => {})
  return { cache, clock }
}

test('getMany() gives what is there, in the order of the keys', async () => {
  const { cache } = create()
  await cache.set('a', 1)
  await cache.set('b', null)
  expect([...(await cache.getMany(['b', 'missing', 'a', 'b']))]).toEqual([
    ['b', null],
    ['a', 1],
  ])
  expect((await cache.getMany([])).size).toBe(0)
})

test('getOrSetMany() calls the loader once, for what is missing, once for each key', async () => {
  const { cache } = create()
  await cache.set('b', 'there')
  const load = vi.fn((keys: readonly string[]) => new Map(keys.map((key) => [key, `loaded ${key}`])))
  expect([...(await cache.getOrSetMany(['c', 'b', 'a', 'c'], load))]).toEqual([
    ['c', 'loaded c'],
    ['b', 'there'],
    ['a', 'loaded a'],
  ])
  expect(load.mock.calls.map(([keys]) => keys)).toEqual([['c', 'a']])
  await cache.getOrSetMany(['a', 'b', 'c'], load)
  await cache.getOrSetMany([], load)
  expect(load).toHaveBeenCalledTimes(1)
})

test('getOrSetMany() leaves out what the loader leaves out, and keeps nothing of it', async () => {
  const { cache } = create()
  const load = vi.fn(() => new Map([['a', 1]]))
  expect([...(await cache.getOrSetMany(['a', 'b'], load)).keys()]).toEqual(['a'])
  expect([...(await cache.getOrSetMany(['a', 'b'], load)).keys()]).toEqual(['a'])
  expect(load).toHaveBeenCalledTimes(2)
  expect(await cache.getOrSet('b', () => 2)).toBe(2)
})

test('getOrSetMany() forgets a stale value that the loader leaves out', async () => {
  const { cache, clock } = create({ ttlMs: 100, graceMs: 1_000 })
  await cache.set('a', 'stale')
  clock.advance(100)
  expect((await cache.getOrSetMany(['a'], () => new Map())).size).toBe(0)
  await expect(cache.getOrSet('a', () => Promise.reject(new Error('down')))).rejects.toThrow('down')
})

test('getOrSetMany() joins loads that are under way, and is joined', async () => {
  const { cache } = create()
  const one = Promise.withResolvers<string>()
  const many = Promise.withResolvers<Map<string, string>>()
  const single = vi.fn(() => one.promise)
  const bulk = vi.fn((_: readonly string[]) => many.promise)
  const first = cache.getOrSet('a', single)
  const second = cache.getOrSetMany(['a', 'b', 'c'], bulk)
  const third = cache.getOrSet('b', single)
  const fourth = cache.getOrSet('c', () => 'alone')
  one.resolve('one')
  many.resolve(new Map([['b', 'many']]))
  expect([await first, [...(await second).values()], await third, await fourth]).toEqual([
    'one',
    ['one', 'many'],
    'many',
    'alone',
  ])
  expect([single.mock.calls.length, bulk.mock.calls.map(([keys]) => keys)]).toEqual([1, [['b', 'c']]])
})

test('getOrSetMany() rejects with what the loader threw, at once or later', async () => {
  const { cache } = create({ retryDelayMs: 0 })
  const error = new Error('down')
  await expect(cache.getOrSetMany(['a', 'b'], () => Promise.reject(error))).rejects.toBe(error)
  await expect(
    cache.getOrSetMany(['a', 'b'], () => {
      throw error
    }),
  ).rejects.toBe(error)
  await expect(cache.getOrSetMany(['a'], () => ({ a: 1 }) as never)).rejects.toThrow(
    'Expected the loader of several keys to return a Map',
  )
  expect(await cache.has('a')).toBe(false)
})

test('getOrSetMany() serves what is stale if the loader fails', async () => {
  const { cache, clock } = create({ ttlMs: 100, graceMs: 1_000 })
  await cache.set('a', 'stale')
  clock.advance(100)
  const error = new Error('down')
  expect(await cache.getOrSetMany(['a'], () => Promise.reject(error))).toEqual(new Map([['a', 'stale']]))
})

test('getOrSetMany() takes tags and a ttl for all values', async () => {
  const { cache, clock } = create()
  await cache.getOrSetMany(
    ['a', 'b'],
    (keys, { tag, ttl }) => {
      tag('inside')
      ttl(50)
      return new Map(keys.map((key) => [key, key]))
    },
    { tags: ['outside'] },
  )
  expect((await cache.inspect('a')).memory).toMatchObject({ tags: ['outside', 'inside'], freshForMs: 50 })
  await cache.invalidateTags(['inside'])
  expect((await cache.getMany(['a', 'b'])).size).toBe(0)
  clock.advance(1)
})

test('getOrSetMany() does not keep what was deleted while the loader ran', async () => {
  const { cache } = create()
  const { promise, resolve } = Promise.withResolvers<Map<string, number>>()
  const loading = cache.getOrSetMany(['a', 'b'], () => promise)
  await cache.delete('a')
  resolve(
    new Map([
      ['a', 1],
      ['b', 2],
    ]),
  )
  expect((await loading).size).toBe(2)
  expect([cache.peek('a'), cache.peek('b')]).toEqual([undefined, 2])
})

test('getOrSetMany() aborts a loader over its hard limit, once', async () => {
  const { cache, clock } = create({ hardTimeoutMs: 100 })
  let signal: AbortSignal | undefined
  const loading = cache.getOrSetMany(['a', 'b'], (_, context) => {
    signal = context.signal
    return new Promise<never>(() => {})
  })
  clock.advance(100)
  await expect(loading).rejects.toSatisfy(isLoadTimeoutError)
  expect(signal?.aborted).toBe(true)
})

test('getOrSetMany() ends the wait of a caller that gives up', async () => {
  const { cache } = create()
  const controller = new AbortController()
  const { promise, resolve } = Promise.withResolvers<Map<string, number>>()
  const loading = cache.getOrSetMany(['a'], () => promise, { signal: controller.signal })
  controller.abort(new Error('gone'))
  await expect(loading).rejects.toThrow('gone')
  resolve(new Map([['a', 1]]))
  await promise
  expect(cache.peek('a')).toBe(1)
})

test('getOrSetMany() renews what is stale with a loader of several keys', async () => {
  const { cache, clock } = create({ ttlMs: 100, staleWhileRevalidateMs: 100 })
  await cache.set('a', 'stale')
  clock.advance(100)
  const load = vi.fn((keys: readonly string[]) => new Map(keys.map((key) => [key, 'fresh'])))
  expect((await cache.getOrSetMany(['a'], load)).get('a')).toBe('stale')
  await clock.advanceAsync(0)
  expect([cache.peek('a'), load.mock.calls.length]).toEqual(['fresh', 1])
})
