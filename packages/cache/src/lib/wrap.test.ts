import { createManualClock } from '@breakwater/core/testing'
import { expect, test, vi } from 'vitest'
import { createCache } from './cache.ts'

test('wrap() caches by the key of the arguments', async () => {
  const cache = createCache({ name: 'test', clock: createManualClock() })
  const fn = vi.fn(async (id: number, part: string) => `${id} ${part}`)
  const cached = cache.wrap(fn, { key: (id, part) => `user:${id}:${part}` })
  expect([await cached(1, 'a'), await cached(1, 'a'), await cached(2, 'a')]).toEqual(['1 a', '1 a', '2 a'])
  expect(fn).toHaveBeenCalledTimes(2)
  await cache.delete('user:1:a')
  await cached(1, 'a')
  expect(fn).toHaveBeenCalledTimes(3)
})

test('wrap() takes tags, the same for all or by the arguments, and times', async () => {
  const clock = createManualClock()
  const cache = createCache({ name: 'test', clock })
  const one = cache.wrap((id: number) => id, { key: String, tags: (id) => [`user:${id}`], ttlMs: 100 })
  const all = cache.namespace('all').wrap((id: number) => id, { key: String, tags: ['users'] })
  await Promise.all([one(1), one(2), all(1)])
  expect((await cache.inspect('1')).memory).toMatchObject({ tags: ['user:1'], freshForMs: 100 })
  await cache.invalidateTags(['user:1', 'users'])
  expect([cache.peek('1'), cache.peek('2'), cache.namespace('all').peek('1')]).toEqual([undefined, 2, undefined])
})

test('wrap() rejects with what the function, or the key, throws', async () => {
  const cache = createCache({ name: 'test', clock: createManualClock(), retryDelayMs: 0 })
  const error = new Error('down')
  const fail = cache.wrap(
    () => {
      throw error
    },
    { key: () => 'a' },
  )
  await expect(fail()).rejects.toBe(error)
  const wrong = cache.wrap(() => 1, { key: () => '' })
  await expect(wrong()).rejects.toThrow('not to be empty')
})
