import { createManualClock, type ManualClock } from '@breakwater/core/testing'
import fc from 'fast-check'
import { beforeEach, expect, test } from 'vitest'
import type { ResilienceEvent } from '../events.ts'
import {
  type CircuitBreakerRegistry,
  createCircuitBreakerRegistry,
  type KeyedCircuitBreaker,
} from './circuit-breaker-registry.ts'

let clock: ManualClock
beforeEach(() => {
  clock = createManualClock()
})

function create(maxEntries: number): { registry: CircuitBreakerRegistry; events: ResilienceEvent[] } {
  const registry = createCircuitBreakerRegistry({
    name: 'hosts',
    maxEntries,
    failureThreshold: 1,
    openForMs: 1_000,
    clock,
  })
  const events: ResilienceEvent[] = []
  registry.subscribe((event) => events.push(event))
  return { registry, events }
}
function end(breaker: KeyedCircuitBreaker, isFailed = false): void {
  const permit = breaker.tryAcquire()
  if (!permit.admitted) return
  if (isFailed) permit.fail(new Error('down'))
  else permit.succeed()
}
const keys = (registry: CircuitBreakerRegistry): string[] => [...registry.entries()].map(([key]) => key)
function value(registry: CircuitBreakerRegistry, name: string, label?: string): unknown {
  return registry
    .measure()
    .find((one) => one.name === name && (label === undefined || Object.values(one.labels ?? {}).includes(label)))?.value
}

test('get() finds the same circuit breaker for the same key', () => {
  const { registry } = create(2)
  expect(registry.get('a')).toBe(registry.get('a'))
  expect(registry.get('a')).not.toBe(registry.get('b'))
  expect(() => registry.get('')).toThrow('Expected `key` to be a string that is not empty')
  expect(() => registry.get(undefined as never)).toThrow('Expected `key` to be a string')
})

test('the least recently used one goes first', () => {
  const { registry } = create(3)
  for (const key of ['a', 'b', 'c', 'a', 'd']) registry.get(key)
  expect(keys(registry)).toEqual(['c', 'a', 'd'])
  expect(value(registry, 'breaker_evicted_total')).toBe(1)
})

test('one that is open is never evicted, and its errors and events name it', () => {
  const { registry, events } = create(2)
  end(registry.get('bad'), true)
  for (let i = 0; i < 100; i++) registry.get(`good-${i}`)
  expect(registry.size).toBe(2)
  const refusal = registry.get('bad').tryAcquire()
  expect(!refusal.admitted && refusal.error.message).toContain('Cannot call "hosts:bad"')
  expect(events).toMatchObject([{ type: 'circuit:opened', key: 'bad' }])
})

test('a registry in which all are open hands out one that it does not keep, and tells so once', () => {
  const { registry, events } = create(2)
  for (const key of ['a', 'b']) end(registry.get(key), true)
  for (const key of ['c', 'd']) {
    const breaker = registry.get(key)
    end(breaker, true)
    expect(breaker.state).toBe('open')
  }
  expect(keys(registry)).toEqual(['a', 'b'])
  expect(events.filter(({ type }) => type === 'registry:full')).toEqual([{ type: 'registry:full', entries: 2 }])
  expect(value(registry, 'breaker_not_kept_total')).toBe(2)
  registry.get('a').reset()
  registry.get('e')
  expect(keys(registry)).toEqual(['e', 'b'])
})

test('one whose open time is over makes room, if there is no closed one', () => {
  const { registry } = create(2)
  end(registry.get('a'), true)
  clock.advance(500)
  end(registry.get('b'), true)
  clock.advance(500)
  registry.get('c')
  expect(keys(registry)).toEqual(['c', 'b'])
})

test('delete() forgets one', () => {
  const { registry } = create(2)
  const old = registry.get('a')
  expect([registry.delete('a'), registry.delete('a')]).toEqual([true, false])
  expect(registry.get('a')).not.toBe(old)
  end(old, true)
  expect(registry.get('a').state).toBe('closed')
})

test('measure() tells the numbers of all as one', () => {
  const { registry } = create(2)
  for (const key of ['a', 'b', 'c']) end(registry.get(key))
  end(registry.get('c'), true)
  end(registry.get('c'))
  clock.advance(250)
  expect(value(registry, 'breaker_calls_total', 'success')).toBe(3)
  expect(value(registry, 'breaker_refused_total')).toBe(1)
  expect(value(registry, 'breaker_open_seconds_total')).toBe(0.25)
  expect(value(registry, 'breaker_state', 'closed')).toBe(1)
  expect(value(registry, 'breaker_state', 'open')).toBe(1)
  expect([registry.kind, registry.name]).toEqual(['breaker', 'hosts'])
})

test('any schedule keeps it bounded, the open ones in it, and the least recently used closed one first to go', () => {
  const step = fc.record({
    key: fc.integer({ min: 0, max: 9 }),
    act: fc.constantFrom('get', 'succeed', 'fail', 'wait'),
  })
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 5 }), fc.array(step, { maxLength: 60 }), (maxEntries, steps) => {
      clock = createManualClock()
      const { registry } = create(maxEntries)
      const used: string[] = []
      for (const { key: number, act } of steps) {
        const key = `k${number}`
        const before = new Map(registry.entries())
        const refusing = [...before].filter(([, { state }]) => state !== 'closed').map(([kept]) => kept)
        if (act === 'wait') clock.advance(400)
        else {
          const breaker = registry.get(key)
          const after = new Set(keys(registry))
          const gone = [...before.keys()].filter((kept) => !after.has(kept))
          const closed = [...before.keys()].filter((kept) => !refusing.includes(kept))
          expect(gone.length).toBeLessThanOrEqual(1)
          if (gone[0] !== undefined && closed.length > 0)
            expect(gone[0]).toBe(closed.reduce((a, b) => (used.lastIndexOf(a) < used.lastIndexOf(b) ? a : b)))
          if (gone[0] !== undefined && closed.length === 0) expect(before.get(gone[0])?.explain().retryAfterMs).toBe(0)
          used.push(key)
          if (act !== 'get') end(breaker, act === 'fail')
        }
        expect(registry.size).toBeLessThanOrEqual(maxEntries)
      }
    }),
    { numRuns: 300 * Number(process.env.SOAK ?? 1) },
  )
})
