import { expect, test } from 'vitest'
import type { Call, LiveHistory } from './history.ts'
import { toClientNumbers, toTimes } from './numbers.ts'

const SPAN = { startAtMs: 1_000, durationMs: 2_000, timeoutMs: 10_000 }

function call(parts: Partial<Call>): Call {
  const base = {
    via: 'http',
    client: 0,
    method: 'get',
    board: 'red',
    dueMs: 1_000,
    sentMs: 1_005,
    endMs: 1_010,
  } as const
  return { ...base, status: 200, outcome: 'ok', ...parts }
}

test('toTimes() gives the mean and percentiles, and zeros of nothing', () => {
  const all = Array.from({ length: 100 }, (_, n) => 100 - n)
  expect(toTimes(all)).toEqual({ count: 100, mean: 50.5, p50: 50, p95: 95, p99: 99, max: 100 })
  expect(toTimes([])).toEqual({ count: 0, mean: 0, p50: 0, p95: 0, p99: 0, max: 0 })
})

test('toClientNumbers() counts from when a request was due, and what has no answer with the whole time limit', () => {
  const calls = [
    call({}),
    call({ outcome: 'failed', status: 0, endMs: undefined }),
    call({ outcome: 'unsent', sentMs: undefined, endMs: undefined }),
  ]
  const { all, accepted, outcomes } = toClientNumbers(calls, [], SPAN)
  expect(all).toMatchObject({ count: 3, p50: 10_000, max: 10_000 })
  expect(accepted).toMatchObject({ count: 1, max: 10 })
  expect(outcomes).toEqual({ due: 3, ok: 1, refused: 0, failed: 1, late: 0, unsent: 1 })
})

test('toClientNumbers() takes the time of an update from when its write was due, at all but who wrote it', () => {
  const write = call({ via: 'socket', client: 1, method: 'update', id: 'a', version: 2 })
  const changes = [{ version: 7, kind: 'updated', taskId: 'a', taskVersion: 2 }] as const
  const socket = (client: number, atMs: number): LiveHistory => ({
    client,
    board: 'red',
    version: 6,
    events: [{ kind: 'changes', atMs, changes }],
    digest: '',
    endVersion: 7,
    isOpen: true,
    bytes: 1_000,
  })
  const { updates, messages, seconds, socketMbits } = toClientNumbers(
    [write],
    [socket(1, 1_020), socket(2, 2_030)],
    SPAN,
  )
  expect(updates).toMatchObject({ count: 1, max: 1_030 })
  expect(messages).toMatchObject({ count: 1, max: 10 })
  expect(seconds.map(({ updateP99 }) => updateP99)).toEqual([0, 1_030])
  expect(socketMbits).toBeCloseTo(0.008)
})
