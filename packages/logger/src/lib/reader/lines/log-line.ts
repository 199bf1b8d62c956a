import { fieldOf } from './fields.ts'
import { toLevel } from './levels.ts'
import { timeOf } from './time.ts'

/** A line of a log. */
export interface LogLine {
  /** When it was written, in Unix milliseconds. */
  readonly at: number
  /** `trace` to `fatal` whatever the line calls it; a level that is none of these as it stands; empty if there is none. */
  readonly level: string
  /** Empty if there is none. */
  readonly message: string
  /** The line, parsed. */
  readonly fields: Readonly<Record<string, unknown>>
}

/**
 * Reads a line of any shape: our own, ECS, Loki, or as pino writes it by default.
 *
 * @param fields What was parsed.
 * @returns `undefined` if it is no line of a log: no object, or without a time.
 */
export function toLogLine(fields: unknown): LogLine | undefined {
  if (typeof fields !== 'object' || fields === null || Array.isArray(fields)) return undefined
  const line = fields as Readonly<Record<string, unknown>>
  const at = timeOf(line)
  if (Number.isNaN(at)) return undefined
  return { at, level: toLevel(levelOf(line)), message: messageOf(line), fields: line }
}

/** A line's level, as it stands there. */
export function levelOf(fields: Readonly<Record<string, unknown>>): unknown {
  const elastic = (): unknown => fieldOf(fields, 'log.level')
  return isElastic(fields) ? (elastic() ?? fields.level) : (fields.level ?? elastic())
}

function messageOf(fields: Readonly<Record<string, unknown>>): string {
  const { msg, message } = fields
  const found = isElastic(fields) ? (message ?? msg) : (msg ?? message)
  return typeof found === 'string' ? found : ''
}

function isElastic(fields: Readonly<Record<string, unknown>>): boolean {
  return fields['@timestamp'] !== undefined
}
