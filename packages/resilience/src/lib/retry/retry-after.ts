import { milliseconds } from '@breakwater/core'

const DAY = '(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)'
const LONG_DAY = '(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day'
const MONTHS = 'Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec'
const TIME = '(?<hour>\\d{2}):(?<minute>\\d{2}):(?<second>\\d{2})'
/** The one that is sent nowadays, and the two obsolete ones that must be understood: RFC 850's and C's `asctime()`. */
const DATES: readonly RegExp[] = [
  `${DAY}, (?<day>\\d{2}) (?<month>${MONTHS}) (?<year>\\d{4}) ${TIME} GMT`,
  `${LONG_DAY}, (?<day>\\d{2})-(?<month>${MONTHS})-(?<year>\\d{2}) ${TIME} GMT`,
  `${DAY} (?<month>${MONTHS}) (?<day>[ \\d]\\d) ${TIME} (?<year>\\d{4})`,
].map((pattern) => new RegExp(`^${pattern}$`))

/**
 * Reads a `Retry-After` header: seconds, or a date.
 *
 * Not `Date.parse`, which takes nearly anything for a date, and C's format for local time.
 *
 * @param header Its value, if it is there.
 * @param epochMs Unix milliseconds now, such as `clock.epoch()`: what a date is compared with.
 * @returns Milliseconds to wait, never negative and never infinite; `undefined` if the header is missing or says nothing of the kind.
 * @throws {TypeError | RangeError} If `epochMs` is no time.
 * @see RFC 9110, sections 10.2.3 and 5.6.7.
 *
 * @example
 * ```ts
 * throw new ServerError(response.status, { retryAfterMs: toRetryAfterMs(response.headers.get('retry-after'), Date.now()) })
 * ```
 */
export function toRetryAfterMs(header: string | null | undefined, epochMs: number): number | undefined {
  milliseconds('epochMs', epochMs)
  if (typeof header !== 'string') return undefined
  const value = header.trim()
  if (/^\d+$/.test(value)) return Math.min(Number(value) * 1_000, Number.MAX_SAFE_INTEGER)
  const dateMs = toEpochMs(value, epochMs)
  return dateMs === undefined ? undefined : Math.max(dateMs - epochMs, 0)
}

function toEpochMs(value: string, epochMs: number): number | undefined {
  for (const format of DATES) {
    const parts = format.exec(value)?.groups
    if (parts === undefined) continue
    const month = MONTHS.split('|').indexOf(parts.month as string)
    const [day, hour, minute, second] = [parts.day, parts.hour, parts.minute, parts.second].map(Number) as Four
    if (hour > 23 || minute > 59 || second > 60) return undefined // a leap second is the 60th
    const toMs = (year: number): number => Date.UTC(year, month, day, hour, minute, second)
    const year = Number(parts.year)
    const fullYear = parts.year?.length === 2 ? inCentury(year, epochMs, toMs) : year
    return new Date(Date.UTC(fullYear, month, day)).getUTCDate() === day ? toMs(fullYear) : undefined
  }
  return undefined
}

type Four = [number, number, number, number]

/** Of two digits, the latest year that is not more than 50 years ahead. */
function inCentury(digits: number, epochMs: number, toMs: (year: number) => number): number {
  const latest = new Date(epochMs)
  latest.setUTCFullYear(latest.getUTCFullYear() + 50)
  const year = latest.getUTCFullYear() - (latest.getUTCFullYear() % 100) + digits
  return toMs(year) > latest.getTime() ? year - 100 : year
}
