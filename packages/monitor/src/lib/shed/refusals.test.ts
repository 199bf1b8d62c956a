import { expect, test } from 'vitest'
import { Refusals } from './refusals.ts'

function seconds(refusals: Refusals, demandRatio: number, count: number): readonly number[] {
  return Array.from({ length: count }, () => Number(refusals.next(demandRatio).headers?.['retry-after']))
}

/** How often each is among them. */
function tally(values: readonly number[]): Readonly<Record<number, number>> {
  return Object.fromEntries([...new Set(values)].map((value) => [value, values.filter((one) => one === value).length]))
}

test('next() replies as problems are told over HTTP, for nobody to keep', () => {
  const { status, headers, body } = new Refusals(1).next(2)
  expect(status).toBe(503)
  expect(headers).toEqual({
    'content-type': 'application/problem+json',
    'cache-control': 'no-store',
    'retry-after': '1',
  })
  expect(JSON.parse(body as string)).toEqual({
    type: 'about:blank',
    title: 'Service Unavailable',
    status: 503,
    detail: expect.stringMatching(/^[A-Z].*\w$/),
  })
})

test('next() goes round all seconds from one to the last, as often each', () => {
  const refusals = new Refusals(10)
  expect(tally(seconds(refusals, 1_000, 40))).toEqual(
    Object.fromEntries(Array.from({ length: 10 }, (_, index) => [index + 1, 4])),
  )
})

test('next() spreads clients further the more is wanted, but never over the most', () => {
  const furthest = [0, 1, 2, 4, 10, 1_000].map((demandRatio) =>
    Math.max(...seconds(new Refusals(30), demandRatio, 100)),
  )
  expect(furthest).toEqual(furthest.toSorted((a, b) => a - b))
  expect(new Set(furthest).size).toBeGreaterThan(3)
  expect(furthest.at(-1)).toBe(30)
})

test('next() is right whatever the demand is, from one call to the next', () => {
  const refusals = new Refusals(5)
  for (const demandRatio of [100, 0, 3, 0.01, 1e9, Infinity, 1, 2.5, 0]) {
    for (const value of seconds(refusals, demandRatio, 7)) {
      expect(Number.isInteger(value) && value >= 1 && value <= 5).toBe(true)
    }
  }
})

test('next() makes no reply anew, and lets nobody change one', () => {
  const refusals = new Refusals(2)
  const replies = new Set(Array.from({ length: 20 }, () => refusals.next(10)))
  expect(replies.size).toBe(2)
  for (const reply of replies) expect(Object.isFrozen(reply) && Object.isFrozen(reply.headers)).toBe(true)
})
