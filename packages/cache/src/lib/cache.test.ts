import { createManualClock, type ManualClock } from '@breakwater/core/testing'
import { describe, expect, test, vi } from 'vitest'
import { type Cache, createCache } from './cache.ts'
import { isCacheClosedError } from './errors.ts'
import { createMemoryStore } from './memory/memory-store.ts'
import type { MemoryStore } from './memory/store.ts'
import type { CacheOptions } from './options.ts'

function create(options: Partial<CacheOptions> = {}): { cache: Cache; clock: ManualClock } {
  const clock = createManualClock()
  const cache = createCache({ name: 'test', clock, ...options })
  cache.subscribe(() => {})
  return { cache, clock }
}

/** A store in a few lines, as anybody could hand in. */
class MapStore implements MemoryStore {
  readonly map = new Map<string, { value: unknown; bytes: number }>()
  readonly evictions = 0
  get size(): number {
    return this.map.size
  }
  get bytes(): number {
    return [...this.map.values()].reduce((sum, { bytes }) => sum + bytes, 0)
  }
  get(key: string): unknown {
    return this.map.get(key)?.value
  }
  peek(key: string): unknown {
    return this.map.get(key)?.value
  }
  set(key: string, value: unknown, bytes: number): boolean {
    this.map.set(key, { value, bytes })
    return true
  }
  delete(key: string): boolean {
    return this.map.delete(key)
  }
  clear(): void {
    this.map.clear()
  }
  keys(): IterableIterator<string> {
    return this.map.keys()
  }
}

describe('getOrSet()', () => {
  test('loads once for 1,000 callers', async () => {
    const { cache } = create()
    let calls = 0
    const { promise, resolve } = Promise.withResolvers<object>()
    const load = () => {
      calls++
      return promise
    }
    const all = Array.from({ length: 1_000 }, () => cache.getOrSet('a', load))
    const value = {}
    resolve(value)
    expect(new Set(await Promise.all(all))).toEqual(new Set([value]))
    expect(calls).toBe(1)
  })

  test('gives all waiters the very error of the loader, and calls it once', async () => {
    const { cache } = create()
    const error = new Error('down')
    const load = vi.fn(() => Promise.reject(error))
    const all = await Promise.allSettled(Array.from({ length: 200 }, () => cache.getOrSet('a', load)))
    expect(all.every((result) => result.status === 'rejected' && result.reason === error)).toBe(true)
    expect(load).toHaveBeenCalledTimes(1)
  })

  test('passes on what a loader throws at once', async () => {
    const { cache } = create()
    await expect(
      cache.getOrSet('a', () => {
        throw 'a string'
      }),
    ).rejects.toBe('a string')
  })

  test('refuses undefined, and keeps nothing', async () => {
    const { cache } = create()
    await expect(cache.getOrSet('a', () => undefined)).rejects.toThrow(
      new TypeError('Expected the loader of "a" to return a value, or null for none, got undefined'),
    )
    expect(await cache.has('a')).toBe(false)
  })

  test('does not call the loader with a hit', async () => {
    const { cache } = create()
    await cache.set('a', 1)
    const load = vi.fn(() => 2)
    expect(await cache.getOrSet('a', load)).toBe(1)
    expect(load).not.toHaveBeenCalled()
  })

  test.for([0, '', false, null, Number.NaN])('keeps %s', async (value) => {
    const { cache } = create()
    const load = vi.fn(() => value)
    expect(await cache.getOrSet('a', load)).toBe(value)
    expect(await cache.getOrSet('a', load)).toBe(value)
    expect(load).toHaveBeenCalledTimes(1)
    expect([cache.peek('a'), await cache.get('a'), await cache.has('a')]).toEqual([value, value, true])
    expect(await cache.getMany(['a'])).toEqual(new Map([['a', value]]))
  })

  test('tells the loader of its key, what expired, and takes tags and a ttl', async () => {
    const { cache, clock } = create({ ttlMs: 100, graceMs: 1_000 })
    const users = cache.namespace<Record<string, string>>('users')
    await users.getOrSet('1', ({ key, previous, tag, ttl }) => {
      expect([key, previous]).toEqual(['1', undefined])
      tag('t', 'u')
      tag('v')
      ttl(50)
      return 'first'
    })
    clock.advance(49)
    expect(users.peek('1')).toBe('first')
    expect((await users.inspect('1')).memory?.tags).toEqual(['t', 'u', 'v'])
    clock.advance(1)
    expect(users.peek('1')).toBeUndefined()
    expect(
      await users.getOrSet('1', (context) => {
        expect(context.previous).toEqual({ value: 'first', ageMs: 50 })
        return context.notModified()
      }),
    ).toBe('first')
    clock.advance(99)
    expect(users.peek('1')).toBe('first')
  })

  test('refuses a loader that calls notModified() without a previous value', async () => {
    const { cache } = create()
    await expect(cache.getOrSet('a', ({ notModified }) => notModified())).rejects.toThrow('"not modified", got none')
  })

  test('refuses wrong tags and times that a loader chooses', async () => {
    const { cache } = create({ retryDelayMs: 0 })
    await expect(
      cache.getOrSet('a', ({ tag }) => {
        tag('')
        return 1
      }),
    ).rejects.toThrow('Expected each of the tags not to be empty')
    await expect(
      cache.getOrSet('a', ({ ttl }) => {
        ttl(-1)
        return 1
      }),
    ).rejects.toThrow('`ttlMs`')
    expect(cache.peek('a')).toBeUndefined()
  })

  test('lets one caller give up while others go on', async () => {
    const { cache } = create()
    const { promise, resolve } = Promise.withResolvers<number>()
    const controller = new AbortController()
    const load = vi.fn(() => promise)
    const one = cache.getOrSet('a', load, { signal: controller.signal })
    const two = cache.getOrSet('a', load)
    controller.abort(new Error('gone'))
    await expect(one).rejects.toThrow('gone')
    resolve(1)
    expect([await two, await cache.get('a')]).toEqual([1, 1])
    expect(load).toHaveBeenCalledTimes(1)
    const never = vi.fn(() => 2)
    await expect(cache.getOrSet('b', never, { signal: controller.signal })).rejects.toThrow('gone')
    expect(never).not.toHaveBeenCalled()
  })

  test('leaves no rejection behind if a loader aborts its own caller and fails', async () => {
    const { cache } = create()
    const controller = new AbortController()
    const unhandled = vi.fn()
    process.on('unhandledRejection', unhandled)
    await expect(
      cache.getOrSet(
        'a',
        () => {
          controller.abort(new Error('gone'))
          return Promise.reject(new Error('down'))
        },
        { signal: controller.signal },
      ),
    ).rejects.toThrow('gone')
    await new Promise((resolve) => setImmediate(resolve))
    process.off('unhandledRejection', unhandled)
    expect(unhandled).not.toHaveBeenCalled()
  })
})

describe('times', () => {
  test('ttlMs counts from when the loader was called', async () => {
    const { cache, clock } = create({ ttlMs: 100 })
    await cache.getOrSet('a', async () => {
      clock.advance(30)
      return 1
    })
    clock.advance(69)
    expect([cache.peek('a'), await cache.get('a')]).toEqual([1, 1])
    clock.advance(1)
    expect([cache.peek('a'), await cache.get('a')]).toEqual([undefined, undefined])
  })

  test('ttlMs 0 keeps nothing, and set() with it deletes', async () => {
    const { cache } = create()
    expect(await cache.getOrSet('a', () => 1, { ttlMs: 0 })).toBe(1)
    expect(await cache.getOrSet('a', () => 2)).toBe(2)
    await cache.set('a', 3, { ttlMs: 0 })
    expect(await cache.get('a')).toBeUndefined()
  })

  test('ttlJitterRatio takes a share off by chance, and believes no random number out of range', async () => {
    for (const [dice, ttlMs] of [
      [0, 100],
      [0.5, 75],
      [1, 100],
      [-1, 100],
      [Number.NaN, 100],
    ] as const) {
      const { cache, clock } = create({ ttlMs: 100, ttlJitterRatio: 0.5, random: () => dice })
      await cache.set('a', 1)
      clock.advance(ttlMs - 1)
      expect(cache.peek('a')).toBe(1)
      clock.advance(1)
      expect(cache.peek('a')).toBeUndefined()
    }
  })

  test('nullTtlMs is the ttl of null, and 0 keeps none', async () => {
    const { cache, clock } = create({ ttlMs: 100, nullTtlMs: 10 })
    const load = vi.fn(() => null)
    await cache.getOrSet('a', load)
    await cache.getOrSet('a', load)
    expect(load).toHaveBeenCalledTimes(1)
    clock.advance(10)
    await cache.getOrSet('a', load)
    expect(load).toHaveBeenCalledTimes(2)
    await cache.getOrSet('b', () => null, { nullTtlMs: 0 })
    expect(cache.peek('b')).toBeUndefined()
    await cache.getOrSet('c', () => 1)
    clock.advance(10)
    expect(cache.peek('c')).toBe(1)
  })

  test('failures are forgotten after 1,000 keys', async () => {
    const { cache } = create({ retryDelayMs: 60_000, maxRetryDelayMs: 60_000 })
    const load = vi.fn(() => Promise.reject(new Error('down')))
    for (let key = 0; key < 1_001; key++) await cache.getOrSet(`${key}`, load).catch(() => {})
    expect(load).toHaveBeenCalledTimes(1_001)
    await cache.getOrSet('1', load).catch(() => {})
    expect(load).toHaveBeenCalledTimes(1_001)
    await cache.getOrSet('0', load).catch(() => {})
    expect(load).toHaveBeenCalledTimes(1_002)
  })
})

describe('namespaces', () => {
  test('keep keys apart, and are cleared alone', async () => {
    const { cache } = create()
    const users = cache.namespace('users')
    const old = users.namespace('old')
    const tasks = cache.namespace('tasks')
    await Promise.all([cache.set('1', 'root'), users.set('1', 'user'), old.set('1', 'old'), tasks.set('1', 'task')])
    const all = () => [cache.peek('1'), users.peek('1'), old.peek('1'), tasks.peek('1')]
    expect(all()).toEqual(['root', 'user', 'old', 'task'])
    await old.clear()
    expect(all()).toEqual(['root', 'user', undefined, 'task'])
    await old.set('1', 'again')
    await users.clear()
    expect(all()).toEqual(['root', undefined, undefined, 'task'])
    await users.set('1', 'again')
    expect(all()).toEqual(['root', 'again', undefined, 'task'])
    await cache.clear()
    expect(all()).toEqual([undefined, undefined, undefined, undefined])
  })

  test('share tags', async () => {
    const { cache } = create()
    const users = cache.namespace('users')
    await users.set('1', 1, { tags: ['t'] })
    await cache.set('1', 2, { tags: ['t'] })
    await users.invalidateTags(['t'])
    expect([users.peek('1'), cache.peek('1')]).toEqual([undefined, undefined])
  })

  test('voids a load that is under way when it is cleared', async () => {
    const { cache } = create()
    const users = cache.namespace('users')
    const { promise, resolve } = Promise.withResolvers<number>()
    const loading = users.getOrSet('1', () => promise)
    await users.clear()
    resolve(1)
    expect([await loading, users.peek('1')]).toEqual([1, undefined])
  })
})

describe('memory', () => {
  test('takes any store behind the port', async () => {
    const memory = new MapStore()
    const { cache } = create({ memory })
    await cache.getOrSet('a', () => 'value')
    expect([await cache.get('a'), memory.size]).toEqual(['value', 1])
    expect(memory.bytes).toBeGreaterThan(0)
    await cache.delete('a')
    expect(memory.size).toBe(0)
    await cache.set('b', 1)
    await cache.close()
    expect(memory.size).toBe(0)
  })

  test('lets go what was used longest ago, which is then loaded again', async () => {
    const { cache } = create({ memory: createMemoryStore({ maxEntries: 2 }) })
    await cache.set('a', 1)
    await cache.set('b', 2)
    await cache.get('a')
    await cache.set('c', 3)
    expect([cache.peek('a'), cache.peek('b'), cache.peek('c')]).toEqual([1, undefined, 3])
    expect(await cache.getOrSet('b', () => 'again')).toBe('again')
  })

  test('returns what does not fit in, and keeps nothing of the key', async () => {
    const { cache } = create({ memory: createMemoryStore({ maxBytes: 1_000 }) })
    await cache.set('a', 'small')
    const large = 'x'.repeat(10_000)
    await cache.set('a', large)
    expect(cache.peek('a')).toBeUndefined()
    expect(await cache.getOrSet('a', () => large)).toBe(large)
  })
})

describe('close()', () => {
  test('ends what runs, refuses what comes later, and may be called twice', async () => {
    const { cache, clock } = create()
    await cache.set('there', 1)
    let signal: AbortSignal | undefined
    const loading = cache.getOrSet('a', (context) => {
      signal = context.signal
      return new Promise(() => {})
    })
    const closing = cache.close()
    expect(cache.close()).toBe(closing)
    await expect(loading).rejects.toSatisfy(isCacheClosedError)
    await closing
    expect([signal?.aborted, clock.pending, cache.peek('there')]).toEqual([true, 0, undefined])
    const later = [
      () => cache.getOrSet('there', () => 1),
      () => cache.get('there'),
      () => cache.has('there'),
      () => cache.getMany(['there']),
      () => cache.getOrSetMany(['there'], () => new Map()),
      () => cache.set('there', 1),
      () => cache.delete('there'),
      () => cache.deleteMany(['there']),
      () => cache.invalidateTags(['t']),
      () => cache.clear(),
      () => cache.warmUp(['there'], () => 1),
      () => cache.inspect('there'),
    ]
    for (const use of later) await expect(use()).rejects.toSatisfy(isCacheClosedError)
    await cache[Symbol.asyncDispose]()
  })
})

describe('bad input is refused, and what was there stays:', () => {
  const keys: readonly (readonly [unknown, string])[] = [
    ['', 'Expected the key not to be empty'],
    ['x'.repeat(1_025), 'Expected the key to be at most 1024 bytes, got 1025'],
    ['ü'.repeat(513), 'Expected the key to be at most 1024 bytes, got 1026'],
    ['\0a', 'Expected the key not to begin with a NUL character'],
    ['a\ud800', 'Expected the key to be well-formed'],
    [1, 'Expected the key to be a string, got a value of type number'],
    [Symbol('a'), 'Expected the key to be a string, got a value of type symbol'],
    [null, 'Expected the key to be a string, got null'],
    [undefined, 'Expected the key to be a string, got a value of type undefined'],
    [['a'], 'Expected the key to be a string, got an array'],
  ]

  test.for(keys)('the key %s', async ([key, message]) => {
    for (const part of ['root', 'namespace']) {
      const { cache } = create()
      const space = part === 'root' ? cache : cache.namespace('users')
      const wrong = key as string
      await space.set('there', 1)
      const load = vi.fn(() => 2)
      for (const use of [
        () => space.getOrSet(wrong, load),
        () => space.get(wrong),
        () => space.has(wrong),
        () => space.set(wrong, 1),
        () => space.delete(wrong),
        () => space.inspect(wrong),
      ])
        await expect(use()).rejects.toThrow(message)
      for (const use of [
        () => space.getMany(['there', wrong]),
        () => space.getOrSetMany(['there', wrong], () => new Map([['there', 2]])),
        () => space.deleteMany(['there', wrong]),
      ])
        await expect(use()).rejects.toThrow(/^Expected (each|the) key/)
      expect(load).not.toHaveBeenCalled()
      expect(space.peek('there')).toBe(1)
    }
  })

  test('a key of 1,024 bytes is not too long', async () => {
    const { cache } = create()
    for (const key of ['x'.repeat(1_024), 'ü'.repeat(512)]) {
      await cache.set(key, 1)
      expect(cache.peek(key)).toBe(1)
    }
  })

  test.for([
    [{ ttlMs: -1 }, 'Expected `ttlMs` to be a number of milliseconds of at least 0, got -1'],
    [{ ttlMs: Number.NaN }, 'got NaN'],
    [{ ttlMs: Number.POSITIVE_INFINITY }, 'got Infinity'],
    [{ ttlMs: '1s' as unknown as number }, 'got "1s"'],
    [{ ttlJitterRatio: 2 }, 'Expected `ttlJitterRatio` to be a ratio between 0 and 1, got 2'],
    [{ staleWhileRevalidateMs: -1 }, '`staleWhileRevalidateMs`'],
    [{ graceMs: Number.NaN }, '`graceMs`'],
    [{ eagerRefreshRatio: -0.1 }, '`eagerRefreshRatio`'],
    [{ nullTtlMs: -1 }, '`nullTtlMs`'],
    [{ nullGraceMs: -1 }, '`nullGraceMs`'],
    [{ softTimeoutMs: -1 }, '`softTimeoutMs`'],
    [{ hardTimeoutMs: 0 }, '`hardTimeoutMs`'],
  ] as const)('%o', async ([options, message]) => {
    const { cache } = create()
    await cache.set('a', 1)
    const load = vi.fn(() => 2)
    await expect(cache.set('a', 2, options)).rejects.toThrow(message)
    await expect(cache.getOrSet('b', load, options)).rejects.toThrow(message)
    await expect(cache.getOrSetMany(['b'], () => new Map(), options)).rejects.toThrow(message)
    await expect(cache.warmUp(['b'], load, options)).rejects.toThrow(message)
    expect(() => cache.wrap(load, { key: () => 'b', ...options })).toThrow(message)
    expect(() => createCache({ name: 'test', ...options })).toThrow(message)
    expect([cache.peek('a'), load.mock.calls.length]).toEqual([1, 0])
  })

  test.for([
    ['t', 'Expected `tags` to be an array of strings, got a value of type string'],
    [[''], 'Expected each of `tags` not to be empty'],
    [[1], 'Expected each of `tags` to be a string, got a value of type number'],
    [['\0t'], 'Expected each of `tags` not to begin with a NUL character'],
    [['x'.repeat(1_025)], 'Expected each of `tags` to be at most 1024 bytes'],
  ] as const)('the tags %o', async ([tags, message]) => {
    const { cache } = create()
    await cache.set('a', 1, { tags: ['t'] })
    const wrong = tags as unknown as readonly string[]
    await expect(cache.set('a', 2, { tags: wrong })).rejects.toThrow(message)
    await expect(cache.getOrSet('b', () => 2, { tags: wrong })).rejects.toThrow(message)
    await expect(cache.invalidateTags(wrong)).rejects.toThrow(message)
    expect(cache.peek('a')).toBe(1)
  })

  test('undefined as a value', async () => {
    const { cache } = create()
    await cache.set('a', 1)
    await expect(cache.set('a', undefined)).rejects.toThrow(
      new TypeError('Expected the value of "a" to be anything but undefined'),
    )
    expect(cache.peek('a')).toBe(1)
  })

  test('a loader that cannot be called', async () => {
    const { cache } = create()
    const wrong = 'loader' as never
    await expect(cache.getOrSet('a', wrong)).rejects.toThrow('Expected `loader` to be a function, got "loader"')
    await expect(cache.getOrSetMany(['a'], wrong)).rejects.toThrow('Expected `loader` to be a function')
    await expect(cache.warmUp(['a'], wrong)).rejects.toThrow('Expected `loader` to be a function')
    expect(() => cache.wrap(wrong, { key: () => 'a' })).toThrow('Expected `fn` to be a function')
    expect(() => cache.wrap(() => 1, {} as never)).toThrow('Expected `key` to be a function')
  })

  test('the name of a namespace', () => {
    const { cache } = create()
    expect(() => cache.namespace('')).toThrow('`name`')
    expect(() => cache.namespace('\0a')).toThrow('NUL')
  })

  test.for([
    [{ name: '' }, '`name`'],
    [{ tierTimeoutMs: 0 }, '`tierTimeoutMs`'],
    [{ maxStalenessMs: 0 }, '`maxStalenessMs`'],
    [{ maxStalenessMs: Number.NaN }, '`maxStalenessMs`'],
    [{ leaseMs: 0 }, '`leaseMs`'],
    [{ retryDelayMs: -1 }, '`retryDelayMs`'],
    [
      { retryDelayMs: 10, maxRetryDelayMs: 9 },
      'Expected `maxRetryDelayMs` to be at least `retryDelayMs`, got 9 and 10',
    ],
    [{ maxTags: 0 }, '`maxTags`'],
    [{ maxQueued: 0.5 }, '`maxQueued`'],
    [{ random: 0.5 as never }, 'Expected `random` to be a function, got 0.5'],
  ] as const)('the options %o', ([options, message]) => {
    expect(() => createCache({ name: 'test', ...options })).toThrow(message)
  })

  test('the length of a window', () => {
    const { cache } = create()
    expect(() => cache.hitWindow(0)).toThrow('`windowMs`')
  })
})

test('namespace() refuses a name that could be that of another one', () => {
  const cache = createCache({ name: 'users' })
  expect(() => cache.namespace('a:b')).toThrow(
    new TypeError('Expected the name of a namespace to be without a colon, got "a:b"'),
  )
})
