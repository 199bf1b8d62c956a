import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { beforeAll, expect, test } from 'vitest'
import { allocatedBytes } from './allocation.ts'

beforeAll(() => {
  setFlagsFromString('--expose-gc')
  globalThis.gc ??= runInNewContext('gc')
})

test('allocatedBytes() sees nothing where nothing is allocated', async () => {
  let sum = 0
  const run = (times: number): void => {
    for (let i = 0; i < times; i++) sum = (sum + i) | 0
  }
  run(100_000)
  expect(await allocatedBytes({ run, check: () => sum })).toBeLessThan(1)
})

test('allocatedBytes() sees an object per operation, and no less for a hundred of them', async () => {
  let last: unknown
  const run = (length: number) => (times: number) => {
    for (let i = 0; i < times; i++) last = Array.from({ length }, (_, index) => ({ index }))
  }
  run(1)(10_000)
  const one = await allocatedBytes({ run: run(1), check: () => last })
  const hundred = await allocatedBytes({ run: run(100), check: () => last })
  expect(one).toBeGreaterThan(24)
  expect(hundred).toBeGreaterThan(100 * 24)
  expect(hundred).toBeLessThan(100 * one)
})

test('allocatedBytes() does not take for nothing what allocates more than the young generation holds', async () => {
  let calls = 0
  let last: unknown
  const run = (times: number): void => {
    calls += times
    for (let i = 0; i < times; i++) last = Array.from({ length: 20_000 }, (_, index) => ({ index }))
  }
  expect(await allocatedBytes({ run, check: () => last })).toBeGreaterThan(20_000 * 24)
  expect(calls).toBeLessThan(100)
})
