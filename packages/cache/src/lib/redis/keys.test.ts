import { expect, test } from 'vitest'
import { createKeyLayout } from './keys.ts'

/** What a Cluster hashes of a key. */
function hashTagOf(key: string): string {
  const start = key.indexOf('{')
  const end = key.indexOf('}', start + 1)
  return start === -1 || end === -1 || end === start + 1 ? key : key.slice(start + 1, end)
}

test('createKeyLayout() puts all keys of a shard under one hash tag', () => {
  for (const name of ['tasks', '}', '{', '{}', '}{', 'a}b', 'Grüße %7b']) {
    const layout = createKeyLayout('app:', name, 4)
    const tags = [0, 1, 2, 3].map((shard) => {
      const keys = [
        layout.state(shard),
        layout.log(shard),
        layout.tags(shard),
        layout.entry(shard, '}{x}'),
        layout.lease(shard, ''),
      ]
      const found = new Set(keys.map(hashTagOf))
      expect(found.size).toBe(1)
      return [...found][0]
    })
    expect(new Set(tags).size).toBe(4)
  }
})

test('createKeyLayout() gives caches of different names different keys', () => {
  const states = ['a', 'a:1:0', '{', '%7b', '%', '%25'].map((name) => createKeyLayout('', name, 1).state(0))
  expect(new Set(states).size).toBe(states.length)
})

test('createKeyLayout() looks like this', () => {
  const layout = createKeyLayout('breakwater:', 'tasks', 2)
  expect(layout.log(1)).toBe('breakwater:{tasks:2:1}:log')
  expect(layout.entry(0, 'task:17')).toBe('breakwater:{tasks:2:0}:v:task:17')
  expect(layout.lease(0, 'task:17')).toBe('breakwater:{tasks:2:0}:l:task:17')
})

test('shardOf() spreads keys evenly, and the same in every process', () => {
  for (const shards of [2, 3, 4, 16, 64]) {
    const { shardOf } = createKeyLayout('', 'tasks', shards)
    const counts = new Array<number>(shards).fill(0)
    for (let i = 0; i < 64_000; i++) counts[shardOf(`task:${i}`)] = (counts[shardOf(`task:${i}`)] ?? 0) + 1
    for (const count of counts) expect(Math.abs(count / (64_000 / shards) - 1)).toBeLessThan(0.15)
  }
  const { shardOf } = createKeyLayout('', 'tasks', 64)
  expect(['', 'a', 'task:17', 'Grüße'].map(shardOf)).toMatchInlineSnapshot(`
    [
      25,
      32,
      8,
      22,
    ]
  `)
})

test('createKeyLayout() refuses a shard that there is not', () => {
  expect(() => createKeyLayout('', 'tasks', 2).log(2)).toThrow(
    new RangeError('Expected `shard` to be less than 2, got 2'),
  )
})
