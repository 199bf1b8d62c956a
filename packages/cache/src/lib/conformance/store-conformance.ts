import type { MemoryStore } from '../memory/store.ts'
import { type ConformanceCase, check, same } from './case.ts'

/** What a store is to hold at most. */
export interface StoreLimits {
  /** Entries. */
  readonly maxEntries: number
  /** Bytes of all entries. */
  readonly maxBytes: number
}

/** How a store that holds some is tried. */
type Trial = (create: (limits?: Partial<StoreLimits>) => MemoryStore) => void

/**
 * Cases that every memory store should pass, to be run by any test runner. They leave open which entry has to go for another
 * one, and whether a full store takes a new one in.
 *
 * @param create Makes an empty store that holds what it is told, and not more.
 *
 * @example
 * ```ts
 * for (const { name, run } of storeConformance((limits) => createMyStore(limits))) test(name, run)
 * ```
 */
export function storeConformance(create: (limits: StoreLimits) => MemoryStore): readonly ConformanceCase[] {
  const createWith = (limits: Partial<StoreLimits> = {}) => create({ maxEntries: 100, maxBytes: 10_000, ...limits })
  return Object.entries(trials).map(([name, trial]) => ({ name, run: async () => trial(createWith) }))
}

const trials: Readonly<Record<string, Trial>> = {
  'is empty at first'(create) {
    const store = create()
    same([store.size, store.bytes, store.evictions, [...store.keys()]], [0, 0, 0, []], 'all of it')
    check(store.get('a') === undefined && store.peek('a') === undefined, 'nothing is there')
    check(!store.delete('a'), 'nothing can be deleted')
  },
  'gives back the very same value'(create) {
    const store = create()
    const values = [null, 0, '', false, Number.NaN, {}, Object.freeze([]), () => {}, Promise.resolve(), Symbol('a'), 1n]
    for (const [index, value] of values.entries()) {
      check(store.set(`key ${index}`, value, 1), 'it is taken in')
      check(Object.is(store.get(`key ${index}`), value), `value ${index} is the one that was put in`)
      check(Object.is(store.peek(`key ${index}`), value), `value ${index} is the one that was put in, for peek()`)
    }
    same([store.size, store.bytes], [values.length, values.length], 'size and bytes')
  },
  'keeps keys apart'(create) {
    const store = create()
    const keys = [
      '',
      '__proto__',
      'constructor',
      'a',
      'A',
      'ä',
      'a\u0308',
      ' a',
      '0',
      '-0',
      'x'.repeat(1_024),
      '\ud800',
    ]
    for (const [index, key] of keys.entries()) store.set(key, index, 1)
    for (const [index, key] of keys.entries()) same(store.get(key), index, `the value of ${JSON.stringify(key)}`)
    same([...store.keys()].sort(), [...keys].sort(), 'what keys() gives')
  },
  'refuses undefined and sizes that are none, and keeps what was there'(create) {
    const store = create()
    store.set('a', 1, 10)
    for (const [value, bytes] of [
      [undefined, 1],
      [2, 0],
      [2, -1],
      [2, 1.5],
      [2, Number.NaN],
    ] as const) {
      let threw = false
      try {
        store.set('a', value, bytes)
      } catch {
        threw = true
      }
      check(threw, `set() throws for ${String(value)} of ${bytes} bytes`)
      same([store.get('a'), store.bytes], [1, 10], 'what was there')
    }
  },
  'counts the bytes of what is there'(create) {
    const store = create()
    store.set('a', 1, 10)
    store.set('b', 2, 20)
    same(store.bytes, 30, 'the bytes of two')
    store.set('a', 3, 5)
    same(store.bytes, 25, 'the bytes after one became smaller')
    store.set('a', 3, 7)
    same(store.bytes, 27, 'the bytes after the very same value was put in with another size')
    store.delete('b')
    same(store.bytes, 7, 'the bytes of one')
    store.delete('a')
    same(store.bytes, 0, 'the bytes of none')
  },
  'does not count what it let go on request as evicted'(create) {
    const store = create({ maxEntries: 2 })
    store.set('a', 1, 1)
    store.set('a', 2, 1)
    store.delete('a')
    store.set('b', 1, 1)
    store.clear()
    store.set('c', 1, 1)
    store.set('c', 1, 20_000)
    same([store.size, store.evictions], [0, 0], 'size and evictions')
  },
  'is bounded by entries'(create) {
    const store = create({ maxEntries: 3 })
    for (let index = 0; index < 50; index++) {
      store.set(`key ${index}`, index, 1)
      check(store.size <= 3, `no more than 3 are in, but ${store.size} are`)
      same([...store.keys()].length, store.size, 'the number of keys')
      same(store.bytes, store.size, 'the bytes')
    }
    same(store.evictions, 47, 'evictions')
  },
  'is bounded by bytes'(create) {
    const store = create({ maxBytes: 100 })
    for (let index = 1; index <= 100; index++) {
      store.set(`key ${index}`, index, index)
      check(store.bytes <= 100, `no more than 100 bytes are in, but ${store.bytes} are`)
      same(
        [...store.keys()].reduce((sum, key) => sum + Number(store.peek(key)), 0),
        store.bytes,
        'the bytes',
      )
    }
    same(store.size + store.evictions, 100, 'what is in and what was evicted')
  },
  'takes in what fits exactly'(create) {
    const store = create({ maxBytes: 100 })
    check(store.set('a', 1, 100), 'it is taken in')
    same([store.get('a'), store.bytes, store.evictions], [1, 100, 0], 'what is there')
  },
  'refuses what is too large alone, and drops what was there'(create) {
    const store = create({ maxBytes: 100 })
    store.set('a', 1, 10)
    store.set('b', 1, 10)
    check(!store.set('a', 2, 101), 'it is not taken in')
    check(!store.set('c', 2, 101), 'another one is not either')
    check(store.get('a') === undefined && store.peek('a') === undefined, 'what was there is gone')
    same([[...store.keys()], store.bytes, store.evictions], [['b'], 10, 0], 'what is left')
  },
  'evicts nobody when a key is overwritten in a full store'(create) {
    const store = create({ maxEntries: 3, maxBytes: 30 })
    for (const key of ['a', 'b', 'c']) store.set(key, 1, 10)
    for (const key of ['c', 'a', 'b', 'a']) store.set(key, 2, 10)
    store.set('a', 3, 4)
    store.set('a', 3, 10)
    same([[...store.keys()].sort(), store.bytes, store.evictions], [['a', 'b', 'c'], 30, 0], 'what is there')
  },
  'makes room when an overwritten one grows'(create) {
    const store = create({ maxEntries: 3, maxBytes: 30 })
    for (const key of ['a', 'b', 'c']) store.set(key, 1, 10)
    check(store.set('b', 2, 20), 'it is taken in')
    same([store.get('b'), store.bytes, store.size, store.evictions], [2, 30, 2, 1], 'what is there')
    check(store.set('b', 3, 30), 'it is taken in')
    same([[...store.keys()], store.bytes, store.evictions], [['b'], 30, 2], 'what is there')
  },
  'gives the keys used last first'(create) {
    const store = create()
    for (const key of ['a', 'b', 'c', 'd']) store.set(key, 1, 1)
    store.get('b')
    store.set('a', 2, 1)
    store.peek('c')
    same([...store.keys()], ['a', 'b', 'd', 'c'], 'the order')
  },
  'lets keys be used, put in and deleted while they are gone through'(create) {
    const store = create()
    for (const key of ['a', 'b', 'c', 'd']) store.set(key, 1, 1)
    let steps = 0
    for (const key of store.keys()) {
      check(++steps < 100, 'it ends')
      store.get(key)
      store.delete(key)
      store.set(`${key}${key}`, 1, 1)
      store.delete('d')
    }
    check(!['a', 'b', 'c', 'd'].some((key) => store.peek(key) !== undefined), 'all of them were met')
  },
  'can be cleared and used again'(create) {
    const store = create({ maxEntries: 3 })
    for (let round = 0; round < 5; round++) {
      for (const key of ['a', 'b', 'c']) store.set(key, round, 1)
      store.clear()
      store.clear()
      same([store.size, store.bytes, [...store.keys()]], [0, 0, []], 'all of it')
      check(store.get('a') === undefined, 'nothing is there')
    }
    same(store.evictions, 0, 'evictions')
  },
  'stays right after long use of any kind'(create) {
    const store = create({ maxEntries: 10, maxBytes: 200 })
    let seed = 1
    const random = (below: number) => {
      seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0
      return (seed >>> 8) % below
    }
    const model = new Map<string, { readonly value: number; readonly bytes: number }>()
    for (let step = 0; step < 20_000; step++) {
      const key = `key ${random(20)}`
      const kind = random(10)
      if (kind < 5) {
        const bytes = 1 + random(random(10) === 0 ? 300 : 40)
        same(store.set(key, step, bytes), bytes <= 200, 'what set() returns')
        model.delete(key)
        if (bytes <= 200) model.set(key, { value: step, bytes })
      } else if (kind < 8) store.get(key)
      else if (kind === 8) {
        const had = store.peek(key) !== undefined
        same(store.delete(key), had, 'what delete() returns')
        model.delete(key)
      } else if (random(500) === 0) {
        store.clear()
        model.clear()
      }
      const keys = [...store.keys()]
      check(keys.length === store.size && store.size <= 10 && store.bytes <= 200, `it is within bounds at step ${step}`)
      for (const key of keys) same(store.peek(key), model.get(key)?.value, `the value of ${key} at step ${step}`)
      same(
        keys.reduce((sum, key) => sum + (model.get(key)?.bytes ?? 0), 0),
        store.bytes,
        `the bytes at step ${step}`,
      )
    }
  },
}
