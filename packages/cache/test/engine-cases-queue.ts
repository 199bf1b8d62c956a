import type { Cache, CacheEvent, Mutation } from '@breakwater/cache'
import { expect } from 'vitest'
import { type EngineCase, numberOf, outcome, together } from './engine-case.ts'

/** What a cache must do with changes that its shared tier has not applied, or has forgotten. */
export const casesOfQueue: readonly EngineCase[] = [
  {
    name: 'delete() while the tier is down is queued, holds here at once, and is applied when it is back',
    async run(create) {
      const { caches, node, server, pass } = await together(create, { processes: 2 })
      const [one, two] = caches as [Cache, Cache]
      const events: CacheEvent[] = []
      one.subscribe((event) => events.push(event))
      await one.set('a', 'old')
      await pass()
      node.meet('fails')
      expect(await one.delete('a')).toBe('queued')
      expect(await one.deleteMany(['a', 'b'])).toBe('queued')
      expect([await one.get('a'), await two.get('a')]).toEqual([undefined, 'old'])
      expect(numberOf(one, 'invalidations_queued')).toBe(2)
      expect(await one.inspect('a')).toMatchObject({ isPending: true, next: 'miss' })
      node.fates = {}
      await pass(1_000)
      expect([await one.get('a'), await two.get('a'), server.entries.size]).toEqual([undefined, undefined, 0])
      expect(numberOf(one, 'invalidations_queued')).toBe(0)
      expect((await one.inspect('a')).isPending).toBe(false)
      expect(events).toEqual([
        { type: 'invalidations:queued', count: 1 },
        { type: 'invalidations:applied', count: 2 },
      ])
    },
  },
  {
    name: 'while a delete() is queued, what the tier still has is not served here, not even if it answers again',
    async run(create) {
      const { cache, node, pass } = await together(create)
      await cache.set('a', 'old')
      node.fates = { delete: 'fails' }
      expect(await cache.delete('a')).toBe('queued')
      await pass(200)
      expect([await cache.get('a'), await cache.getOrSet('a', () => 'new')]).toEqual([undefined, 'new'])
      node.fates = {}
      await pass(2_000)
      expect(numberOf(cache, 'invalidations_queued')).toBe(0)
      expect(await cache.getOrSet('a', () => 'newer')).toBe('newer')
    },
  },
  {
    name: 'set() while the tier is down is queued, and becomes a delete',
    async run(create) {
      const { caches, node, pass } = await together(create, { processes: 2 })
      const [one, two] = caches as [Cache, Cache]
      await one.set('a', 'old')
      await pass()
      expect(await two.get('a')).toBe('old')
      node.meet('fails')
      expect(await one.set('a', 'new')).toBe('queued')
      expect(await one.get('a')).toBeUndefined()
      node.fates = {}
      await pass(1_000)
      expect([await one.get('a'), await two.get('a')]).toEqual([undefined, undefined])
    },
  },
  {
    name: 'set() whose answer is lost is deleted afterwards, as nobody can say what became of it',
    async run(create) {
      const { cache, node, server, pass } = await together(create, { tierTimeoutMs: 50 })
      node.fates = { set: 'unanswered' }
      const setting = outcome(cache.set('a', 'value'))
      await pass(50)
      expect(setting.value).toBe('queued')
      await pass(1_000)
      expect([server.entries.size, await cache.get('a')]).toEqual([0, undefined])
    },
  },
  {
    name: 'invalidateTags() and clear() while the tier is down are queued, hold here, and are applied once',
    async run(create) {
      for (const isClear of [false, true]) {
        const { caches, node, server, pass } = await together(create, { processes: 2 })
        const [one, two] = caches as [Cache, Cache]
        const change = (): Promise<string> => (isClear ? one.clear() : one.invalidateTags(['t']))
        await one.set('a', 'old', { tags: ['t'] })
        await pass()
        expect(await two.get('a')).toBe('old')
        node.meet('fails')
        expect([await change(), await change()]).toEqual(['queued', 'queued'])
        node.fates = { invalidate: 'fails', clear: 'fails' }
        await pass(200)
        expect([await one.get('a'), await two.get('a')]).toEqual([undefined, 'old'])
        expect(await one.getOrSet('a', () => 'own', { tags: ['t'] })).toBe('own')
        expect(await one.get('a')).toBe('own')
        node.fates = {}
        const before = server.state(0).seq
        await pass(3_000)
        expect([server.state(0).seq - before, numberOf(one, 'invalidations_queued')]).toEqual([1, 0])
        expect(await two.get('a')).toBeUndefined()
        expect(await two.getOrSet('a', () => 'new', { tags: ['t'] })).toBe('new')
        await pass()
        expect(await one.getOrSet('a', () => 'not called', { tags: ['t'] })).toBe('new')
      }
    },
  },
  {
    name: 'a queue that is too long becomes one clear',
    async run(create) {
      const { caches, node, server, pass } = await together(create, { processes: 2, maxQueued: 3 })
      const [one, two] = caches as [Cache, Cache]
      const events: CacheEvent[] = []
      one.subscribe((event) => events.push(event))
      await one.set('other', 'void')
      await pass()
      expect(await two.get('other')).toBe('void')
      node.meet('fails')
      for (const key of ['a', 'b', 'c']) await one.delete(key)
      await one.invalidateTags(['t'])
      expect(numberOf(one, 'invalidations_queued')).toBe(1)
      expect(await one.get('other')).toBeUndefined()
      expect(events).toContainEqual({ type: 'invalidations:collapsed', count: 4 })
      node.fates = {}
      await pass(3_000)
      expect(await two.get('other')).toBeUndefined()
      const kinds = server.state(0).log.map(({ mutation }: { mutation: Mutation }) => mutation.kind)
      expect(kinds).toEqual(['delete', 'set', 'clear'])
      expect(await one.getOrSet('a', () => 1, { tags: ['t'] })).toBe(1)
      await pass()
      expect(await two.getOrSet('a', () => 'not called', { tags: ['t'] })).toBe(1)
      await two.getOrSet('b', () => 2, { tags: ['t'] })
      expect(await one.get('b')).toBe(2)
    },
  },
  {
    name: 'own changes that a failover forgot are made again',
    async run(create) {
      const { caches, server, pass } = await together(create, { processes: 2 })
      const [one, two] = caches as [Cache, Cache]
      const events: CacheEvent[] = []
      one.subscribe((event) => events.push(event))
      await two.getOrSet('a', () => 'old')
      await two.getOrSet('b', () => 'old', { tags: ['t'] })
      await pass()
      const [entryOfA] = [server.entries.get('a')]
      expect([await one.delete('a'), await one.invalidateTags(['t'])]).toEqual(['applied', 'applied'])
      await pass()
      server.rollBack(2)
      if (entryOfA !== undefined) server.entries.set('a', entryOfA)
      server.append(0, (position) => ({ kind: 'delete', keys: ['elsewhere'], position }))
      await pass(20)
      expect([await one.get('a'), await one.get('b')]).toEqual([undefined, undefined])
      await pass(2_000)
      expect([await one.get('a'), await one.get('b'), await two.get('a'), await two.get('b')]).toEqual(
        Array(4).fill(undefined),
      )
      expect(events).toContainEqual({ type: 'log:lost', shard: 0, changes: 2 })
      expect(numberOf(one, 'invalidations_queued')).toBe(0)
    },
  },
  {
    name: 'what invalidate() makes void in one step waits together while the tier is away, and a failover cannot forget half of it',
    async run(create) {
      const { caches, node, server, pass } = await together(create, { processes: 2 })
      const [one, two] = caches as [Cache, Cache]
      await two.getOrSet('a', () => 'old')
      await two.getOrSet('b', () => 'old', { tags: ['t'] })
      await pass()
      node.fates.invalidate = 'fails'
      expect(await one.invalidate({ keys: ['a'], tags: ['t'] })).toBe('queued')
      expect(numberOf(one, 'invalidations_queued')).toBe(2)
      expect([await one.get('a'), await one.get('b')]).toEqual([undefined, undefined])
      node.fates.invalidate = 'answered'
      await pass(5_000)
      expect(numberOf(one, 'invalidations_queued')).toBe(0)
      expect([await two.get('a'), await two.get('b')]).toEqual([undefined, undefined])

      await two.getOrSet('a', () => 'old')
      await pass()
      const entryOfA = server.entries.get('a')
      expect(await one.invalidate({ keys: ['a'], tags: ['t'] })).toBe('applied')
      await pass()
      server.rollBack(2)
      if (entryOfA !== undefined) server.entries.set('a', entryOfA)
      server.append(0, (position) => ({ kind: 'delete', keys: ['elsewhere'], position }))
      await pass(2_000)
      expect([await one.get('a'), await two.get('a')]).toEqual([undefined, undefined])
    },
  },
  {
    name: 'a clear that a failover forgot is made again',
    async run(create) {
      const { caches, server, pass } = await together(create, { processes: 2 })
      const [one, two] = caches as [Cache, Cache]
      await two.getOrSet('a', () => 'old')
      await pass()
      await one.clear()
      await pass()
      server.rollBack(1)
      server.append(0, (position) => ({ kind: 'delete', keys: ['elsewhere'], position }))
      await pass(2_000)
      expect([await one.get('a'), await two.get('a')]).toEqual([undefined, undefined])
      expect(await one.getOrSet('a', () => 'new')).toBe('new')
      await pass()
      expect(await two.get('a')).toBe('new')
    },
  },
  {
    name: 'a queued change whose history changed under way is tried again',
    async run(create) {
      const { caches, node, server, pass } = await together(create, { processes: 2 })
      const [one, two] = caches as [Cache, Cache]
      await two.set('a', 'old', { tags: ['t'] })
      await pass()
      node.fates = { invalidate: 'fails' }
      expect(await one.invalidateTags(['t'])).toBe('queued')
      node.fates = {}
      const release = node.hold('invalidate')
      await pass(30)
      // Applied, and forgotten by a failover before the answer came.
      server.rollBack(1)
      server.append(0, (position) => ({ kind: 'delete', keys: ['elsewhere'], position }))
      await pass(20)
      release()
      await pass(1_000)
      expect([await one.get('a'), await two.get('a')]).toEqual([undefined, undefined])
      expect(numberOf(one, 'invalidations_queued')).toBe(0)
    },
  },
  {
    name: 'delete() whose history changed under way is queued',
    async run(create) {
      const { cache, node, server, pass } = await together(create)
      await cache.set('a', 'old')
      const release = node.hold('delete')
      const deleting = outcome(cache.delete('a'))
      server.rollBack(2)
      server.append(0, (position) => ({ kind: 'delete', keys: ['elsewhere'], position }))
      await pass(20)
      release()
      await pass()
      expect(deleting.value).toBe('queued')
      await pass(1_000)
      expect(numberOf(cache, 'invalidations_queued')).toBe(0)
    },
  },
]
