import { expect, test } from 'vitest'
import { toFailure, toOutcome, toText } from './outcome.ts'

test.for([undefined, null, true, 'PONG', {}, [], { rows: [] }, new Date(0)])(
  'toOutcome() takes %j for healthy',
  (value) => {
    expect(toOutcome('a', value)).toEqual({ status: 'healthy', cause: undefined, data: undefined })
  },
)

test.for([
  [false, 'It returned false'],
  [0, 'got 0'],
  [1, 'got 1'],
  ['', 'got ""'],
  [Symbol('x'), 'got Symbol(x)'],
  [10n, 'got 10'],
  [() => true, 'got a function'],
  [{ status: 200 }, 'got an object whose status is 200'],
  [{ status: 'up' }, 'got an object whose status is "up"'],
  [{ status: null }, 'got an object whose status is null'],
] as const)('toOutcome() takes %o for a failure', ([value, text]) => {
  const { status, cause } = toOutcome('redis', value)
  expect(status).toBe('unhealthy')
  expect(String(cause)).toContain(text)
})

test('toOutcome() lets a check say how it is, by a status alone or with a cause', () => {
  expect(toOutcome('a', 'degraded')).toMatchObject({ status: 'degraded' })
  expect(toOutcome('a', 'unhealthy').status).toBe('unhealthy')
  expect(toOutcome('a', { status: 'degraded', cause: 'slow', data: { ms: 12 } })).toEqual({
    status: 'degraded',
    cause: 'slow',
    data: { ms: 12 },
  })
  expect(toText(toOutcome('a', { status: 'unhealthy' }).cause)).toBe('It says that it is unhealthy')
})

test('toOutcome() fails with what a getter throws', () => {
  const error = new Error('no')
  const value = {
    get status(): string {
      throw error
    },
  }
  expect(toOutcome('a', value)).toEqual(toFailure(error))
})

test('toOutcome() keeps a copy of data that can always be sent', () => {
  const data = { list: [1], big: 10n }
  const outcome = toOutcome('a', { status: 'healthy', data })
  data.list.push(2)
  expect(outcome.data).toEqual({ list: [1], big: '10' })

  const circle: Record<string, unknown> = {}
  circle.self = circle
  expect(toOutcome('a', { status: 'healthy', data: circle }).data).toEqual({
    error: expect.stringContaining('cannot be shown'),
  })
  expect(toOutcome('a', { status: 'healthy', data: { text: 'x'.repeat(20_000) } }).data).toEqual({
    error: expect.stringContaining('over 10000'),
  })
  expect(toOutcome('a', { status: 'healthy', data: [1, 2] }).data).toEqual({ value: [1, 2] })
})

test('toText() says what is behind an error, on one line, cut', () => {
  expect(toText(new TypeError('fetch failed', { cause: new Error('connect ECONNREFUSED') }))).toBe(
    'fetch failed: connect ECONNREFUSED',
  )
  expect(toText(new AggregateError([new Error('connect ECONNREFUSED ::1')]))).toBe(
    'AggregateError: connect ECONNREFUSED ::1',
  )
  expect(toText(new Error('a\n   b'))).toBe('a b')
  expect(toText(new Error('x'.repeat(10 ** 6)))).toHaveLength(1_000)
  expect(toText('just text')).toBe('just text')
  expect(toText(undefined)).toBe('undefined')
  expect(toText({})).toBe('an error without a message')
})

test('toText() ends with errors that are their own cause or cannot be read', () => {
  const own = new Error('own')
  own.cause = own
  expect(toText(own)).toBe('own: own: own: own')
  const unreadable = new Proxy(
    {},
    {
      get() {
        throw new Error('no')
      },
    },
  )
  expect(toText(unreadable)).toBe('an error that cannot be read')
})
