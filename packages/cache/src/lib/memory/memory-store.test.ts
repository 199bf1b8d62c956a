import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { describe, expect, test } from 'vitest'
import { storeConformance } from '../conformance/store-conformance.ts'
import { createMemoryStore } from './memory-store.ts'

test.for(storeConformance((limits) => createMemoryStore(limits)))('createMemoryStore() $name', ({ run }) => run())

test('createMemoryStore() holds 1,000 entries and 64 MiB unless told otherwise', () => {
  const store = createMemoryStore()
  for (let index = 0; index < 1_001; index++) store.set(`key ${index}`, index, 1)
  expect(store.size).toBe(1_000)
  expect(store.set('large', 1, 64 * 1_024 * 1_024)).toBe(true)
  expect(store.set('too large', 1, 64 * 1_024 * 1_024 + 1)).toBe(false)
})

describe('createMemoryStore() refuses', () => {
  test.for([
    [{ maxEntries: 0 }, 'Expected `maxEntries` to be a positive integer, got 0'],
    [{ maxEntries: 1.5 }, 'Expected `maxEntries` to be a positive integer, got 1.5'],
    [{ maxEntries: 2 ** 23 + 1 }, 'Expected `maxEntries` to be at most 8388608, got 8388609'],
    [{ maxBytes: -1 }, 'Expected `maxBytes` to be a positive integer, got -1'],
    [{ maxBytes: '64mb' as unknown as number }, 'Expected `maxBytes` to be a positive integer, got "64mb"'],
  ] as const)('%s', ([options, message]) => {
    expect(() => createMemoryStore(options)).toThrow(message)
  })
})

test("set() does its work while somebody listens to lru-cache's metrics", () => {
  const store = createMemoryStore({ maxEntries: 2 })
  const heard: unknown[] = []
  const listener = (message: unknown) => heard.push(message)
  subscribe('lru-cache:metrics', listener)
  store.set('a', 1, 1)
  store.set('b', 2, 1)
  expect([store.get('a'), store.peek('b'), store.get('c')]).toEqual([1, 2, undefined])
  unsubscribe('lru-cache:metrics', listener)
  const count = heard.length
  expect(store.get('a')).toBe(1)
  store.set('c', 3, 1)
  expect([heard.length, store.evictions]).toEqual([count, 1])
})

test('delete() of the only entry does not clear all of the room', () => {
  const store = createMemoryStore({ maxEntries: 1_000_000 })
  const startedAt = process.cpuUsage()
  for (let round = 0; round < 2_000; round++) {
    store.set('a', round, 1)
    expect(store.delete('a')).toBe(true)
  }
  // 20 s if it does.
  expect(process.cpuUsage(startedAt).user).toBeLessThan(5_000_000)
  expect([store.size, store.bytes, store.evictions]).toEqual([0, 0, 0])
})
