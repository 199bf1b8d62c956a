import type { LogQuery } from '@breakwater/logger/reader'
import Type, { type Static } from 'typebox'
import { type InvalidPart, InvalidRequestError } from '../http/validation.ts'

const Time = Type.String({
  pattern: '^(\\d{1,15}|\\d{4}-\\d{2}-\\d{2}(T\\d{2}:\\d{2}(:\\d{2}(\\.\\d{1,9})?)?(Z|[+-]\\d{2}:\\d{2}))?)$',
  expected: 'a time such as 2026-11-21T18:00:00Z, a date, or Unix milliseconds',
})
const Text = Type.String({ minLength: 1, maxLength: 1_000 })

/** What is the same wherever lines are looked for. All of a query string is text. */
export const LOG_FILTERS = {
  text: Type.Optional(Text),
  level: Type.Optional(Type.Enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal'])),
  from: Type.Optional(Time),
  to: Type.Optional(Time),
  traceId: Type.Optional(Type.String({ pattern: '^[0-9a-f]{32}$', expected: '32 hexadecimal digits' })),
  requestId: Type.Optional(Text),
  event: Type.Optional(Text),
  path: Type.Optional(Text),
  route: Type.Optional(Text),
  status: Type.Optional(Type.String({ pattern: '^[1-5]\\d{2}$', expected: 'an HTTP status' })),
}

/** Which lines are wanted. */
export const LogFilters = Type.Object(LOG_FILTERS, { additionalProperties: false })
export type LogFilters = Static<typeof LogFilters>

/** Filters that are fields of a line. */
const FIELDS = ['traceId', 'requestId', 'event', 'path', 'route', 'status'] as const

/**
 * Says to the reader of the log which lines are wanted.
 *
 * @param filters What a client said.
 * @param placeOf Where that is in the request.
 * @throws {InvalidRequestError} If a time is none, or there is none between the two.
 */
export function toLogQuery(
  { text, level, from, to, ...filters }: LogFilters,
  placeOf: (name: string) => Omit<InvalidPart, 'detail'>,
): LogQuery {
  const times = { from: toTime(from), to: toTime(to) }
  const wrong = (['from', 'to'] as const).filter((name) => Number.isNaN(times[name]))
  if (wrong.length > 0)
    throw new InvalidRequestError(wrong.map((name) => ({ ...placeOf(name), detail: 'must be a time that there is' })))
  if (times.from !== undefined && times.to !== undefined && times.from >= times.to)
    throw new InvalidRequestError([{ ...placeOf('to'), detail: 'must be after `from`' }])
  const fields = FIELDS.flatMap((name) => {
    const value = filters[name]
    return value === undefined ? [] : [[name, value] as const]
  })
  return { text, level, ...times, fields: Object.fromEntries(fields) }
}

/** Where a parameter of a query string is. */
export function parameterOf(parameter: string): Omit<InvalidPart, 'detail'> {
  return { parameter }
}

/** Where a member of a body is. */
export function pointerOf(name: string): Omit<InvalidPart, 'detail'> {
  return { pointer: `/${name}` }
}

function toTime(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  return /^\d+$/.test(text) ? Number(text) : Date.parse(text)
}
