import { milliseconds, positiveMilliseconds } from '@breakwater/core'

/** When a leak is suspected. */
export interface LeakOptions {
  /**
   * Milliseconds after the start that do not count: what is loaded and cached then is no leak.
   *
   * @defaultValue `300_000`, our choice
   */
  readonly warmUpMs?: number | undefined
  /**
   * A growth that would fill the memory within so many milliseconds is told. What was seen for ten minutes is not projected further
   * than half a day; what was seen for longer is, in proportion.
   *
   * @defaultValue `604_800_000`, a week; our choice: a process seldom runs for longer
   */
  readonly horizonMs?: number | undefined
}

/** The options as they hold. */
export type ResolvedLeakOptions = Required<{ readonly [key in keyof LeakOptions]: NonNullable<LeakOptions[key]> }>

/**
 * Checks and completes the options.
 *
 * @param options What was given.
 * @throws {TypeError | RangeError} If one of them is wrong, naming it.
 */
export function resolveLeakOptions({ warmUpMs = 300_000, horizonMs = 604_800_000 }: LeakOptions): ResolvedLeakOptions {
  return {
    warmUpMs: milliseconds('leaks.warmUpMs', warmUpMs),
    horizonMs: positiveMilliseconds('leaks.horizonMs', horizonMs),
  }
}
