import type { Cache, Position } from '@breakwater/cache'
import { expect } from 'vitest'
import { type EngineCase, noGate, numberOf, outcome, Source, together } from './engine-case.ts'

/** What a cache must do when answers of its shared tier and changes overtake each other. */
export const casesOfOrder: readonly EngineCase[] = [
  {
    name: 'an answer from before a change that the log told meanwhile is not kept, nor served',
    async run(create) {
      const { caches, node, pass } = await together(create, { processes: 2 })
      const [one, two] = caches as [Cache, Cache]
      await two.set('a', 'old')
      await pass()
      const release = node.hold('read')
      const reading = outcome(one.get('a'))
      await two.delete('a')
      await pass()
      release()
      await pass()
      expect([reading, one.peek('a')]).toEqual([{ isOver: true, value: undefined }, undefined])
    },
  },
  {
    name: 'answers are told apart from changes however long some read has been under way',
    async run(create) {
      const { caches, node, pass } = await together(create, { processes: 2, tierTimeoutMs: 60_000 })
      const [one, two] = caches as [Cache, Cache]
      await two.set('kept', 'value')
      // Somebody reads at every moment, each one for a while.
      let release = node.hold('read')
      let reading = outcome(one.get('x'))
      for (let round = 0; round < 30; round++) {
        await two.deleteMany(Array.from({ length: 400 }, (_, key) => `${round} ${key}`))
        const next = node.hold('readMany')
        const other = outcome(one.getMany(['y', 'z']))
        await pass()
        release()
        await pass()
        expect(reading.isOver).toBe(true)
        release = node.hold('read')
        reading = outcome(one.get('x'))
        await pass()
        next()
        await pass()
        expect(other.isOver).toBe(true)
      }
      expect((await one.getMany(['kept', 'w'])).get('kept')).toBe('value')
      release()
    },
  },
  {
    name: 'an answer from before a queued delete() that was applied meanwhile is not kept',
    async run(create) {
      const { caches, node, pass } = await together(create, { processes: 2, tierTimeoutMs: 500, policy: noGate })
      const [one, two] = caches as [Cache, Cache]
      await two.set('a', 'old')
      await pass()
      const release = node.hold('read')
      const reading = outcome(one.get('a'))
      node.isFollowing = false
      node.fates = { delete: 'fails' }
      expect(await one.delete('a')).toBe('queued')
      node.fates = {}
      await pass(200)
      expect(numberOf(one, 'invalidations_queued')).toBe(0)
      release()
      await pass()
      expect([reading, one.peek('a')]).toEqual([{ isOver: true, value: undefined }, undefined])
    },
  },
  {
    name: 'an answer about a key that is being deleted here is not served, nor kept',
    async run(create) {
      const { caches, node, pass } = await together(create, { processes: 2 })
      const [one, two] = caches as [Cache, Cache]
      await two.set('a', 'old')
      await pass()
      const release = node.hold('read')
      const reading = outcome(one.get('a'))
      node.fates = { delete: 'hangs' }
      const deleting = outcome(one.delete('a'))
      release()
      await pass()
      expect([reading, one.peek('a')]).toEqual([{ isOver: true, value: undefined }, undefined])
      await pass(100)
      expect(deleting.value).toBe('queued')
    },
  },
  {
    name: 'an answer from before another history is not served, nor kept',
    async run(create) {
      const { caches, node, server, pass } = await together(create, { processes: 2 })
      const [one, two] = caches as [Cache, Cache]
      await two.set('a', 'old')
      await pass()
      const release = node.hold('read')
      const reading = outcome(one.get('a'))
      server.flush()
      await pass(20)
      release()
      await pass()
      expect([reading, one.peek('a')]).toEqual([{ isOver: true, value: undefined }, undefined])
    },
  },
  {
    name: 'an answer from before a change is known for one when other reads have begun since',
    async run(create) {
      const { caches, node, pass } = await together(create, { processes: 2 })
      const [one, two] = caches as [Cache, Cache]
      await two.set('a', 'old')
      await pass()
      const release = node.hold('read')
      const reading = outcome(one.get('a'))
      await two.delete('a')
      await pass()
      await one.getMany(['b', 'c'])
      release()
      await pass()
      expect([reading, one.peek('a')]).toEqual([{ isOver: true, value: undefined }, undefined])
    },
  },
  {
    name: 'a load that ends while its delete() is queued is not offered to the tier',
    async run(create) {
      const { cache, node, server, pass } = await together(create, { policy: noGate })
      const source = new Source()
      const loading = outcome(cache.getOrSet('a', source.load))
      await pass()
      node.fates = { delete: 'fails' }
      expect(await cache.delete('a')).toBe('queued')
      await pass(110)
      source.end('old')
      await pass()
      expect([loading.value, server.entries.size, node.sent.includes('fill')]).toEqual(['old', 0, false])
    },
  },
  {
    name: 'clear() and tags of one process void what another one has, and only that',
    async run(create) {
      const { caches, pass } = await together(create, { processes: 2, shards: 3 })
      const [one, two] = caches as [Cache, Cache]
      for (const key of ['a', 'b', 'c', 'd']) await one.set(key, key, { tags: key < 'c' ? ['t'] : [] })
      await pass()
      expect((await two.getMany(['a', 'b', 'c', 'd'])).size).toBe(4)
      await one.invalidateTags(['t'])
      await pass()
      expect([...(await two.getMany(['a', 'b', 'c', 'd'])).keys()]).toEqual(['c', 'd'])
      await one.clear()
      await pass()
      expect((await two.getMany(['a', 'b', 'c', 'd'])).size).toBe(0)
      await one.set('a', 'again', { tags: ['t'] })
      await pass()
      expect(await two.get('a')).toBe('again')
    },
  },
  {
    name: 'a value from before an invalidation that was known here is not taken from the tier',
    async run(create) {
      const { caches, server, pass } = await together(create, { processes: 2 })
      const [one, two] = caches as [Cache, Cache]
      await one.set('a', 'old', { tags: ['t'] })
      await one.invalidateTags(['t'])
      await pass()
      expect(server.entries.size).toBe(1)
      expect([await one.get('a'), await two.get('a')]).toEqual([undefined, undefined])
      expect((await two.inspect('a')).shared).toMatchObject({ value: { invalidatedBy: 'the tag "t"' } })
      expect(await two.getOrSet('a', () => 'new', { tags: ['t'] })).toBe('new')
      expect(await one.get('a')).toBe('new')
    },
  },
  {
    name: 'an own invalidation voids what the tier has, before the log tells of it',
    async run(create) {
      const { caches, node, pass } = await together(create, { processes: 2 })
      const [one, two] = caches as [Cache, Cache]
      await two.set('a', 'old', { tags: ['t'] })
      await pass()
      node.isLive = false
      expect(await one.invalidateTags(['t'])).toBe('applied')
      expect(await one.get('a')).toBeUndefined()
    },
  },
  {
    name: 'an own invalidation holds when the log tells of an earlier one',
    async run(create) {
      const { caches, node, server, pass } = await together(create, { processes: 2 })
      const [one, two] = caches as [Cache, Cache]
      await pass()
      node.isFollowing = false
      await two.invalidateTags(['t'])
      const earlier = server.state(0).log.at(-1)
      await two.getOrSet('a', () => 'old', { tags: ['t'] })
      expect(await one.invalidateTags(['t'])).toBe('applied')
      if (earlier !== undefined) node.listener.onMutations(0, [earlier.mutation], earlier.position)
      expect(await one.get('a')).toBeUndefined()
    },
  },
  {
    name: 'a queued invalidation holds when another history begins',
    async run(create) {
      const { caches, node, server, pass } = await together(create, { processes: 2, policy: noGate })
      const [one, two] = caches as [Cache, Cache]
      await two.set('a', 'old', { tags: ['t'] })
      await pass()
      node.fates = { invalidate: 'fails' }
      expect(await one.invalidateTags(['t'])).toBe('queued')
      const { position } = server.state(0).log.at(-1) as { position: Position }
      node.listener.onHistory(0, { position, isNew: false, clearedSeq: 0, floorSeq: 0, tags: new Map() })
      expect(await one.get('a')).toBeUndefined()
      node.fates = {}
      await pass(1_000)
      expect([numberOf(one, 'invalidations_queued'), await two.get('a')]).toEqual([0, undefined])
    },
  },
  {
    name: 'a change of others in the place of an own one that a failover forgot holds here',
    async run(create) {
      for (const kind of ['invalidate', 'clear'] as const) {
        const { caches, node, server, pass } = await together(create, { processes: 2 })
        const [one, two] = caches as [Cache, Cache]
        await two.getOrSet('a', () => 'old', { tags: ['t'] })
        await pass()
        node.isFollowing = false
        expect(await one.delete('x')).toBe('applied')
        server.rollBack(1)
        server.append(0, (position) =>
          kind === 'clear' ? { kind, position } : { kind: 'invalidate', tags: ['t'], position },
        )
        node.isFollowing = true
        node.follow()
        expect(await one.get('a')).toBeUndefined()
      }
    },
  },
  {
    name: 'what an invalidation of others voids is void though an own later one was answered earlier',
    async run(create) {
      const { caches, node, pass } = await together(create, { processes: 2 })
      const [one, two] = caches as [Cache, Cache]
      await pass()
      node.isFollowing = false
      await two.invalidateTags(['t'])
      expect(await one.invalidateTags(['t'])).toBe('applied')
      await one.getOrSet('a', () => 'new', { tags: ['t'] })
      node.follow()
      expect(await one.getOrSet('a', () => 'newer', { tags: ['t'] })).toBe('new')
    },
  },
  {
    name: 'a foreign change leaves the first layer, an own fill does not',
    async run(create) {
      const { cache, node, server, pass } = await together(create)
      await cache.set('a', 'value')
      node.listener.onForeignChange('a')
      await pass()
      expect(cache.peek('a')).toBe('value')
      server.entries.set('a', { kind: 'foreign' })
      node.listener.onForeignChange('a')
      await pass()
      expect(cache.peek('a')).toBeUndefined()
      expect(await cache.get('a')).toBeUndefined()
      expect(await cache.getOrSet('a', () => 'new')).toBe('new')
    },
  },
]
