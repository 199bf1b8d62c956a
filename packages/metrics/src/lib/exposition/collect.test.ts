import { createManualClock } from '@breakwater/core/testing'
import { expect, test } from 'vitest'
import type { Collector, Family, Row } from '../series/family.ts'
import { createLabelSet } from '../series/label-set.ts'
import { type Collection, createCollection } from './collect.ts'

function family(name: string, values: Record<string, number>, type: Family['type'] = 'gauge'): Family {
  const rows = Object.entries(values).map(([a, value]): Row => ({ labels: createLabelSet({ a }), value }))
  return { name, help: 'Help.', type, rows: () => rows }
}

function setUp(...collects: Collector['collect'][]) {
  const failures: string[] = []
  const clock = createManualClock()
  const onFailure = (name: string, error: unknown): void => void failures.push(`${name}: ${(error as Error).message}`)
  const list = collects.map((collect, index) => ({ name: `c${index}`, collect }))
  const collection: Collection = createCollection({ collectors: () => list, timeoutMs: 100, onFailure, clock })
  return { collection, clock, failures }
}

test('collect() answers at once if all collectors do', () => {
  const { collection } = setUp(() => [family('x', {})])
  expect(collection.collect()).toEqual([expect.objectContaining({ name: 'x' })])
})

test('collect() asks once for all who ask on one turn, and again on the next', async () => {
  let asked = 0
  const { collection } = setUp(() => {
    asked++
    return []
  })
  void collection.collect()
  void collection.collect()
  expect(asked).toBe(1)
  await undefined
  void collection.collect()
  expect(asked).toBe(2)
})

test('collect() shares an answer that is under way', async () => {
  const gate = Promise.withResolvers<readonly Family[]>()
  let asked = 0
  const { collection } = setUp(() => {
    asked++
    return gate.promise
  })
  const first = collection.collect()
  await undefined
  const second = collection.collect()
  gate.resolve([family('x', {})])
  expect(await first).toBe(await second)
  expect(asked).toBe(1)
})

test('collect() leaves out what fails, at once or later', async () => {
  const { collection, failures } = setUp(
    () => [family('x', {})],
    () => {
      throw new Error('boom')
    },
    () => Promise.reject(new Error('late')),
  )
  expect((await collection.collect()).map(({ name }) => name)).toEqual(['x'])
  expect(failures).toEqual(['c1: boom', 'c2: late'])
})

test('collect() does not wait for a slow collector, nor ask it again before it answered', async () => {
  let asked = 0
  const gates: PromiseWithResolvers<readonly Family[]>[] = []
  const { collection, clock, failures } = setUp(
    () => [family('x', {})],
    () => {
      asked++
      const gate = Promise.withResolvers<readonly Family[]>()
      gates.push(gate)
      return gate.promise
    },
  )
  for (let scrape = 0; scrape < 2; scrape++) {
    const pending = collection.collect()
    await clock.advance(100)
    expect((await pending).map(({ name }) => name)).toEqual(['x'])
  }
  expect(asked).toBe(1)
  expect(failures).toEqual(Array(2).fill('c1: Cannot collect "c1" as it took over 100 ms: its lines are left out'))

  gates[0]?.resolve([])
  await gates[0]?.promise
  const pending = collection.collect()
  gates[1]?.resolve([family('y', {})])
  expect((await pending).map(({ name }) => name)).toEqual(['x', 'y'])
})

test('collect() joins families of one name, and takes each series once', () => {
  const { collection } = setUp(
    () => [family('x', { a: 1, b: 2 })],
    () => [family('x', { b: 3, c: 4 })],
  )
  const [joined] = collection.collect() as readonly Family[]
  expect([...(joined?.rows() ?? [])].map(({ labels, value }) => [labels.text, value])).toEqual([
    ['a="a"', 1],
    ['a="b"', 2],
    ['a="c"', 4],
  ])
})

test('collect() leaves out a family that is something else elsewhere, or has no name', () => {
  const { collection, failures } = setUp(
    () => [family('x', {})],
    () => [family('x', {}, 'counter'), family('a b', {}), family('y', {})],
  )
  expect((collection.collect() as readonly Family[]).map(({ name }) => name)).toEqual(['x', 'y'])
  expect(failures).toEqual([
    'c1: Cannot show "x" as a counter as it is a gauge elsewhere',
    expect.stringMatching(/^c1: Expected `name` to be letters/),
  ])
})
