import { expect, test, vi } from 'vitest'
import type { Task } from '../tasks/schema.ts'
import type { TaskStore } from '../tasks/store.ts'
import { announceChanges } from './announced-store.ts'

const TASK = { id: 'id', board: 'a' } as Task

function createStore() {
  return {
    get: vi.fn(async () => TASK),
    list: vi.fn(async () => ({ items: [TASK], hasMore: false })),
    create: vi.fn(async () => TASK),
    update: vi.fn(async () => TASK),
    delete: vi.fn(async () => TASK),
  } satisfies TaskStore
}

test('announceChanges() names the board of what was made, and none of what moved', async () => {
  const announce = vi.fn()
  const store = announceChanges(createStore(), { announce })
  await store.get('id')
  await store.list(1)
  expect(announce).not.toHaveBeenCalled()
  await store.create({ title: 'Task' })
  await store.update('id', { title: 'New' })
  await store.update('id', { board: 'a' })
  await store.delete('id')
  expect(announce.mock.calls).toEqual([['a'], ['a'], [undefined], ['a']])
})

test('announceChanges() says nothing of what was not done', async () => {
  const announce = vi.fn()
  const inner = createStore()
  for (const change of [inner.create, inner.update, inner.delete]) change.mockRejectedValue(new Error('refused'))
  const store = announceChanges(inner, { announce })
  for (const attempt of [() => store.create({ title: 'Task' }), () => store.update('id', {}), () => store.delete('id')])
    await expect(attempt()).rejects.toThrow('refused')
  expect(announce).not.toHaveBeenCalled()
})
