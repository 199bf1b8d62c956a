import { type Cache, type CacheEvent, isLoadFailedElsewhereError } from '@breakwater/cache'
import { expect } from 'vitest'
import { type EngineCase, numberOf, outcome, Source, together } from './engine-case.ts'

/** What a cache must do with its shared tier. */
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
    name: 'invalidate() makes keys and tags void in one step, everywhere, and is told as one change',
    async run(create) {
      const { caches, nodes, pass } = await together(create, { processes: 2 })
      const [one] = caches as [Cache, Cache]
      for (const cache of caches) {
        await cache.getOrSet('a', () => 'old')
        await cache.getOrSet('b', () => 'old', { tags: ['t'] })
        await cache.getOrSet('c', () => 'kept')
      }
      await pass()
      nodes[0]?.sent.splice(0)
      const invalidating = one.invalidate({ keys: ['a', 'a'], tags: ['t', 't'] })
      expect([one.peek('a'), one.peek('b'), one.peek('c')]).toEqual([undefined, undefined, 'kept'])
      expect(await invalidating).toBe('applied')
      await pass()
      if (nodes[0] !== undefined) expect(nodes[0].sent).toEqual(['invalidate'])
      for (const cache of caches)
        expect([await cache.get('a'), await cache.get('b'), await cache.get('c')]).toEqual([
          undefined,
          undefined,
          'kept',
        ])
      expect([numberOf(one, 'deletes_total'), numberOf(one, 'tag_invalidations_total')]).toEqual([1, 1])
    },
  },
  {
    name: 'invalidate() of nothing does nothing, of keys alone deletes, and of rubbish throws',
    async run(create) {
      const { cache, node, pass } = await together(create)
      await cache.getOrSet('a', () => 'old')
      await pass()
      node.sent.splice(0)
      expect(await cache.invalidate({})).toBe('applied')
      expect(node.sent).toEqual([])
      expect(await cache.namespace('a').invalidate({ keys: ['a'] })).toBe('applied')
      expect(await cache.get('a')).toBe('old')
      expect(await cache.invalidate({ keys: ['a'] })).toBe('applied')
      expect(node.sent).toEqual(['delete', 'delete'])
      expect(cache.peek('a')).toBeUndefined()
      await expect(cache.invalidate({ keys: [''] })).rejects.toThrow(RangeError)
      await expect(cache.invalidate({ tags: [''] })).rejects.toThrow(RangeError)
      const list = ['a'] as never // has a method `keys`
      await expect(cache.invalidate(list)).rejects.toThrow(
        'Expected `keys` to be an array of strings, got a value of type function',
      )
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
]
