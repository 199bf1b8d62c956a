import { nonEmptyString, oneOf } from '@breakwater/core'
import type { LogLevel } from '../options.ts'
import type { FieldValue } from './lines/fields.ts'
import { LEVELS, rankOf } from './lines/levels.ts'
import { fold } from './lines/text.ts'

/** Which lines are wanted. A line must meet all that is said; an empty query takes every line. */
export interface LogQuery {
  /**
   * From when on: a date, or Unix milliseconds. Lines are taken to stand in the order of their times, give or take 10 s: those that are
   * further out of order, as after a clock was set back, may be missed by `from` and `to`.
   */
  readonly from?: Date | number | undefined
  /** Until when, exclusive: a date, or Unix milliseconds. */
  readonly to?: Date | number | undefined
  /** This level and those above it. Lines whose level is none of ours are left out then. */
  readonly level?: LogLevel | undefined
  /** A text that stands somewhere in the line's values, in any case. At most 1,000 characters; an empty one is none. */
  readonly text?: string | undefined
  /**
   * Fields by their path, such as `status` or `err.code`; names may have dots themselves, as those of ECS do. A text
   * also equals a number or a boolean that is written so. At most 50.
   */
  readonly fields?: Readonly<Record<string, FieldValue>> | undefined
}

/** {@link LogQuery}, checked. */
export interface ResolvedQuery {
  readonly fromMs: number
  readonly toMs: number
  readonly level: LogLevel | undefined
  /** That of the level; 0 for none. */
  readonly minRank: number
  /** Folded. */
  readonly text: string
  readonly fields: readonly (readonly [path: string, value: FieldValue])[]
}

const LONGEST_TEXT = 1_000
const MOST_FIELDS = 50

/**
 * @throws {TypeError} If a part is not what it should be.
 * @throws {RangeError} If `from` is not before `to`, or something is too long.
 */
export function resolveQuery({ from, to, level, text = '', fields = {} }: LogQuery = {}): ResolvedQuery {
  const fromMs = from === undefined ? Number.NEGATIVE_INFINITY : toMs('from', from)
  const untilMs = to === undefined ? Number.POSITIVE_INFINITY : toMs('to', to)
  if (fromMs >= untilMs) throw new RangeError(`Expected \`from\` to be before \`to\`, got ${fromMs} and ${untilMs}`)
  if (typeof text !== 'string') throw new TypeError(`Expected \`text\` to be a string, got ${typeof text}`)
  if (text.length > LONGEST_TEXT)
    throw new RangeError(`Expected \`text\` to have at most ${LONGEST_TEXT} characters, got ${text.length}`)
  if (level !== undefined) oneOf('level', level, LEVELS)
  return {
    fromMs,
    toMs: untilMs,
    level,
    minRank: level === undefined ? 0 : rankOf(level),
    text: fold(text),
    fields: resolveFields(fields),
  }
}

function toMs(name: string, value: Date | number): number {
  const ms = value instanceof Date ? value.getTime() : value
  if (typeof ms !== 'number')
    throw new TypeError(`Expected \`${name}\` to be a date or Unix milliseconds, got a ${typeof ms}`)
  if (!Number.isFinite(ms)) throw new RangeError(`Expected \`${name}\` to be a valid time, got ${ms}`)
  return ms
}

function resolveFields(fields: Readonly<Record<string, FieldValue>>): ResolvedQuery['fields'] {
  if (typeof fields !== 'object' || fields === null || Array.isArray(fields))
    throw new TypeError('Expected `fields` to be an object of paths and values')
  const entries = Object.entries(fields)
  if (entries.length > MOST_FIELDS)
    throw new RangeError(`Expected \`fields\` to have at most ${MOST_FIELDS} paths, got ${entries.length}`)
  for (const [path, value] of entries) {
    nonEmptyString('fields', path)
    if (path.length > LONGEST_TEXT)
      throw new RangeError(`Expected a path of \`fields\` to have at most ${LONGEST_TEXT} characters`)
    checkValue(path, value)
  }
  return entries
}

function checkValue(path: string, value: FieldValue): void {
  const isRight =
    value === null ||
    typeof value === 'boolean' ||
    (typeof value === 'number' && Number.isFinite(value)) ||
    (typeof value === 'string' && value.length <= LONGEST_TEXT)
  if (!isRight)
    throw new TypeError(
      `Expected \`fields["${path}"]\` to be a string of at most ${LONGEST_TEXT} characters, a finite number, a boolean or null`,
    )
}
