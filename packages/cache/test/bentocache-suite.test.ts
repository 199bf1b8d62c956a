import { registerCacheDriverTestSuite } from 'bentocache/test_suite'
import { afterEach, beforeAll, describe, expect, test } from 'vitest'
import { createMemoryStore } from '../src/lib/memory/memory-store.ts'
import type { MemoryStore } from '../src/lib/memory/store.ts'

// bentocache's cases for its drivers, of which our store is one behind the thinnest possible adapter: it adds the prefix, and
// the shapes of their answers. Left out are, with why:
const LEFT_OUT: Readonly<Record<string, string>> = {
  'set() store a value with expiration': 'a memory store has no times: the cache decides what is fresh',
}

type Case = (context: { assert: typeof assert; cleanup: (clean: () => Promise<void>) => void }) => Promise<void>

/** What the cases use of japa's. */
const assert = {
  deepEqual: (actual: unknown, expected: unknown) => expect(actual).toEqual(expected),
  notEqual: (actual: unknown, expected: unknown) => expect(actual).not.toBe(expected),
  isTrue: (actual: unknown) => expect(actual).toBe(true),
  isFalse: (actual: unknown) => expect(actual).toBe(false),
  isUndefined: (actual: unknown) => expect(actual).toBeUndefined(),
}

function createDriver({ prefix = '' }: { readonly prefix?: string } = {}, store: MemoryStore = createMemoryStore()) {
  const nameOf = (key: string) => (prefix === '' ? key : `${prefix}:${key}`)
  return {
    namespace: (name: string) => createDriver({ prefix: nameOf(name) }, store),
    get: (key: string) => store.get(nameOf(key)),
    set: (key: string, value: string) => store.set(nameOf(key), value, 1),
    delete: (key: string) => store.delete(nameOf(key)),
    deleteMany(keys: readonly string[]) {
      for (const key of keys) store.delete(nameOf(key))
      return true
    },
    pull(key: string) {
      const value = store.get(nameOf(key))
      store.delete(nameOf(key))
      return value
    },
    clear() {
      for (const key of store.keys()) if (key.startsWith(nameOf(''))) store.delete(key)
    },
    disconnect: async () => {},
  }
}

describe('createMemoryStore() passes the suite of bentocache:', () => {
  let met = 0
  const group = {
    setup: (before: () => unknown) => beforeAll(async () => before() as Promise<() => Promise<void>>),
    tap() {},
    each: { teardown: (after: () => Promise<void>) => afterEach(after) },
  }
  const japaTest = (name: string, run: Case) => {
    met++
    const reason = LEFT_OUT[name]
    if (reason !== undefined) return
    test(name, async ({ onTestFinished }) => {
      await run({ assert, cleanup: (clean) => onTestFinished(clean) })
    })
  }
  registerCacheDriverTestSuite({ test: japaTest, group, createDriver } as never)
  test('all of its cases were met', () => {
    expect(met).toBe(21)
  })
})
