import { isLoadTimeoutError, type LoadContext } from '@breakwater/cache'
import { expect } from 'vitest'
import { alone, type EngineCase, numberOf, outcome, Source } from './engine-case.ts'

/** What a cache of one process must do about loads and invalidations. */
export const casesAlone: readonly EngineCase[] = [
  {
    name: 'delete() of the same key while its loader runs: the old value is not stored afterwards',
    async run(create) {
      const { cache, clock } = alone(create)
      const source = new Source()
      const early = cache.getOrSet('a', source.load)
      await cache.delete('a')
      source.end('old')
      expect(await early).toBe('old')
      await clock.advanceAsync(0)
      expect(cache.peek('a')).toBeUndefined()
      expect(await cache.getOrSet('a', () => 'new')).toBe('new')
      expect(numberOf(cache, 'loads_fenced_total')).toBe(1)
    },
  },
  {
    name: 'set() while a loader runs is not overwritten',
    async run(create) {
      const { cache, clock } = alone(create)
      const source = new Source()
      const early = cache.getOrSet('a', source.load)
      await cache.set('a', 'set')
      source.end('loaded')
      expect(await early).toBe('loaded')
      await clock.advanceAsync(0)
      expect(await cache.get('a')).toBe('set')
    },
  },
  {
    name: 'invalidateTags() while a loader runs voids what it returns',
    async run(create) {
      const { cache } = alone(create)
      const source = new Source()
      const early = cache.getOrSet('a', source.load, { tags: ['t'] })
      await cache.invalidateTags(['t'])
      source.end('old')
      expect(await early).toBe('old')
      expect(await cache.get('a')).toBeUndefined()
    },
  },
  {
    name: 'invalidateTags() while a loader runs voids what it returns, if the loader itself sets the tag',
    async run(create) {
      const { cache } = alone(create)
      const { promise, resolve } = Promise.withResolvers<string>()
      const early = cache.getOrSet('a', async ({ tag }) => {
        const value = await promise
        tag('t')
        return value
      })
      await cache.invalidateTags(['t'])
      resolve('old')
      expect(await early).toBe('old')
      expect(await cache.get('a')).toBeUndefined()
    },
  },
  {
    name: 'invalidateTags() of another tag while a loader runs voids nothing',
    async run(create) {
      const { cache } = alone(create)
      const source = new Source()
      const early = cache.getOrSet('a', source.load, { tags: ['t'] })
      await cache.invalidateTags(['other'])
      source.end('value')
      await early
      expect(await cache.get('a')).toBe('value')
    },
  },
  {
    name: 'clear() while a loader runs voids what it returns',
    async run(create) {
      const { cache } = alone(create)
      const source = new Source()
      const early = cache.getOrSet('a', source.load)
      await cache.clear()
      source.end('old')
      expect(await early).toBe('old')
      expect(await cache.get('a')).toBeUndefined()
    },
  },
  {
    name: 'invalidateTags() voids what is stored, and nothing that is stored later',
    async run(create) {
      const { cache } = alone(create)
      await cache.set('a', 1, { tags: ['t', 'u'] })
      await cache.set('b', 2, { tags: ['u'] })
      await cache.set('c', 3)
      await cache.invalidateTags(['t'])
      expect([...(await cache.getMany(['a', 'b', 'c'])).keys()]).toEqual(['b', 'c'])
      await cache.set('a', 4, { tags: ['t'] })
      expect(await cache.get('a')).toBe(4)
      await cache.invalidateTags(['u', 't'])
      expect([...(await cache.getMany(['a', 'b', 'c'])).keys()]).toEqual(['c'])
    },
  },
  {
    name: 'clear() voids everything that is stored, and nothing that is stored later',
    async run(create) {
      const { cache } = alone(create)
      await cache.set('a', 1)
      await cache.clear()
      expect(await cache.get('a')).toBeUndefined()
      await cache.set('a', 2)
      expect(await cache.get('a')).toBe(2)
    },
  },
  {
    name: 'getOrSet() after a delete() does not join the load from before it',
    async run(create) {
      const { cache } = alone(create)
      const source = new Source()
      const early = cache.getOrSet('a', source.load)
      await cache.delete('a')
      const late = cache.getOrSet('a', source.load)
      expect(source.calls).toBe(2)
      source.end('old')
      source.end('new')
      expect([await early, await late, await cache.get('a')]).toEqual(['old', 'new', 'new'])
    },
  },
  {
    name: 'getOrSet() after an invalidation gets the new value, whenever the loads end',
    async run(create) {
      const { cache, clock } = alone(create)
      const source = new Source()
      const newer = new Source()
      const early = cache.getOrSet('a', source.load)
      await cache.delete('a')
      const late = cache.getOrSet('a', newer.load)
      newer.end('new')
      expect(await late).toBe('new')
      source.end('old')
      expect(await early).toBe('old')
      await clock.advanceAsync(0)
      expect(await cache.get('a')).toBe('new')
    },
  },
  {
    name: 'getOrSet() after an invalidation gets the new value, also for tags that are set inside the loader',
    async run(create) {
      const { cache } = alone(create)
      const { promise, resolve } = Promise.withResolvers<string>()
      let version = 'old'
      let calls = 0
      const load = async ({ tag }: LoadContext): Promise<string> => {
        calls++
        const value = version
        await promise
        tag('t')
        return value
      }
      const early = cache.getOrSet('a', load)
      version = 'new'
      await cache.invalidateTags(['t'])
      const late = cache.getOrSet('a', load)
      resolve('')
      expect([await early, await late, calls]).toEqual(['old', 'new', 2])
      expect(await cache.get('a')).toBe('new')
    },
  },
  {
    name: 'getOrSet() after an invalidation of a tag that the load turns out not to have shares that load',
    async run(create) {
      const { cache } = alone(create)
      const source = new Source()
      const early = cache.getOrSet('a', source.load)
      await cache.invalidateTags(['t'])
      const late = cache.getOrSet('a', source.load)
      source.end('value')
      expect([await early, await late, source.calls]).toEqual(['value', 'value', 1])
    },
  },
  {
    name: 'getOrSet() that joined for nothing too often loads by itself, and what it put aside is not kept',
    async run(create) {
      const { cache, clock } = alone(create)
      const ends: (() => void)[] = []
      let version = 0
      const load = async ({ tag }: LoadContext): Promise<number> => {
        const value = version
        await new Promise<void>((resolve) => ends.push(resolve))
        tag('t')
        return value
      }
      const all = [cache.getOrSet('a', load)]
      for (let round = 0; round < 6; round++) {
        version++
        await cache.invalidateTags(['t'])
        all.push(cache.getOrSet('a', load))
        ends.shift()?.()
        await clock.advanceAsync(0)
      }
      await cache.delete('a')
      version = 100
      while (ends.length > 0) {
        for (const end of ends.splice(0)) end()
        await clock.advanceAsync(0)
      }
      await Promise.all(all)
      expect([undefined, 100]).toContain(cache.peek('a'))
    },
  },
  {
    name: 'a loader over its hard limit is aborted, its key is free again, and its late result is not kept',
    async run(create) {
      const { cache, clock } = alone(create, { hardTimeoutMs: 1_000, retryDelayMs: 0 })
      const source = new Source()
      const hung = outcome(cache.getOrSet('a', source.load))
      await clock.advanceAsync(990)
      expect([hung.isOver, source.signal?.aborted]).toEqual([false, false])
      await clock.advanceAsync(10)
      expect(isLoadTimeoutError(hung.error)).toBe(true)
      expect(source.signal?.aborted).toBe(true)
      expect(source.signal?.reason).toBe(hung.error)
      expect(await cache.getOrSet('a', () => 'next')).toBe('next')
      source.end('late')
      await clock.advanceAsync(0)
      expect(await cache.get('a')).toBe('next')
      expect([numberOf(cache, 'loads_total', 'timeout'), numberOf(cache, 'loads_under_way')]).toEqual([1, 0])
    },
  },
  {
    name: 'loaders that hang are aborted each in its own time',
    async run(create) {
      const { cache, clock } = alone(create, { hardTimeoutMs: 1_000 })
      const hung = []
      for (const key of ['a', 'b', 'c']) {
        hung.push(outcome(cache.getOrSet(key, new Source().load, key === 'c' ? { hardTimeoutMs: 100 } : undefined)))
        await clock.advanceAsync(300)
      }
      expect(hung.map(({ isOver }) => isOver)).toEqual([false, false, true])
      await clock.advanceAsync(100)
      expect(hung.map(({ isOver }) => isOver)).toEqual([true, false, true])
      await clock.advanceAsync(300)
      expect(hung.map(({ error }) => isLoadTimeoutError(error))).toEqual([true, true, true])
    },
  },
  {
    name: 'a hung loader that was fenced is aborted, too',
    async run(create) {
      const { cache, clock } = alone(create, { hardTimeoutMs: 1_000 })
      const source = new Source()
      const hung = outcome(cache.getOrSet('a', source.load))
      await cache.delete('a')
      expect(numberOf(cache, 'loads_under_way')).toBe(1)
      await clock.advanceAsync(1_000)
      expect(isLoadTimeoutError(hung.error)).toBe(true)
      expect(numberOf(cache, 'loads_under_way')).toBe(0)
    },
  },
  {
    name: 'a failure of a load from before a delete() does not hold anybody back',
    async run(create) {
      const { cache, clock } = alone(create)
      const source = new Source()
      const early = outcome(cache.getOrSet('a', source.load))
      await cache.delete('a')
      source.fail(new Error('old'))
      await clock.advanceAsync(0)
      expect(await cache.getOrSet('a', () => 'new')).toBe('new')
      expect(early.error).toEqual(new Error('old'))
    },
  },
  {
    name: 'a soft limit serves the stale value while the loader goes on',
    async run(create) {
      const { cache, clock } = alone(create, { ttlMs: 100, graceMs: 1_000, softTimeoutMs: 50 })
      await cache.set('a', 'stale')
      await clock.advanceAsync(100)
      const source = new Source()
      const waiting = outcome(cache.getOrSet('a', source.load))
      await clock.advanceAsync(40)
      expect(waiting.isOver).toBe(false)
      await clock.advanceAsync(10)
      expect(waiting.value).toBe('stale')
      expect(await cache.getOrSet('a', source.load)).toBe('stale')
      source.end('fresh')
      await clock.advanceAsync(0)
      expect([await cache.get('a'), source.calls]).toEqual(['fresh', 1])
      expect(numberOf(cache, 'stale_serves_total', 'grace')).toBe(2)
    },
  },
  {
    name: 'after a soft limit nobody gets a stale value whose tags were invalidated meanwhile',
    async run(create) {
      const { cache, clock } = alone(create, { ttlMs: 100, graceMs: 1_000, softTimeoutMs: 50 })
      await cache.getOrSet('a', ({ tag }) => {
        tag('t')
        return 'stale'
      })
      await clock.advanceAsync(100)
      const source = new Source()
      const first = outcome(cache.getOrSet('a', source.load))
      await clock.advanceAsync(50)
      expect(first.value).toBe('stale')
      await cache.invalidateTags(['t'])
      const late = outcome(cache.getOrSet('a', source.load))
      await clock.advanceAsync(100)
      expect(late.isOver).toBe(false)
      source.end('fresh')
      await clock.advanceAsync(0)
      expect([late.value, source.calls]).toEqual(['fresh', 1])
    },
  },
  {
    name: 'after a soft limit nobody gets a stale value whose grace is over',
    async run(create) {
      const { cache, clock } = alone(create, { ttlMs: 100, graceMs: 200, softTimeoutMs: 50 })
      await cache.set('a', 'stale')
      await clock.advanceAsync(100)
      const source = new Source()
      const first = outcome(cache.getOrSet('a', source.load))
      await clock.advanceAsync(200)
      expect(first.value).toBe('stale')
      const late = outcome(cache.getOrSet('a', source.load))
      await clock.advanceAsync(10)
      expect(late.isOver).toBe(false)
      source.fail(new Error('down'))
      await clock.advanceAsync(0)
      expect(late.error).toEqual(new Error('down'))
    },
  },
  {
    name: 'grace serves the stale value if the loader fails, and tells of the error',
    async run(create) {
      const { cache, clock } = alone(create, { ttlMs: 100, graceMs: 1_000 })
      const events: unknown[] = []
      cache.subscribe((event) => events.push(event))
      await cache.set('a', 'stale')
      await clock.advanceAsync(100)
      const error = new Error('down')
      expect(await cache.getOrSet('a', () => Promise.reject(error))).toBe('stale')
      expect(events).toEqual([{ type: 'load:failed', key: 'a', error }])
      await clock.advanceAsync(1_000)
      await expect(cache.getOrSet('a', () => Promise.reject(error))).rejects.toBe(error)
      expect(events).toHaveLength(1)
    },
  },
  {
    name: 'grace does not serve what was deleted, or invalidated, while the loader ran',
    async run(create) {
      for (const change of ['delete', 'tag', 'clear']) {
        const { cache, clock } = alone(create, { ttlMs: 100, graceMs: 1_000 })
        await cache.set('a', 'stale', { tags: ['t'] })
        await clock.advanceAsync(100)
        const source = new Source()
        const waiting = outcome(cache.getOrSet('a', source.load))
        if (change === 'delete') await cache.delete('a')
        else if (change === 'tag') await cache.invalidateTags(['t'])
        else await cache.clear()
        const error = new Error('down')
        source.fail(error)
        await clock.advanceAsync(0)
        expect(waiting).toEqual({ error, isOver: true })
      }
    },
  },
  {
    name: 'null is not served in grace, unless it has one of its own',
    async run(create) {
      const { cache, clock } = alone(create, { ttlMs: 100, graceMs: 1_000, retryDelayMs: 0 })
      const down = (): Promise<never> => Promise.reject(new Error('down'))
      await cache.set('value', 1)
      await cache.set('set', null)
      await cache.getOrSet('loaded', () => null)
      await cache.getOrSet('own', () => null, { nullGraceMs: 50 })
      await clock.advanceAsync(100)
      expect(await cache.getOrSet('value', down)).toBe(1)
      await expect(cache.getOrSet('set', down)).rejects.toThrow('down')
      await expect(cache.getOrSet('loaded', down)).rejects.toThrow('down')
      expect(await cache.getOrSet('own', down)).toBeNull()
      await clock.advanceAsync(50)
      await expect(cache.getOrSet('own', down)).rejects.toThrow('down')
      expect(await cache.getOrSet('value', down)).toBe(1)
    },
  },
  {
    name: 'failures are held back for a time that doubles up to its end, and begins anew after a success',
    async run(create) {
      const { cache, clock } = alone(create, { retryDelayMs: 100, maxRetryDelayMs: 300, ttlMs: 10 })
      let calls = 0
      const error = new Error('down')
      const fail = (): never => {
        calls++
        throw error
      }
      for (const delayMs of [100, 200, 300, 300]) {
        const before = calls
        await expect(cache.getOrSet('a', fail)).rejects.toBe(error)
        await clock.advanceAsync(delayMs - 1)
        await expect(cache.getOrSet('a', fail)).rejects.toBe(error)
        expect(calls).toBe(before + 1)
        await clock.advanceAsync(1)
      }
      expect(numberOf(cache, 'loads_held_back_total')).toBe(4)
      expect(await cache.getOrSet('a', () => 'up')).toBe('up')
      await clock.advanceAsync(10)
      await expect(cache.getOrSet('a', fail)).rejects.toBe(error)
      await clock.advanceAsync(100)
      expect(await cache.getOrSet('a', () => 'up again')).toBe('up again')
    },
  },
  {
    name: 'stale-while-revalidate serves at once, and renews once',
    async run(create) {
      const { cache, clock } = alone(create, { ttlMs: 100, staleWhileRevalidateMs: 100 })
      await cache.set('a', 'stale')
      await clock.advanceAsync(150)
      const source = new Source()
      expect(await cache.getOrSet('a', source.load)).toBe('stale')
      expect(await cache.getOrSet('a', source.load)).toBe('stale')
      expect(source.calls).toBe(1)
      expect(await cache.get('a')).toBeUndefined()
      source.end('fresh')
      await clock.advanceAsync(0)
      expect(await cache.getOrSet('a', source.load)).toBe('fresh')
      expect(source.calls).toBe(1)
      expect(numberOf(cache, 'stale_serves_total', 'revalidate')).toBe(2)
    },
  },
  {
    name: 'eager refresh renews before the end, while the value is served',
    async run(create) {
      const { cache, clock } = alone(create, { ttlMs: 100, eagerRefreshRatio: 0.8 })
      await cache.set('a', 'old')
      const source = new Source()
      await clock.advanceAsync(79)
      expect(await cache.getOrSet('a', source.load)).toBe('old')
      expect(source.calls).toBe(0)
      await clock.advanceAsync(1)
      expect(await cache.getOrSet('a', source.load)).toBe('old')
      expect(await cache.getOrSet('a', source.load)).toBe('old')
      expect(source.calls).toBe(1)
      source.end('new')
      await clock.advanceAsync(0)
      expect(await cache.getOrSet('a', source.load)).toBe('new')
    },
  },
  {
    name: 'tags that are forgotten void too much, never too little',
    async run(create) {
      const { cache } = alone(create, { maxTags: 2 })
      await cache.set('a', 1, { tags: ['t'] })
      await cache.set('b', 2, { tags: ['unheard'] })
      await cache.set('looked at', 2, { tags: ['unheard'] })
      await cache.set('c', 3)
      await cache.invalidateTags(['t'])
      await cache.invalidateTags(['u'])
      expect(await cache.get('looked at')).toBe(2)
      await cache.invalidateTags(['v'])
      expect(numberOf(cache, 'tags')).toBe(2)
      expect(await cache.get('a')).toBeUndefined()
      expect(await cache.get('b')).toBeUndefined()
      expect(await cache.get('looked at')).toBe(2)
      expect(await cache.get('c')).toBe(3)
      await cache.set('a', 4, { tags: ['t'] })
      await cache.set('u', 5, { tags: ['u'] })
      expect([await cache.get('a'), await cache.get('u')]).toEqual([4, 5])
      await cache.invalidateTags(['v'])
      expect([await cache.get('a'), await cache.get('u'), numberOf(cache, 'tags')]).toEqual([4, 5, 2])
      await cache.invalidateTags(['w'])
      expect([await cache.get('a'), await cache.get('u')]).toEqual([4, 5])
    },
  },
  {
    name: 'tags are forgotten in the order of their latest invalidation',
    async run(create) {
      const { cache } = alone(create, { maxTags: 2 })
      await cache.invalidateTags(['t'])
      await cache.invalidateTags(['u'])
      await cache.set('x', 1, { tags: ['unheard'] })
      await cache.invalidateTags(['t'])
      await cache.invalidateTags(['v'])
      // Of u, which is older than x.
      expect(await cache.get('x')).toBe(1)
    },
  },
  {
    name: 'notModified() keeps the tags that the value had',
    async run(create) {
      const { cache, clock } = alone(create, { ttlMs: 100, graceMs: 1_000 })
      await cache.getOrSet('a', ({ tag }) => {
        tag('t')
        return 'value'
      })
      await clock.advanceAsync(100)
      expect(await cache.getOrSet('a', ({ notModified }) => notModified())).toBe('value')
      expect(await cache.get('a')).toBe('value')
      await cache.invalidateTags(['t'])
      expect(await cache.get('a')).toBeUndefined()
    },
  },
  {
    name: 'getOrSetMany() shares what a load under way leaves out',
    async run(create) {
      const { cache } = alone(create)
      const { promise, resolve } = Promise.withResolvers<Map<string, number>>()
      let calls = 0
      const load = (): Promise<Map<string, number>> => {
        calls++
        return promise
      }
      const both = [cache.getOrSetMany(['a', 'b'], load), cache.getOrSetMany(['b', 'a'], load)]
      resolve(new Map([['a', 1]]))
      expect((await Promise.all(both)).map((map) => [...map])).toEqual([[['a', 1]], [['a', 1]]])
      expect(calls).toBe(1)
    },
  },
]
