import { expect, test } from 'vitest'
import { TaskNotFoundError } from '../tasks/errors.ts'
import type { TaskStore } from '../tasks/store.ts'
import { warmUp } from './warm-up.ts'

type Tasks = Pick<TaskStore, 'get' | 'list'>

const NEVER = new AbortController().signal
const REQUEST = { limits: [20], boards: [], ids: [] }

function create(get: (id: string) => Promise<unknown>): { readonly tasks: Tasks; readonly asked: string[] } {
  const asked: string[] = []
  const tasks = {
    get(id: string) {
      asked.push(id)
      return get(id)
    },
    async list(limit: number, _olderThan: undefined, { board }: { board?: string }) {
      asked.push(`${board ?? 'all'} ${limit}`)
    },
  } as unknown as Tasks
  return { tasks, asked }
}

test('warmUp() reads pages of all tasks and of boards, and tasks, and tells what came of it', async () => {
  const { tasks, asked } = create(async (id) => {
    if (id === 'gone') throw new TaskNotFoundError(id)
    if (id === 'bad') throw Object.assign(new Error('secret'), { code: 'ERR_CIRCUIT_OPEN' })
  })
  const report = await warmUp(tasks, { limits: [20, 50], boards: ['b'], ids: ['one', 'gone', 'bad', 'bad'] }, NEVER)
  expect(asked).toEqual(['all 20', 'all 50', 'b 20', 'b 50', 'one', 'gone', 'bad', 'bad'])
  expect(report).toEqual({
    pages: 4,
    tasks: 1,
    missing: 1,
    failed: 2,
    failures: { ERR_CIRCUIT_OPEN: 2 },
    isComplete: true,
    tookMs: expect.any(Number),
  })
})

test('warmUp() reads four at a time', async () => {
  let underWay = 0
  let most = 0
  const { tasks } = create(async () => {
    most = Math.max(most, ++underWay)
    await new Promise((resolve) => setImmediate(resolve))
    underWay--
  })
  await warmUp(tasks, { ...REQUEST, limits: [], ids: Array.from({ length: 50 }, (_, n) => String(n)) }, NEVER)
  expect(most).toBe(4)
})

test('warmUp() ends at a signal, does not wait for what hangs, and begins nothing more', async () => {
  const { tasks, asked } = create(() => new Promise(() => {}))
  const controller = new AbortController()
  const report = warmUp(tasks, { ...REQUEST, ids: Array.from({ length: 50 }, (_, n) => String(n)) }, controller.signal)
  await new Promise((resolve) => setImmediate(resolve))
  controller.abort()
  expect(await report).toMatchObject({ pages: 1, tasks: 0, isComplete: false })
  expect(asked.length).toBeLessThan(10)
})

test('warmUp() does not begin where nobody waits any more', async () => {
  const { tasks, asked } = create(async () => {})
  expect(await warmUp(tasks, REQUEST, AbortSignal.abort())).toMatchObject({ pages: 0, isComplete: false })
  expect(asked).toEqual([])
})
