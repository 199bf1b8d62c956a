import { expect, test } from 'vitest'
import { toRetryAfterMs } from './retry-after.ts'

const NOW = Date.UTC(2026, 0, 1)

test.each([
  ['0', 0],
  ['120', 120_000],
  ['007', 7_000],
  [' 5 ', 5_000],
])('toRetryAfterMs() reads %j as seconds', (header, ms) => {
  expect(toRetryAfterMs(header, NOW)).toBe(ms)
})

test('toRetryAfterMs() stays finite, however many seconds', () => {
  expect(toRetryAfterMs('9'.repeat(400), NOW)).toBe(Number.MAX_SAFE_INTEGER)
})

test.each(['Thu, 01 Jan 2026 00:01:30 GMT', 'Thursday, 01-Jan-26 00:01:30 GMT', 'Thu Jan  1 00:01:30 2026'])(
  'toRetryAfterMs() reads the date %j',
  (header) => {
    expect(toRetryAfterMs(header, NOW)).toBe(90_000)
  },
)

test('toRetryAfterMs() reads every month and day', () => {
  for (let day = 0; day < 365; day++) {
    const date = new Date(NOW + day * 86_400_000)
    expect(toRetryAfterMs(date.toUTCString(), NOW)).toBe(day * 86_400_000)
  }
})

test("toRetryAfterMs() reads days of two digits in C's format", () => {
  expect(toRetryAfterMs('Sat Jan 31 00:00:00 2026', NOW)).toBe(30 * 86_400_000)
})

test('toRetryAfterMs() is never negative', () => {
  expect(toRetryAfterMs('Sun, 06 Nov 1994 08:49:37 GMT', NOW)).toBe(0)
  expect(toRetryAfterMs('Sunday, 06-Nov-94 08:49:37 GMT', NOW)).toBe(0)
  expect(toRetryAfterMs('Sun Nov  6 08:49:37 1994', NOW)).toBe(0)
})

test('toRetryAfterMs() takes two digits for the latest year up to 50 ahead', () => {
  const ahead = (year: string) => toRetryAfterMs(`Thursday, 01-Jan-${year} 00:00:00 GMT`, NOW)
  expect(ahead('75')).toBe(Date.UTC(2075, 0, 1) - NOW)
  expect(ahead('76')).toBe(Date.UTC(2076, 0, 1) - NOW)
  expect(ahead('77')).toBe(0)
  expect(ahead('99')).toBe(0)
  expect(toRetryAfterMs('Friday, 01-Jan-10 00:00:00 GMT', Date.UTC(2070, 0, 1))).toBe(
    Date.UTC(2110, 0, 1) - Date.UTC(2070, 0, 1),
  )
})

test('toRetryAfterMs() reads a leap second and a leap day', () => {
  expect(toRetryAfterMs('Thu, 01 Jan 2026 00:00:60 GMT', NOW)).toBe(60_000)
  expect(toRetryAfterMs('Tue, 29 Feb 2028 00:00:00 GMT', NOW)).toBe(Date.UTC(2028, 1, 29) - NOW)
})

test.each([
  undefined,
  null,
  '',
  ' ',
  '-1',
  '+1',
  '1.5',
  '1e3',
  '0x10',
  '5, 10',
  '10 seconds',
  'soon',
  'Infinity',
  'NaN',
  '2026-01-01',
  '2026-01-01T00:01:30Z',
  'Jan 1 2026',
  'Thu, 01 Jan 2026 00:01:30',
  'Thu, 01 Jan 2026 00:01:30 UTC',
  'Thu, 01 Jan 2026 00:01:30 +0100',
  'Thu, 1 Jan 2026 00:01:30 GMT',
  'Thu, 01 January 2026 00:01:30 GMT',
  'Thu, 32 Jan 2026 00:01:30 GMT',
  'Thu, 00 Jan 2026 00:01:30 GMT',
  'Mon, 29 Feb 2027 00:00:00 GMT',
  'Thu, 01 Jan 2026 24:00:00 GMT',
  'Thu, 01 Jan 2026 00:60:00 GMT',
  'Thu, 01 Jan 2026 00:00:61 GMT',
  'x Thu, 01 Jan 2026 00:01:30 GMT',
  'Thu, 01 Jan 2026 00:01:30 GMT x',
  5 as unknown as string,
])('toRetryAfterMs() says nothing of %j', (header) => {
  expect(toRetryAfterMs(header, NOW)).toBe(undefined)
})

test('toRetryAfterMs() refuses what is no time', () => {
  expect(() => toRetryAfterMs('5', Number.NaN)).toThrow(
    new RangeError('Expected `epochMs` to be a number of milliseconds of at least 0, got NaN'),
  )
})
