import { createManualClock } from '@breakwater/core/testing'
import { expect, test, vi } from 'vitest'
import { createAnswerer, type Visitor } from './requests.ts'

function create() {
  const tasks = { create: vi.fn(async () => ({})) }
  const logRefusal = vi.fn()
  const count = vi.fn()
  const answer = createAnswerer({
    tasks: tasks as never,
    gate: undefined,
    logger: { request() {}, error() {} },
    logRefusal,
    trace: (_method, run) => run(),
    clock: createManualClock(),
    count,
  })
  return { answer, tasks, logRefusal, count }
}

test('a request that is one too many is refused before anything is done, counted, and logged without what it says', async () => {
  const { answer, tasks, logRefusal, count } = create()
  const visitor: Visitor = {
    address: '192.0.2.1',
    countRequest() {
      throw Object.assign(new Error('Too many'), { code: 'ERR_RATE_LIMIT', retryAfterMs: 1_500 })
    },
  }
  const request = { type: 'request', id: 1, method: 'create', task: { title: 'canary' } } as const
  expect(await answer(request as never, visitor)).toMatchObject({ status: 429, retryAfter: 2 })
  expect(tasks.create).not.toHaveBeenCalled()
  expect(count).toHaveBeenCalledWith('create', 429, 0)
  const refused = { method: 'WEBSOCKET', route: 'live:create', client: '192.0.2.1', isTokenGiven: false }
  expect(logRefusal.mock.calls).toEqual([['ERR_RATE_LIMIT', refused]])
})

test('each request is counted once, and one that is within the limit is done', async () => {
  const { answer, tasks, logRefusal } = create()
  const countRequest = vi.fn()
  const request = { type: 'request', id: 1, method: 'create', task: { title: 'Task' } } as const
  expect(await answer(request as never, { address: '192.0.2.1', countRequest })).toMatchObject({ status: 201 })
  expect([countRequest.mock.calls.length, tasks.create.mock.calls.length, logRefusal.mock.calls.length]).toEqual([
    1, 1, 0,
  ])
})
