import { createManualClock } from '@breakwater/core/testing'
import { expect, test, vi } from 'vitest'
import { type Cache, createCache } from './cache.ts'
import type { WarmUpReport } from './warm-up.ts'

function create(): Cache {
  return createCache({ name: 'test', clock: createManualClock() })
}

const KEYS = Array.from({ length: 20 }, (_, index) => `key ${index}`)

test('warmUp() loads all keys, a few at a time', async () => {
  const cache = create()
  let underWay = 0
  let most = 0
  const report = await cache.warmUp(
    KEYS,
    async ({ key }) => {
      most = Math.max(most, ++underWay)
      await new Promise((resolve) => setImmediate(resolve))
      underWay--
      return key
    },
    { concurrency: 3, tags: ['t'] },
  )
  expect(report).toEqual({ warmed: 20, failed: 0, failures: [], position: 20, isComplete: true })
  expect([most, cache.peek('key 19')]).toEqual([3, 'key 19'])
  await cache.invalidateTags(['t'])
  expect((await cache.getMany(KEYS)).size).toBe(0)
})

test('warmUp() leaves alone what is there', async () => {
  const cache = create()
  await cache.set('a', 1)
  const load = vi.fn(() => 2)
  expect(await cache.warmUp(['a', 'b'], load)).toMatchObject({ warmed: 2, isComplete: true })
  expect(load).toHaveBeenCalledTimes(1)
})

test('warmUp() goes on after a failure, and reports the first 100', async () => {
  const cache = create()
  const keys = Array.from({ length: 150 }, (_, index) => `${index}`)
  const error = new Error('down')
  const report = await cache.warmUp(keys, ({ key }) => (key === '0' ? 'up' : Promise.reject(error)))
  expect(report).toMatchObject({ warmed: 1, failed: 149, position: 150, isComplete: true })
  expect(report.failures).toHaveLength(100)
  expect(report.failures[0]).toEqual({ key: '1', error })
})

test('warmUp() tells of its progress after each key', async () => {
  const cache = create()
  const reports: WarmUpReport[] = []
  await cache.warmUp(['a', 'b'], () => 1, { concurrency: 1, onProgress: (report) => reports.push(report) })
  expect(reports.map(({ position, isComplete }) => [position, isComplete])).toEqual([
    [1, false],
    [2, false],
  ])
})

test('warmUp() ends with what onProgress throws, and closes the iterator', async () => {
  const cache = create()
  const closed = vi.fn()
  function* keys(): Generator<string> {
    try {
      for (;;) yield 'a'
    } finally {
      closed()
    }
  }
  const onProgress = () => {
    throw new Error('enough')
  }
  await expect(cache.warmUp(keys(), () => 1, { onProgress })).rejects.toThrow('enough')
  expect(closed).toHaveBeenCalledTimes(1)
})

test('warmUp() ends with what the keys throw', async () => {
  const cache = create()
  async function* keys(): AsyncGenerator<string> {
    yield 'a'
    throw new Error('no more')
  }
  await expect(cache.warmUp(keys(), () => 1)).rejects.toThrow('no more')
  expect(cache.peek('a')).toBe(1)
})

test('warmUp() is ended by an abort, and resumed where it was', async () => {
  const cache = create()
  const controller = new AbortController()
  const loaded: string[] = []
  const load = ({ key }: { key: string }) => {
    loaded.push(key)
    if (key === 'key 7') controller.abort()
    return key
  }
  const first = await cache.warmUp(KEYS, load, { concurrency: 1, signal: controller.signal })
  expect(first).toMatchObject({ position: 7, isComplete: false })
  const second = await cache.warmUp(KEYS, load, { concurrency: 2, from: first.position })
  expect(second).toMatchObject({ position: 20, isComplete: true })
  expect((await cache.getMany(KEYS)).size).toBe(20)
  expect(await cache.warmUp(KEYS, load, { from: 20 })).toMatchObject({ warmed: 0, position: 20, isComplete: true })
  expect(await cache.warmUp(['a'], load, { from: 5 })).toMatchObject({ warmed: 0, isComplete: true })
})

test('warmUp() is ended by an abort while the next key does not come', async () => {
  const cache = create()
  const controller = new AbortController()
  async function* keys(): AsyncGenerator<string> {
    yield 'a'
    await new Promise(() => {})
  }
  const warming = cache.warmUp(keys(), () => 1, { signal: controller.signal })
  await new Promise((resolve) => setImmediate(resolve))
  controller.abort()
  expect(await warming).toMatchObject({ warmed: 1, position: 1, isComplete: false })
})

test('warmUp() reads asynchronous keys one at a time, as they are needed', async () => {
  const cache = create()
  let read = 0
  async function* keys(): AsyncGenerator<string> {
    for (; ; read++) yield `key ${read}`
  }
  const controller = new AbortController()
  const load = ({ key }: { key: string }) => {
    if (key === 'key 5') controller.abort()
    return key
  }
  await cache.warmUp(keys(), load, { concurrency: 2, signal: controller.signal })
  expect(read).toBeLessThan(9)
})

test('warmUp() rejects when the cache is closed', async () => {
  const cache = create()
  const closing = cache.warmUp(KEYS, async ({ key }) => {
    if (key === 'key 3') void cache.close()
    return key
  })
  await expect(closing).rejects.toMatchObject({ code: 'ERR_CACHE_CLOSED' })
})

test('warmUp() refuses wrong options', async () => {
  const cache = create()
  await expect(cache.warmUp([], () => 1, { concurrency: 0 })).rejects.toThrow('`concurrency`')
  await expect(cache.warmUp([], () => 1, { from: -1 })).rejects.toThrow('`from`')
  await expect(cache.warmUp([], () => 1, { onProgress: 1 as never })).rejects.toThrow('`onProgress`')
})
