import type { CacheEvent } from '@breakwater/cache'
import { createManualClock } from '@breakwater/core/testing'
import { expect, test } from 'vitest'
import { DatabaseAnswerLostError } from '../database/errors.ts'
import { logCache } from './log-cache.ts'

const clock = createManualClock()

function logOf(...events: readonly (CacheEvent | number)[]): readonly string[] {
  const lines: string[] = []
  let tell: (event: CacheEvent) => void = () => undefined
  const subscribe = (listener: typeof tell): (() => void) => {
    tell = listener
    return () => undefined
  }
  const log = { info: (text: string) => lines.push(`info ${text}`), warn: (text: string) => lines.push(`warn ${text}`) }
  logCache({ subscribe }, log as never, clock)
  for (const event of events) typeof event === 'number' ? clock.advance(event) : tell(event)
  return lines
}

test('logCache() says that Redis is away, why, and that it is back', () => {
  expect(
    logOf(
      { type: 'tier:failed', error: new Error('connect ECONNREFUSED\n127.0.0.1:1') },
      { type: 'tier:recovered', awayMs: 1_234.5 },
    ),
  ).toEqual([
    'warn The cache goes on without Redis, each instance by itself: connect ECONNREFUSED 127.0.0.1:1',
    'info The cache has Redis again, after 1,235 ms',
  ])
})

test('logCache() says of each kind of event what it means, and never more than a line', () => {
  const lines = logOf(
    { type: 'log:replayed', shard: 0, changes: 3 },
    { type: 'log:lost', shard: 0, changes: 0 },
    { type: 'invalidations:queued', count: 1 },
    { type: 'invalidations:applied', count: 2 },
    { type: 'invalidations:collapsed', count: 10_001 },
    { type: 'invalidations:lost', count: 2 },
    { type: 'value:unreadable', key: 'task:a', error: new Error('not\nJSON') },
  )
  expect(lines).toHaveLength(7)
  for (const line of lines) expect(line).toMatch(/^(info|warn) .+$/)
})

test('logCache() says now and then that a value cannot be renewed, and by what it was caused', () => {
  const failed = { type: 'load:failed', key: 'task:a', error: new DatabaseAnswerLostError(new Error('reset')) } as const
  const line = 'warn The cache could not renew "task:a", and serves what it has: reset'
  expect(logOf(failed, failed, 9_999, failed)).toEqual([line])
  expect(logOf(failed, 10_000, failed)).toEqual([line, line])
})

test('logCache() does not repeat what the circuit breaker says', () => {
  const error = Object.assign(new Error('open'), { code: 'ERR_CIRCUIT_OPEN' })
  expect(logOf({ type: 'load:failed', key: 'task:a', error })).toEqual([])
})
