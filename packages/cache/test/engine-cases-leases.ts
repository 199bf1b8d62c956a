import { type Cache, isLoadFailedElsewhereError, isLoadTimeoutError } from '@breakwater/cache'
import { expect } from 'vitest'
import { type EngineCase, numberOf, outcome, Source, together } from './engine-case.ts'

/** What callers get who wait for the load of another process, or are told of its failure. */
export const casesOfLeases: readonly EngineCase[] = [
  {
    name: 'a caller waits for the load of another process no longer than for an own one, which is not begun then',
    async run(create) {
      const { caches, pass } = await together(create, { processes: 2 })
      const [one, two] = caches as [Cache, Cache]
      const [slow, other] = [new Source(), new Source()]
      const first = outcome(one.getOrSet('a', slow.load, { hardTimeoutMs: 10_000 }))
      await pass(10)
      const second = outcome(two.getOrSet('a', other.load, { hardTimeoutMs: 500 }))
      await pass(490)
      expect(second.isOver).toBe(false)
      await pass(15)
      expect(isLoadTimeoutError(second.error)).toBe(true)
      expect([other.calls, numberOf(two, 'loads_total', 'failure')]).toEqual([0, 0])
      slow.end('value')
      await pass(200)
      expect([first.value, await two.get('a'), other.calls]).toEqual(['value', 'value', 0])
    },
  },
  {
    name: 'a caller waits for another process and an own load together no longer than for a load, which has its time all the same',
    async run(create) {
      const { caches, nodes, pass } = await together(create, { processes: 2, leaseMs: 300, hardTimeoutMs: 500 })
      const [one, two] = caches as [Cache, Cache]
      const [lost, source] = [new Source(), new Source()]
      outcome(one.getOrSet('a', lost.load))
      await pass(10)
      const waiting = outcome(two.getOrSet('a', source.load))
      nodes[0]?.meet('hangs')
      await pass(450)
      expect([source.calls, waiting.isOver]).toEqual([1, false])
      await pass(55)
      expect(isLoadTimeoutError(waiting.error)).toBe(true)
      const later = outcome(two.getOrSet('a', source.load))
      await pass(100)
      expect([source.signal?.aborted, later.isOver]).toEqual([false, false])
      source.end('value')
      await pass(10)
      expect([later.value, await two.get('a'), source.calls]).toEqual(['value', 'value', 1])
    },
  },
  {
    name: 'a loader that began late is aborted at its own limit',
    async run(create) {
      const { caches, nodes, pass } = await together(create, { processes: 2, leaseMs: 300, hardTimeoutMs: 500 })
      const [one, two] = caches as [Cache, Cache]
      const [lost, source] = [new Source(), new Source()]
      outcome(one.getOrSet('a', lost.load))
      await pass(10)
      outcome(two.getOrSet('a', source.load))
      nodes[0]?.meet('hangs')
      await pass(700)
      expect([source.calls, source.signal?.aborted]).toEqual([1, false])
      await pass(200)
      expect(source.signal?.aborted).toBe(true)
    },
  },
  {
    name: 'who has waited long enough for another process gets a stale value in grace',
    async run(create) {
      const { caches, pass } = await together(create, {
        processes: 2,
        ttlMs: 1_000,
        graceMs: 60_000,
      })
      const [one, two] = caches as [Cache, Cache]
      await two.set('a', 'old')
      await pass(1_100)
      const slow = new Source()
      outcome(one.getOrSet('a', slow.load))
      await pass(10)
      const waiting = outcome(two.getOrSet('a', slow.load, { hardTimeoutMs: 500 }))
      await pass(490)
      expect(waiting.isOver).toBe(false)
      await pass(15)
      expect([waiting.value, slow.calls]).toEqual(['old', 1])
    },
  },
  {
    name: 'who has waited long enough for another process and an own load gets a stale value in grace',
    async run(create) {
      const times = { ttlMs: 1_000, graceMs: 60_000, leaseMs: 300, hardTimeoutMs: 500 }
      const { caches, nodes, pass } = await together(create, { processes: 2, ...times })
      const [one, two] = caches as [Cache, Cache]
      await two.set('a', 'old')
      await pass(1_100)
      const [lost, source] = [new Source(), new Source()]
      outcome(one.getOrSet('a', lost.load))
      await pass(10)
      const waiting = outcome(two.getOrSet('a', source.load))
      nodes[0]?.meet('hangs')
      await pass(450)
      expect([source.calls, waiting.isOver]).toEqual([1, false])
      await pass(55)
      expect(waiting.value).toBe('old')
      source.end('new')
      await pass(10)
      expect(await two.get('a')).toBe('new')
    },
  },
  {
    name: 'a limit for waiting ends with the load',
    async run(create) {
      const { caches, pass } = await together(create, { processes: 2, hardTimeoutMs: 500 })
      const [one, two] = caches as [Cache, Cache]
      const source = new Source()
      const first = outcome(one.getOrSet('a', source.load))
      await pass(10)
      const waiting = outcome(two.getOrSet('a', source.load))
      await pass(100)
      source.end('value')
      await pass(600)
      expect([first.value, waiting.value, numberOf(two, 'loads_total', 'timeout')]).toEqual(['value', 'value', 0])
    },
  },
  {
    name: 'who meets its own failure in the tier gets its own error, and waits no longer for it',
    async run(create) {
      const { caches, server, pass } = await together(create, { processes: 2, retryDelayMs: 200 })
      const [one, two] = caches as [Cache, Cache]
      const source = new Source()
      const first = outcome(one.getOrSet('a', source.load))
      await pass(10)
      const error = new Error('down')
      source.fail(error)
      await pass(10)
      expect(first.error).toBe(error)
      // A server that forgets it later than this process does.
      const told = server.leases.get('a')
      await pass(200)
      if (told?.kind === 'failure') server.leases.set('a', { ...told, untilMs: Number.POSITIVE_INFINITY })
      const second = outcome(one.getOrSet('a', source.load))
      await pass()
      expect(second.error).toBe(error)
      expect([source.calls, numberOf(one, 'loads_total', 'failure')]).toEqual([1, 1])
      const others = outcome(two.getOrSet('a', source.load))
      await pass()
      expect(isLoadFailedElsewhereError(others.error)).toBe(true)
      server.leases.delete('a')
      const third = outcome(one.getOrSet('a', source.load))
      await pass()
      source.end('value')
      await pass()
      expect([source.calls, third.value]).toEqual([2, 'value'])
    },
  },
  {
    name: 'a failure of another process that is met again is the same one',
    async run(create) {
      const { caches, server, pass } = await together(create, { processes: 2, retryDelayMs: 200 })
      const [one, two] = caches as [Cache, Cache]
      const source = new Source()
      outcome(one.getOrSet('a', source.load))
      await pass(10)
      source.fail(new Error('down'))
      await pass(10)
      const told = server.leases.get('a')
      if (told?.kind === 'failure') server.leases.set('a', { ...told, untilMs: Number.POSITIVE_INFINITY })
      const before = outcome(two.getOrSet('a', source.load))
      await pass(210)
      const after = outcome(two.getOrSet('a', source.load))
      await pass()
      expect([isLoadFailedElsewhereError(before.error), after.error === before.error]).toEqual([true, true])
      server.leases.delete('a')
      outcome(two.getOrSet('a', source.load))
      await pass()
      expect(source.calls).toBe(2)
    },
  },
]
