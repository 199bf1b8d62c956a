import { createRandom } from '@breakwater/testing/simulation'
import { expect, test } from 'vitest'
import { createMix, type Wish } from './mix.ts'
import { createZipf } from './zipf.ts'

const TASKS = Array.from({ length: 100 }, (_, n) => ({ id: `task-${n}`, board: `board-${n % 5}` }))
const BOARDS = ['board-0', 'board-1', 'board-2', 'board-3', 'board-4']
const TIMES = 20_000

test('createMix() asks for four reads for each write, and deletes about as many tasks as it creates', () => {
  const mix = createMix('all', TASKS, BOARDS, createRandom(1))
  const counts: Record<string, number> = {}
  for (let n = 0; n < TIMES; n++) {
    const { method, board } = mix.next()
    counts[method] = (counts[method] ?? 0) + 1
    if (method === 'create') mix.created({ id: `own-${n}`, board })
  }
  const share = (...methods: readonly string[]): number =>
    methods.reduce((sum, method) => sum + (counts[method] ?? 0), 0) / TIMES
  expect(share('get', 'list')).toBeCloseTo(0.8, 1)
  expect(share('update')).toBeCloseTo(0.12, 1)
  expect((counts.create ?? 0) - (counts.delete ?? 0)).toBeLessThan(200)
})

test('createMix() deletes only what it created, each once, and never what it still reads', () => {
  const mix = createMix('all', TASKS, BOARDS, createRandom(2))
  const deleted = new Set<string>()
  const again: string[] = []
  let created = 0
  for (let n = 0; n < TIMES; n++) {
    const { method, board, id }: Wish = mix.next()
    if (method === 'create') mix.created({ id: `own-${created++}`, board })
    if (id !== undefined && deleted.has(id)) again.push(id)
    if (method !== 'delete') continue
    if (!id?.startsWith('own-')) again.push(String(id))
    deleted.add(id as string)
  }
  expect(again).toEqual([])
  expect(deleted.size).toBeGreaterThan(100)
})

test('createMix() makes up ids for reads that nobody can have, each another', () => {
  const mix = createMix('misses', TASKS, BOARDS, createRandom(3))
  const ids = Array.from({ length: 100 }, () => mix.next().id)
  expect(new Set(ids).size).toBe(100)
  for (const id of ids) expect(id).toMatch(/^0{8}-0000-7000-8000-[\da-f]{12}$/)
})

test('createZipf() chooses the first twice as often as the second, and all of them', () => {
  const zipf = createZipf(10, 1)
  const counts = Array.from({ length: 10 }, () => 0)
  for (let n = 0; n < TIMES; n++) {
    const index = zipf(n / TIMES)
    counts[index] = (counts[index] as number) + 1
  }
  expect((counts[0] as number) / (counts[1] as number)).toBeCloseTo(2, 1)
  expect(Math.min(...counts)).toBeGreaterThan(0)
})
