import { expect, test } from 'vitest'
import { type LogFilters, parameterOf, pointerOf, toLogQuery } from './log-query.ts'

test('toLogQuery() has times in both ways, and fields', () => {
  const filters: LogFilters = {
    from: '2026-11-21T18:00:00Z',
    to: '1800000000000',
    level: 'warn',
    path: '/x',
    status: '404',
  }
  expect(toLogQuery(filters, parameterOf)).toEqual({
    text: undefined,
    level: 'warn',
    from: Date.UTC(2026, 10, 21, 18),
    to: 1_800_000_000_000,
    fields: { path: '/x', status: '404' },
  })
})

test.each<[LogFilters, unknown]>([
  [{ from: '2026-13-21' }, [{ parameter: 'from', detail: 'must be a time that there is' }]],
  [{ from: '2026-11-21', to: '2026-11-21T25:00:00Z' }, [{ parameter: 'to', detail: 'must be a time that there is' }]],
  [{ from: '7', to: '7' }, [{ parameter: 'to', detail: 'must be after `from`' }]],
])('toLogQuery() refuses %j', (filters, parts) => {
  expect(() => toLogQuery(filters, parameterOf)).toThrow(expect.objectContaining({ parts }))
})

test('toLogQuery() says where in a body it is wrong', () => {
  expect(() => toLogQuery({ from: '2', to: '1' }, pointerOf)).toThrow(
    expect.objectContaining({ parts: [{ pointer: '/to', detail: 'must be after `from`' }] }),
  )
})
