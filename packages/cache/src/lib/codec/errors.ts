import { hasCode, OperationalError } from '@breakwater/core'

/** At which step a stored value could not be read. */
export type UnreadableStep = 'format' | 'encryption' | 'compression' | 'serializer'

/** Thrown when bytes are no value that this codec has made, or not any more. A cache takes it for a miss. */
export class ValueUnreadableError extends OperationalError {
  /** Also when minified. */
  override readonly name: 'ValueUnreadableError' = 'ValueUnreadableError'
  /** Compare this one, see {@link isValueUnreadableError}. */
  override readonly code: 'ERR_VALUE_UNREADABLE' = 'ERR_VALUE_UNREADABLE'
  /** Key of the value. */
  readonly key: string
  /** Where reading ended. */
  readonly step: UnreadableStep

  /**
   * @param key Key of the value.
   * @param step Where reading ended.
   * @param why What is wrong, without any of the value: what parsers throw quotes their input, so it is no `cause` either.
   */
  constructor(key: string, step: UnreadableStep, why: string) {
    super(`Cannot read the value of ${quoted(key)} as ${why}: it counts as missing`)
    this.key = key
    this.step = step
  }
}

/**
 * Whether `error` is a {@link ValueUnreadableError}, whichever copy of this package threw it.
 *
 * @param error What was caught.
 */
export function isValueUnreadableError(error: unknown): error is ValueUnreadableError {
  return hasCode(error, 'ERR_VALUE_UNREADABLE')
}

/**
 * A key as messages show it: on one line, and not all of a long one.
 *
 * @param key The key.
 */
export function quoted(key: string): string {
  return JSON.stringify(key.length > 100 ? `${key.slice(0, 100)}…` : key)
}

/**
 * What is known of something thrown without its text, which may quote a value.
 *
 * @param error What was caught.
 */
export function codeOf(error: unknown): string {
  try {
    const { code, name } = error as { code?: unknown; name?: unknown }
    if (typeof code === 'string') return code
    return typeof name === 'string' ? name : typeof error
  } catch {
    return typeof error
  }
}
