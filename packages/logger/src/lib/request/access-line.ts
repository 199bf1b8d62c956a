import type { HttpExchange } from '@breakwater/core'
import type { Context } from '../context/context.ts'
import type { ResolvedLineLimits } from '../line/limits.ts'
import { quote } from '../line/quote.ts'
import { type Shape, shapeDuration, shapeFields } from '../line/shape.ts'
import type { Values } from '../line/values.ts'
import type { DirectWriter } from '../pino/direct-writer.ts'
import type { EndedRequest, Loudness } from './ended-request.ts'

/**
 * Writes the line of an ended request.
 *
 * @returns Whether it did: what is unusual is left to who can write any line.
 */
export type WriteAccessLine = (
  level: Loudness,
  exchange: HttpExchange,
  ended: EndedRequest,
  isSlow: boolean,
  context: Context,
) => boolean

/** What it takes. */
export interface AccessLineParts {
  readonly shape: Shape
  readonly values: Values
  readonly limits: ResolvedLineLimits
  readonly direct: DirectWriter
}

const EVENT = 'request'
const FIELDS = ['event', 'method', 'path', 'route', 'status', 'outcome', 'durationMs', 'slow'] as const
const OUTCOMES = ['finished', 'aborted', 'failed'] as const

/** Longer texts are cut, or may be. */
const MAX_TEXT_LENGTH = 1_024
const LEAST_LINE_LENGTH = 16 * MAX_TEXT_LENGTH
/** From here on, a number is looked at as if it could be a card's. In nanoseconds, a duration is as large as that soon. */
const MAX_DURATION_MS = 100_000
const MAX_STATUS = 1_000
/** Both come from few: the parser knows its methods, and the router its routes. */
const MAX_METHODS = 50
const MAX_ROUTES = 1_000

/** Names of the fields of such a line, without those of all lines. */
export function accessNames(shape: Shape): ReadonlySet<string> {
  const names = FIELDS.map((name) => shape.names[name] ?? name)
  return new Set([...names, shape.message, shape.requestId, shape.traceId, shape.spanId])
}

/** How a line ends, from the outcome on. */
interface Ending {
  readonly outcome: string
  readonly end: string
  readonly slowEnd: string
}

/**
 * Makes what writes the line of a request in one go, of parts that are ready. Byte by byte it is what any line with
 * these fields is.
 *
 * @returns Nothing if no such line is usual, because of what is redacted or how much is shown.
 */
export function createAccessLine({ shape, values, limits, direct }: AccessLineParts): WriteAccessLine | undefined {
  if (limits.maxEntries < FIELDS.length || limits.maxTextLength < MAX_TEXT_LENGTH) return undefined
  if (limits.maxLineLength < LEAST_LINE_LENGTH) return undefined
  const names = [...accessNames(shape)].map((name) => ({ name, known: values.known(name) }))
  if (names.some(({ name, known }) => known.isSecret || known.clean !== name)) return undefined

  const nameOf = (field: (typeof FIELDS)[number]): string => `,${values.known(shape.names[field] ?? field).text}`
  const [event, method, path, route, status, outcome, duration, slow] = FIELDS.map(nameOf)
  const endings = new Map<string, Ending>()
  for (const name of OUTCOMES) {
    const shaped = shapeFields(shape, { event: EVENT, outcome: name })[shape.names.outcome ?? 'outcome'] as string
    const message = `request ${name}`
    if (![EVENT, shaped, message].every((text) => values.isOrdinary(text))) return undefined
    const end = `${direct.messageText}"${message}"${direct.end}`
    endings.set(name, { outcome: `${outcome}"${shaped}"${duration}`, end, slowEnd: `${slow}true${end}` })
  }

  const methods = createParts(`${event}"${EVENT}"${method}`, path as string, MAX_METHODS, values)
  const routes = createParts(route as string, status as string, MAX_ROUTES, values)

  return (level, exchange, ended, isSlow, context) => {
    const ending = endings.get(ended.outcome)
    const { durationMs, status: code } = ended
    if (ending === undefined || typeof code !== 'number' || !(code >= 0 && code < MAX_STATUS)) return false
    if (!(durationMs >= 0 && durationMs < MAX_DURATION_MS)) return false
    const { method, path, route } = exchange
    if (!isShort(method) || !isShort(path) || (route !== undefined && !isShort(route))) return false
    const opening = direct.opening(level)
    if (opening === undefined) return false
    try {
      const fields = methods(method) + values.json(path) + (route === undefined ? status : routes(route)) + code
      const time = shapeDuration(shape, durationMs)
      direct.put(
        level,
        opening + context.text() + fields + ending.outcome + time + (isSlow ? ending.slowEnd : ending.end),
      )
    } catch (error) {
      direct.failed(level, error)
    }
    return true
  }
}

/** Remembers texts with what stands before and after them, as long as there is nothing to redact in them. */
function createParts(before: string, after: string, max: number, values: Values): (text: string) => string {
  const known = new Map<string, string>()
  return (text) => {
    const found = known.get(text)
    if (found !== undefined) return found
    const json = values.json(text)
    const part = before + json + after
    if (known.size < max && json === quote(text)) known.set(text, part)
    return part
  }
}

function isShort(text: unknown): boolean {
  return typeof text === 'string' && text.length <= MAX_TEXT_LENGTH
}
