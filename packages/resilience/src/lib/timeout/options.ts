import { type Clock, nonEmptyString, oneOf, positiveMilliseconds, systemClock } from '@breakwater/core'

/**
 * What happens at the limit. `hard`: the caller is told at once, whatever the function does later. `cooperative`: the
 * function is told to end through its signal, and the caller waits for it.
 */
export type TimeoutMode = 'hard' | 'cooperative'

/** Options of `createTimeout`. */
export interface TimeoutOptions {
  /** Name in errors and metrics. Keep it one of a handful: it becomes a label. */
  readonly name: string
  /** Milliseconds that each call is given, over 0 and of any length. */
  readonly limitMs: number
  /**
   * What happens at the limit.
   *
   * @defaultValue `'hard'`, our choice: so that every caller is told in time; Polly calls it pessimistic
   */
  readonly mode?: TimeoutMode | undefined
  /**
   * Where time comes from.
   *
   * @defaultValue `systemClock`
   */
  readonly clock?: Clock | undefined
}

/** The options as they hold, checked and copied. */
export interface ResolvedTimeoutOptions {
  readonly name: string
  readonly limitMs: number
  readonly mode: TimeoutMode
  readonly clock: Clock
}

/**
 * Checks and copies the options of a timeout.
 *
 * @param options What was given.
 * @throws {TypeError | RangeError} If one of them is wrong, naming it.
 */
export function resolveTimeoutOptions({
  name,
  limitMs,
  mode = 'hard',
  clock = systemClock,
}: TimeoutOptions): ResolvedTimeoutOptions {
  return {
    name: nonEmptyString('name', name),
    limitMs: positiveMilliseconds('limitMs', limitMs),
    mode: oneOf('mode', mode, ['hard', 'cooperative']),
    clock,
  }
}
