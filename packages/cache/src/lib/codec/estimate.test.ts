import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, test } from 'vitest'
import { estimateBytes } from './estimate.ts'

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

/** What is held. A thread of its own gives back what buffers held: until it has, the number sinks. */
function heapBytes(): number {
  let before = Number.POSITIVE_INFINITY
  for (;;) {
    collectGarbage()
    collectGarbage()
    const { heapUsed, external } = process.memoryUsage()
    if (heapUsed + external >= before) return heapUsed + external
    before = heapUsed + external
  }
}

/** What one of many takes on the heap. */
function measure(make: (index: number) => unknown, count: number): { readonly measured: number; estimated: number } {
  for (let index = 0; index < 50; index++) make(index)
  const kept = new Array<unknown>(count).fill(null)
  const before = heapBytes()
  for (let index = 0; index < count; index++) kept[index] = make(index)
  const measured = (heapBytes() - before) / count
  return { measured, estimated: kept.reduce<number>((sum, value) => sum + estimateBytes(value), 0) / count }
}

/** Text that nobody else has, not a rope. */
function text(length: number, seed: number): string {
  return Buffer.from(`${seed}-`.padEnd(length, 'x').slice(0, length), 'latin1').toString('latin1')
}

function parsed(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value))
}

const shapes: Readonly<Record<string, (index: number) => unknown>> = {
  'a text': (index) => text(40, index),
  'a long text': (index) => text(1_000, index),
  'a text of wide characters': (index) => parsed(`${index}${'ж'.repeat(100)}`),
  'a record of JSON': (index) => parsed({ id: text(12, index), name: text(20, index), done: true, score: index + 0.5 }),
  'a record with a list of texts': (index) =>
    parsed({ id: index, title: text(20, index), tags: [text(5, index), 'b'] }),
  'a record with a list of many texts': (index) =>
    parsed({ tags: Array.from({ length: 100 }, (_, item) => text(10, index * 100 + item)) }),
  'nested records': (index) =>
    parsed({
      id: index,
      title: text(20, index),
      tags: [text(5, index), 'b'],
      owner: { id: index, name: text(9, index) },
    }),
  'a list of records': (index) =>
    parsed(Array.from({ length: 60 }, (_, item) => ({ id: item, title: text(20, index + item), done: false }))),
  'a list too long to look at': (index) =>
    parsed(Array.from({ length: 2_000 }, (_, item) => ({ id: item, title: text(20, index + item), done: false }))),
  'a list of numbers': (index) => Array.from({ length: 500 }, (_, item) => index + item / 7),
  'numbers beside texts': (index) => ['a', ...Array.from({ length: 100 }, (_, item) => index + item / 7)],
  'a large buffer': () => Buffer.alloc(20_000),
  'a small typed array': () => new Float64Array(4),
  'an ArrayBuffer': () => new ArrayBuffer(5_000),
  'a Map': (index) => new Map(Array.from({ length: 100 }, (_, item) => [text(10, index + item), item])),
  'an empty Map': () => new Map(),
  'a Set': (index) => new Set(Array.from({ length: 100 }, (_, item) => text(10, index * 100 + item))),
  'a dictionary': (index) =>
    parsed(Object.fromEntries(Array.from({ length: 500 }, (_, item) => [text(10, index * 500 + item), item]))),
  'an instance': (index) => new Point(index),
  'a Date': (index) => new Date(index),
  'an empty object': () => ({}),
  'an empty list': () => [],
  'a large BigInt': (index) => (1n << 4_000n) + BigInt(index),
}

class Point {
  x: number
  y: number
  name: string
  constructor(index: number) {
    this.x = index + 0.5
    this.y = index + 0.25
    this.name = text(10, index)
  }
}

describe('estimateBytes() is within a factor of 2 of the heap', () => {
  test.for(Object.entries(shapes))('for %s', ([, make]) => {
    const isLarge = estimateBytes(make(1)) > 20_000
    const { measured, estimated } = measure(make, isLarge ? 100 : 2_000)
    expect(estimated).toBeGreaterThan(measured / 2)
    expect(estimated).toBeLessThan(measured * 2)
  })
})

test('estimateBytes() is an integer of at least 0 for everything', () => {
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  const all = [undefined, null, true, 1, 1.5, Number.NaN, '', 'a', 1n, Symbol('a'), () => {}, proxy, Promise.resolve()]
  for (const value of [...all, Object.create(null), new Error('a'), /a/, new WeakMap(), new Proxy([], {}), all]) {
    expect(estimateBytes(value)).toBeGreaterThanOrEqual(0)
    expect(Number.isInteger(estimateBytes(value))).toBe(true)
  }
})

test('estimateBytes() counts a cycle once', () => {
  const node: { name: string; self?: unknown } = { name: 'a' }
  node.self = node
  expect(estimateBytes(node)).toBe(estimateBytes({ name: 'a', self: 1 }))
})

test('estimateBytes() counts shared parts once', () => {
  const shared = { text: 'x'.repeat(10_000) }
  expect(estimateBytes(Array.from({ length: 100 }, () => shared))).toBeLessThan(12_000)
  const texts = ['x'.repeat(10_000)]
  expect(estimateBytes({ texts, again: texts })).toBeLessThan(12_000)
})

test('estimateBytes() counts lists that are not shared each', () => {
  const toTexts = (): readonly string[] => ['x'.repeat(10_000)]
  expect(estimateBytes({ texts: toTexts(), others: toTexts() })).toBeGreaterThan(20_000)
})

test('estimateBytes() survives getters that throw', () => {
  const value = {
    get broken(): never {
      throw new Error('broken')
    },
  }
  expect(estimateBytes(value)).toBeGreaterThan(0)
})

test('estimateBytes() looks at a bounded part of a long list', () => {
  let reads = 0
  const list = new Proxy(new Array<string>(100_000).fill('abcdefgh'), {
    get(target, name) {
      reads++
      return Reflect.get(target, name)
    },
  })
  expect(estimateBytes(list)).toBe(48 + 100_000 * (8 + 24))
  expect(reads).toBeLessThan(1_100)
})

test('estimateBytes() looks at a bounded part of a wide tree', () => {
  let reads = 0
  const tree = (depth: number): unknown =>
    new Proxy(
      {},
      {
        ownKeys: () => ['a', 'b', 'c'],
        getOwnPropertyDescriptor: () => ({ enumerable: true, configurable: true, value: 1 }),
        get: () => {
          reads++
          return tree(depth + 1)
        },
      },
    )
  expect(estimateBytes(tree(0))).toBeGreaterThan(0)
  expect(reads).toBeLessThan(5_000)
})

test('estimateBytes() does not overflow the stack', () => {
  let list: unknown = []
  for (let depth = 0; depth < 100_000; depth++) list = [list]
  expect(estimateBytes(list)).toBeGreaterThan(100)
})

test('estimateBytes() takes samples from the whole of a list', () => {
  const list = Array.from({ length: 10_000 }, (_, index) => ({ text: 'x'.repeat(index < 5_000 ? 10 : 1_000) }))
  expect(estimateBytes(list) / (10_000 * (8 + 32 + 16 + 505))).toBeCloseTo(1, 1)
})

test('estimateBytes() leaves budget for the second of two large fields', () => {
  const small = Array.from({ length: 5_000 }, () => ({ a: 'x' }))
  const large = Array.from({ length: 5_000 }, () => ({ a: 'x'.repeat(2_000) }))
  expect(estimateBytes({ small, large })).toBeGreaterThan(5_000 * 2_000)
})
