import type { HealthEvent } from '@breakwater/health'
import { expect, test } from 'vitest'
import { DatabaseUnavailableError } from '../database/errors.ts'
import { logHealth } from './log-health.ts'

/** What is logged of events. */
function logged(...events: readonly HealthEvent[]): readonly string[] {
  const lines: string[] = []
  const to = (level: string) => (line: string) => void lines.push(`${level} ${line}`)
  logHealth(
    {
      subscribe(listener) {
        for (const event of events) listener(event)
        return () => {}
      },
    },
    { debug: to('debug'), info: to('info'), warn: to('warn'), error: to('error') } as unknown as Parameters<
      typeof logHealth
    >[1],
  )
  return lines
}

test('logHealth() tells what stops being well and why, and that it is well again', () => {
  const cause = new DatabaseUnavailableError(new Error('connect ECONNREFUSED'), false)
  expect(
    logged(
      { type: 'check:changed', check: 'cache', from: undefined, to: 'healthy', cause: undefined },
      { type: 'check:changed', check: 'database', from: 'healthy', to: 'unhealthy', cause },
      { type: 'check:changed', check: 'database', from: 'unhealthy', to: 'healthy', cause: undefined },
      { type: 'check:changed', check: 'shutdown', from: 'healthy', to: 'unhealthy', cause: undefined },
      { type: 'status:changed', group: 'ready', from: 'healthy', to: 'unhealthy' },
    ),
  ).toEqual(['warn Health: "database" is unhealthy: connect ECONNREFUSED', 'info Health: "database" is healthy again'])
})

test('logHealth() tells what hangs, what was tried, and what failed', () => {
  expect(
    logged(
      { type: 'check:hung', check: 'redis', runs: 3 },
      { type: 'recovery:tried', check: 'redis', attempt: 1, outcome: 'failed', error: new Error('refused') },
      { type: 'recovery:tried', check: 'redis', attempt: 2, outcome: 'recovered' },
      { type: 'recovery:exhausted', check: 'redis', tries: 5 },
      { type: 'details:failed', error: new Error('no token') },
      { type: 'liveness:failed', error: new Error('no thread') },
    ),
  ).toEqual([
    'warn Health: 3 checks of "redis" do not end',
    'debug Health: tried to mend "redis" (1), failed: refused',
    'debug Health: tried to mend "redis" (2), recovered',
    'warn Health: "redis" is not mended after 5 tries',
    'error Health: cannot tell who may see details: no token',
    'error Health: liveness is no longer served: no thread',
  ])
})
