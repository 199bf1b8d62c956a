import type { Cache } from '@breakwater/cache'
import { expect } from 'vitest'
import { type EngineCase, noGate, outcome, Source, together } from './engine-case.ts'

/** What a cache must do when `set` meets other changes, loads and itself. */
export const casesOfSets: readonly EngineCase[] = [
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
]
