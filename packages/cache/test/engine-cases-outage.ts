import type { Cache, CacheEvent } from '@breakwater/cache'
import { expect } from 'vitest'
import { type EngineCase, numberOf, outcome, Source, together } from './engine-case.ts'

/** What a cache must do while its shared tier is away, slow or cut off. */
export const casesOfOutage: readonly EngineCase[] = [
  {
    name: 'delete() while another process is cut off reaches it when it is back',
    async run(create) {
      const { caches, nodes, pass } = await together(create, { processes: 2, maxStalenessMs: 1_000 })
      const [one, two] = caches as [Cache, Cache]
      await one.set('a', 'old')
      await one.set('b', 'kept')
      expect([await two.get('a'), await two.get('b')]).toEqual(['old', 'kept'])
      const events: CacheEvent[] = []
      two.subscribe((event) => events.push(event))
      nodes[1]?.cut()
      await one.delete('a')
      await pass(500)
      expect(await two.get('a')).toBe('old')
      nodes[1]?.mend()
      expect([two.peek('a'), two.peek('b')]).toEqual([undefined, 'kept'])
      expect(events.map(({ type }) => type)).toEqual(['tier:failed', 'log:replayed', 'tier:recovered'])
    },
  },
  {
    name: 'who is cut off serves no entry past maxStalenessMs, but own fresh loads',
    async run(create) {
      const { cache, node, pass } = await together(create, { maxStalenessMs: 1_000 })
      await cache.set('a', 'old')
      node.cut()
      await pass(990)
      expect(await cache.get('a')).toBe('old')
      await pass(20)
      expect([await cache.get('a'), cache.peek('a')]).toEqual([undefined, undefined])
      expect(await cache.getOrSet('a', () => 'own')).toBe('own')
      await pass(900)
      expect(await cache.get('a')).toBe('own')
      await pass(200)
      expect(await cache.get('a')).toBeUndefined()
      expect((await cache.inspect('a')).why).toContain('maxStalenessMs')
      node.mend()
      await pass()
      expect(await cache.get('a')).toBe('own')
    },
  },
  {
    name: 'maxStalenessMs: Infinity serves while it is cut off',
    async run(create) {
      const { cache, node, pass } = await together(create, { maxStalenessMs: Number.POSITIVE_INFINITY })
      await cache.set('a', 'old')
      node.cut()
      await pass(30_000)
      expect(await cache.get('a')).toBe('old')
    },
  },
  {
    name: 'a log that was trimmed empties the first layer, and tells so',
    async run(create) {
      const { caches, nodes, server, pass } = await together(create, { processes: 2 })
      const [one, two] = caches as [Cache, Cache]
      await one.set('a', 'old')
      await one.set('tagged', 'old', { tags: ['t'] })
      expect(await two.get('a')).toBe('old')
      const events: CacheEvent[] = []
      two.subscribe((event) => events.push(event))
      nodes[1]?.cut()
      await one.delete('a')
      await one.invalidateTags(['t'])
      await one.set('b', 1)
      server.trim()
      nodes[1]?.mend()
      await pass()
      expect([two.peek('a'), await two.get('tagged')]).toEqual([undefined, undefined])
      expect(await two.get('b')).toBe(1)
      expect(events).toContainEqual({ type: 'log:lost', shard: 0, changes: 0 })
    },
  },
  {
    name: 'a history that begins during a load: its value is not kept',
    async run(create) {
      const { cache, server, pass } = await together(create)
      const source = new Source()
      const early = outcome(cache.getOrSet('a', source.load))
      await pass()
      server.flush()
      await pass(20)
      source.end('old')
      await pass()
      expect(early.value).toBe('old')
      expect([cache.peek('a'), await cache.get('a'), server.entries.size]).toEqual([undefined, undefined, 0])
    },
  },
  {
    name: 'a load that waits for the first contact is kept',
    async run(create) {
      const { cache, node, pass } = await together(create, {
        prepare: (side) => {
          side.attachesAlone = false
          side.isFollowing = false
        },
      })
      const first = outcome(cache.getOrSet('a', () => 'value'))
      await pass(20)
      expect(first.isOver).toBe(false)
      node.follow()
      await pass(10)
      expect([first.value, cache.peek('a')]).toEqual(['value', 'value'])
    },
  },
  {
    name: 'a tier that cannot be reached at the start costs its time limit once',
    async run(create) {
      const { cache, pass } = await together(create, {
        tierTimeoutMs: 100,
        prepare: (side) => {
          side.attachesAlone = false
          side.isFollowing = false
          side.isReady = false
        },
      })
      const first = outcome(cache.getOrSet('a', () => 'value'))
      await pass(110)
      expect(first.value).toBe('value')
      const second = outcome(cache.getOrSet('b', () => 'value'))
      await pass()
      expect(second.value).toBe('value')
    },
  },
  {
    name: 'a tier that never answers costs its time limit once, then nothing, and never an error',
    async run(create) {
      const { cache, node, pass } = await together(create, { tierTimeoutMs: 100 })
      node.meet('hangs')
      const first = outcome(cache.getOrSet('a', () => 'value'))
      await pass(99)
      const before = first.isOver
      await pass(1)
      expect([before, first.value]).toEqual([false, 'value'])
      const second = outcome(cache.getOrSet('b', () => 'value'))
      const third = outcome(cache.get('c'))
      await pass()
      expect([second.value, third.isOver]).toEqual(['value', true])
      expect(numberOf(cache, 'shared_failures_total')).toBe(1)
      expect(numberOf(cache, 'shared_refusals_total')).toBe(2)
      // The gate lets one through after a while, and shuts for twice as long.
      await pass(100)
      const probe = outcome(cache.get('d'))
      const other = outcome(cache.get('e'))
      await pass()
      expect([probe.isOver, other.isOver]).toEqual([false, true])
      await pass(100)
      expect(probe.isOver).toBe(true)
      await pass(150)
      const held = outcome(cache.get('d'))
      await pass()
      expect(held.isOver).toBe(true)
      node.fates = {}
      await pass(100)
      await cache.get('d')
      expect(await cache.set('f', 1)).toBe('applied')
    },
  },
  {
    name: 'policy replaces the gate',
    async run(create) {
      let calls = 0
      let isOpen = false
      const policy = {
        execute: async <result>(run: (context: never) => result | PromiseLike<result>): Promise<result> => {
          calls++
          if (isOpen) throw new Error('open')
          return run({} as never)
        },
      }
      const { cache, node, pass } = await together(create, { policy: policy as never, tierTimeoutMs: 50 })
      await cache.set('a', 1)
      expect(calls).toBe(1)
      node.meet('fails')
      await cache.get('b')
      await cache.get('b')
      expect([calls, node.sent.filter((command) => command === 'read').length]).toEqual([3, 2])
      isOpen = true
      expect(await cache.getOrSet('c', () => 'value')).toBe('value')
      expect(await cache.delete('c')).toBe('queued')
      await pass()
    },
  },
  {
    name: 'clocks that differ by an hour change nothing',
    async run(create) {
      const { caches, server, pass } = await together(create, { processes: 2, ttlMs: 1_000 })
      const [one, two] = caches as [Cache, Cache]
      server.aheadMs -= 3_600_000
      await one.set('a', 1, { tags: ['t'] })
      await pass()
      expect(await two.get('a')).toBe(1)
      await two.invalidateTags(['t'])
      await pass()
      expect(await one.get('a')).toBeUndefined()
      await one.set('a', 2, { tags: ['t'] })
      server.aheadMs += 7_200_000
      await pass()
      expect(await one.get('a')).toBe(2)
    },
  },
  {
    name: 'close() applies what is queued, gives leases back, and ends what runs',
    async run(create) {
      const { caches, nodes, node, server, pass } = await together(create, { processes: 2 })
      const [one, two] = caches as [Cache, Cache]
      await one.set('a', 'old')
      const source = new Source()
      const running = outcome(one.getOrSet('b', source.load))
      await pass()
      node.fates = { delete: 'fails' }
      expect(await one.delete('a')).toBe('queued')
      await pass(110)
      node.fates = {}
      const closing = [outcome(one.close()), outcome(one.close())]
      await pass()
      expect(closing.map(({ isOver }) => isOver)).toEqual([true, true])
      expect(running.error).toMatchObject({ code: 'ERR_CACHE_CLOSED' })
      expect([source.signal?.aborted, node.isClosed, server.entries.size]).toEqual([true, true, 0])
      expect(await two.getOrSet('b', () => 'value')).toBe('value')
      await expect(one.delete('a')).rejects.toMatchObject({ code: 'ERR_CACHE_CLOSED' })
      expect(nodes[1]?.isClosed).toBe(false)
    },
  },
  {
    name: 'close() tells of changes that were never applied',
    async run(create) {
      const { cache, node, pass } = await together(create)
      const events: CacheEvent[] = []
      cache.subscribe((event) => events.push(event))
      node.meet('hangs')
      const deleting = outcome(cache.delete('a'))
      const closing = outcome(cache.close())
      await pass(300)
      expect([deleting.value, closing.isOver]).toEqual(['queued', true])
      expect(events.at(-1)).toEqual({ type: 'invalidations:lost', count: 1 })
    },
  },
]
