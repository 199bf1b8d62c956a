import {
  type Cache,
  type CacheEvent,
  isLoadFailedElsewhereError,
  type Mutation,
  type Position,
} from '@breakwater/cache'
import { expect } from 'vitest'
import { type EngineCase, noGate, numberOf, outcome, Source, together } from './engine-case.ts'

/** What a cache must do about its shared tier. */
export const casesShared: readonly EngineCase[] = [
  {
    name: 'values are shared: one load for two processes',
    async run(create) {
      const { caches, pass } = await together(create, { processes: 2 })
      const [one, two] = caches as [Cache, Cache]
      expect(await one.getOrSet('a', () => 'value')).toBe('value')
      await pass()
      expect(await two.getOrSet('a', () => 'not called')).toBe('value')
      expect([two.peek('a'), await two.get('a')]).toEqual(['value', 'value'])
      expect(numberOf(two, 'hits_total', 'shared')).toBe(1)
    },
  },
  {
    name: 'two processes with one cold key load once: the other waits for the lease',
    async run(create) {
      const { caches, pass } = await together(create, { processes: 2 })
      const source = new Source()
      const both = caches.map((cache) => outcome(cache.getOrSet('a', source.load)))
      await pass(100)
      expect(source.calls).toBe(1)
      source.end('value')
      await pass(100)
      expect(both.map(({ value }) => value)).toEqual(['value', 'value'])
      expect(source.calls).toBe(1)
      expect(numberOf(caches[1] as Cache, 'lease_waits_total')).toBeGreaterThan(0)
    },
  },
  {
    name: 'a lease is renewed while its loader runs, and free soon after its process died',
    async run(create) {
      const { caches, nodes, pass } = await together(create, { processes: 2, leaseMs: 300 })
      const [one, two] = [new Source(), new Source()]
      const [left, right] = caches as [Cache, Cache]
      const first = outcome(left.getOrSet('a', one.load))
      await pass()
      const second = outcome(right.getOrSet('a', two.load))
      await pass(1_000)
      expect([one.calls, two.calls]).toEqual([1, 0])
      nodes[0]?.meet('hangs')
      await pass(400)
      expect(two.calls).toBe(1)
      two.end('two')
      await pass()
      expect(second.value).toBe('two')
      one.end('one')
      await pass(200)
      expect(first.value).toBe('one')
      expect(await right.get('a')).toBe('two')
    },
  },
  {
    name: 'a failure of another process is shared, and its loader is not called here',
    async run(create) {
      const { caches, pass } = await together(create, { processes: 2, retryDelayMs: 200 })
      const source = new Source()
      const both = caches.map((cache) => outcome(cache.getOrSet('a', source.load)))
      await pass(10)
      const error = Object.assign(new Error('down'), { code: 'ECODE' })
      source.fail(error)
      await pass(100)
      expect(source.calls).toBe(1)
      expect(both[0]?.error).toBe(error)
      expect(isLoadFailedElsewhereError(both[1]?.error)).toBe(true)
      expect(both[1]?.error).toMatchObject({ key: 'a', errorName: 'Error', errorCode: 'ECODE' })
      expect(numberOf(caches[1] as Cache, 'loads_total', 'failure')).toBe(0)
    },
  },
  {
    name: 'delete() on one process while another one loads: the old value is not kept anywhere',
    async run(create) {
      const { caches, pass } = await together(create, { processes: 2 })
      const [one, two] = caches as [Cache, Cache]
      const source = new Source()
      const early = outcome(two.getOrSet('a', source.load))
      await pass()
      expect(await one.delete('a')).toBe('applied')
      await pass()
      source.end('old')
      await pass()
      expect(early.value).toBe('old')
      expect([await one.get('a'), await two.get('a')]).toEqual([undefined, undefined])
    },
  },
  {
    name: 'delete() on one process while another one loads, which has not heard of it: the value does not stay',
    async run(create) {
      const { caches, nodes, pass } = await together(create, { processes: 2 })
      const [one, two] = caches as [Cache, Cache]
      const source = new Source()
      const early = outcome(two.getOrSet('a', source.load))
      await pass()
      const node = nodes[1]
      if (node !== undefined) node.isLive = false
      await one.delete('a')
      source.end('old')
      await pass()
      expect(early.value).toBe('old')
      expect(two.peek('a')).toBeUndefined()
      expect(numberOf(two, 'fills_total', 'refused')).toBe(1)
    },
  },
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
    name: 'a load that was fenced before its loader was called is fenced again',
    async run(create) {
      const { cache, node, pass } = await together(create)
      const release = node.hold('read')
      const source = new Source()
      const early = outcome(cache.getOrSet('a', source.load))
      await cache.delete('a')
      node.isReady = false
      release()
      await pass(200)
      expect(source.calls).toBe(1)
      await cache.delete('a')
      source.end('old')
      await pass()
      expect(early.value).toBe('old')
      expect(cache.peek('a')).toBeUndefined()
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
    name: 'set() keeps nothing here while a later one is under way',
    async run(create) {
      const { cache, node, pass } = await together(create)
      node.isFollowing = false
      const releaseFirst = node.hold('set')
      const first = outcome(cache.set('a', 1))
      const second = outcome(cache.set('a', 2))
      await pass()
      const releaseSecond = node.hold('set')
      releaseFirst()
      await pass()
      expect([first.value, second.isOver, cache.peek('a')]).toEqual(['applied', false, undefined])
      releaseSecond()
      await pass()
      expect([second.value, await cache.get('a')]).toEqual(['applied', 2])
    },
  },
  {
    name: "set()'s answer after a newer change of the key: the older value is not kept",
    async run(create) {
      const { caches, node, pass } = await together(create, { processes: 2 })
      const [one, two] = caches as [Cache, Cache]
      const release = node.hold('set')
      const setting = outcome(one.set('a', 'older'))
      await pass()
      expect(await two.set('a', 'newer')).toBe('applied')
      await pass()
      release()
      await pass()
      expect(setting.value).toBe('applied')
      expect(one.peek('a')).toBeUndefined()
      expect(await one.get('a')).toBe('newer')
    },
  },
  {
    name: 'set() twice at once keeps the later one, and nothing of the first',
    async run(create) {
      const { cache, pass } = await together(create)
      expect(await Promise.all([cache.set('a', 1), cache.set('a', 2)])).toEqual(['applied', 'applied'])
      await pass()
      const kept = await cache.get('a')
      expect([2, undefined]).toContain(kept)
    },
  },
  {
    name: 'set() is not overwritten by a load that began while it was under way',
    async run(create) {
      const { cache, node, pass } = await together(create)
      node.isLive = false
      const release = node.hold('set')
      const setting = cache.set('a', 'set')
      const source = new Source()
      const loading = outcome(cache.getOrSet('a', source.load))
      await pass()
      release()
      expect(await setting).toBe('applied')
      source.end('loaded')
      await pass()
      expect([loading.value, await cache.get('a')]).toEqual(['loaded', 'set'])
    },
  },
  {
    name: 'set() with a tag that is being invalidated is not kept',
    async run(create) {
      const { cache, node, pass } = await together(create, { policy: noGate })
      node.fates = { invalidate: 'hangs' }
      const invalidating = outcome(cache.invalidateTags(['t']))
      await cache.set('a', 'value', { tags: ['t'] })
      expect(cache.peek('a')).toBeUndefined()
      node.fates = {}
      await pass(1_000)
      expect([invalidating.value, await cache.get('a')]).toEqual(['queued', undefined])
      await cache.set('a', 'value', { tags: ['t'] })
      expect(cache.peek('a')).toBe('value')
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
  {
    name: 'values that cannot be read are misses, told at most once a minute',
    async run(create) {
      const { caches, server, pass } = await together(create, { processes: 2, ttlMs: 600_000 })
      const [one, two] = caches as [Cache, Cache]
      const events: CacheEvent[] = []
      two.subscribe((event) => events.push(event))
      for (const key of ['a', 'b']) {
        await one.set(key, 'value')
        const stored = server.entries.get(key)
        if (stored?.kind !== 'value') throw new Error('Expected it to be stored')
        server.entries.set(key, { ...stored, record: { ...stored.record, body: Buffer.from('{') } })
      }
      await pass()
      expect([await two.get('a'), await two.get('b'), await one.get('a')]).toEqual([undefined, undefined, 'value'])
      expect(events).toMatchObject([{ type: 'value:unreadable', key: 'a' }])
      await pass(60_000)
      await two.get('b')
      expect(events).toMatchObject([{ key: 'a' }, { key: 'b' }])
      expect(numberOf(two, 'values_unreadable_total')).toBe(3)
      expect(await two.getOrSet('b', () => 'new')).toBe('new')
    },
  },
  {
    name: 'getMany() reads what is missing with one command',
    async run(create) {
      const { caches, nodes, pass } = await together(create, { processes: 2 })
      const [one, two] = caches as [Cache, Cache]
      for (const key of ['a', 'b', 'c']) await one.set(key, key)
      await pass()
      expect(await two.get('a')).toBe('a')
      const node = nodes[1]
      node?.sent.splice(0)
      expect([...(await two.getMany(['c', 'a', 'missing', 'b', 'c']))]).toEqual([
        ['c', 'c'],
        ['a', 'a'],
        ['b', 'b'],
      ])
      expect(node?.sent).toEqual(['readMany'])
      expect(numberOf(two, 'misses_total')).toBe(1)
    },
  },
  {
    name: 'getOrSetMany() loads with one call what no process has or loads',
    async run(create) {
      const { caches, pass } = await together(create, { processes: 2 })
      const [one, two] = caches as [Cache, Cache]
      await one.set('a', 'set')
      const source = new Source()
      const elsewhere = outcome(one.getOrSet('b', source.load))
      await pass()
      const asked: (readonly string[])[] = []
      const many = outcome(
        two.getOrSetMany(['a', 'b', 'c', 'd'], (keys) => {
          asked.push(keys)
          return new Map(keys.filter((key) => key !== 'd').map((key) => [key, `loaded ${key}`]))
        }),
      )
      await pass(20)
      expect(many.isOver).toBe(false)
      source.end('elsewhere')
      await pass(100)
      expect(elsewhere.value).toBe('elsewhere')
      expect([...(many.value as Map<string, string>)]).toEqual([
        ['a', 'set'],
        ['b', 'elsewhere'],
        ['c', 'loaded c'],
      ])
      expect(asked).toEqual([['c', 'd']])
      expect(await one.get('c')).toBe('loaded c')
      // Nobody has to wait for the lease of what was left out.
      expect(await one.getOrSet('d', () => 'value')).toBe('value')
    },
  },
  {
    name: 'getOrSetMany() takes the stale value of what its loader leaves out from all processes',
    async run(create) {
      const { caches, pass } = await together(create, { processes: 2, ttlMs: 100, graceMs: 10_000 })
      const [one, two] = caches as [Cache, Cache]
      await one.set('a', 'stale')
      await pass(100)
      expect((await one.getOrSetMany(['a'], () => new Map())).size).toBe(0)
      await expect(two.getOrSet('a', () => Promise.reject(new Error('down')))).rejects.toThrow('down')
      expect([numberOf(one, 'fills_total', 'stored'), numberOf(two, 'values_unreadable_total')]).toEqual([1, 0])
    },
  },
  {
    name: 'getOrSetMany() takes no value that came meanwhile, though its loader leaves it out',
    async run(create) {
      const { caches, node, pass } = await together(create, { processes: 2, ttlMs: 100, graceMs: 10_000 })
      const [one, two] = caches as [Cache, Cache]
      for (const isHeard of [true, false]) {
        await one.set('a', 'stale')
        await pass(100)
        const source = new Source()
        const loading = one.getOrSetMany(['a'], (_, context) => source.load(context))
        await pass()
        node.isFollowing = isHeard
        await two.set('a', 'new')
        await pass()
        source.end(new Map())
        expect((await loading).size).toBe(0)
        await pass()
        node.isFollowing = true
        await pass()
        expect([await one.get('a'), await two.get('a')]).toEqual(['new', 'new'])
      }
    },
  },
  {
    name: 'getOrSetMany() loads by itself while the tier does not answer',
    async run(create) {
      const { cache, node, pass } = await together(create)
      node.meet('hangs')
      let calls = 0
      const many = outcome(
        cache.getOrSetMany(['a', 'b'], (keys) => {
          calls++
          return new Map(keys.map((key) => [key, 1]))
        }),
      )
      await pass(100)
      expect([(many.value as Map<string, number>).size, calls]).toEqual([2, 1])
    },
  },
  {
    name: 'a stale value of the tier serves in grace, and while it is renewed',
    async run(create) {
      const times = { ttlMs: 100, staleWhileRevalidateMs: 100, graceMs: 1_000 }
      const { caches, pass } = await together(create, { processes: 3, ...times })
      const [one, two, three] = caches as [Cache, Cache, Cache]
      await one.set('a', 'stale')
      await pass(150)
      const source = new Source()
      const renewing = outcome(two.getOrSet('a', source.load))
      await pass()
      expect([renewing.value, source.calls]).toEqual(['stale', 1])
      source.fail(new Error('down'))
      await pass(200)
      expect(await three.getOrSet('a', () => Promise.reject(new Error('down')))).toBe('stale')
    },
  },
  {
    name: 'a soft limit counts while another process loads',
    async run(create) {
      const times = { ttlMs: 1_000, graceMs: 10_000, softTimeoutMs: 50 }
      const { caches, pass } = await together(create, { processes: 2, ...times })
      const [one, two] = caches as [Cache, Cache]
      await one.set('a', 'stale')
      expect(await two.get('a')).toBe('stale')
      await pass(1_000)
      const source = new Source()
      void one.getOrSet('a', source.load)
      await pass()
      const waiting = outcome(two.getOrSet('a', source.load))
      await pass(60)
      expect([waiting.value, source.calls]).toEqual(['stale', 1])
      source.end('fresh')
      await pass(100)
      expect(await two.get('a')).toBe('fresh')
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
    name: 'values that cannot be serialised are refused before anything is written',
    async run(create) {
      const { cache, server, pass } = await together(create)
      await cache.set('a', 'there')
      const value: { self?: unknown } = {}
      value.self = value
      await expect(cache.set('a', value)).rejects.toThrow(TypeError)
      await expect(cache.getOrSet('b', () => value)).rejects.toThrow(TypeError)
      expect(await cache.get('a')).toBe('there')
      await pass()
      expect([...server.entries.keys()]).toEqual(['a'])
      expect(numberOf(cache, 'loads_total', 'failure')).toBe(1)
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
