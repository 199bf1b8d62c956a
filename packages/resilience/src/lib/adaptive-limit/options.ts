import { type Clock, callable, nonEmptyString, positiveInteger, systemClock } from '@breakwater/core'
import { notUnder } from '../check.ts'
import { isTimeoutError } from '../errors.ts'

/** Options of `createAdaptiveLimit`. Without any but the name it finds its way. */
export interface AdaptiveLimitOptions {
  /** Name in events, errors and metrics. Keep it one of a handful: it becomes a label. */
  readonly name: string
  /**
   * Calls at once that it lets through until it has learned more. At least `minLimit`, at most `maxLimit`.
   *
   * @defaultValue `20`, as Netflix' concurrency-limits and failsafe-go, or the bound next to it
   */
  readonly initialLimit?: number | undefined
  /**
   * The limit never falls below this. At least 1.
   *
   * @defaultValue `1`, as failsafe-go: as long as anything is called, it can be learned that more would do
   */
  readonly minLimit?: number | undefined
  /**
   * The limit never grows over this. At least `minLimit`.
   *
   * @defaultValue `1_000`, as Envoy's `max_concurrency_limit`, or `minLimit` if that is more
   */
  readonly maxLimit?: number | undefined
  /**
   * Whether an error says that what was called has too much to do, such as a status of 429 or 503. The limit falls then.
   * Other errors say nothing: neither that nor how long they took is learned from. Not asked about the caller's own abort and
   * about refusals by policies. If it throws, the default holds.
   *
   * @defaultValue a `TimeoutError` does
   */
  readonly isOverload?: ((error: unknown) => boolean) | undefined
  /**
   * Where time comes from.
   *
   * @defaultValue `systemClock`
   */
  readonly clock?: Clock | undefined
}

/** The options as they hold, checked and copied. */
export interface ResolvedAdaptiveLimitOptions {
  readonly name: string
  readonly initialLimit: number
  readonly minLimit: number
  readonly maxLimit: number
  readonly isOverload: (error: unknown) => boolean
  readonly clock: Clock
}

/**
 * Checks and copies the options of an adaptive limit.
 *
 * @param options What was given.
 * @throws {TypeError | RangeError} If one of them is wrong, naming it.
 */
export function resolveAdaptiveLimitOptions(options: AdaptiveLimitOptions): ResolvedAdaptiveLimitOptions {
  const { name, minLimit = 1, isOverload = isTimeoutError, clock = systemClock } = options
  positiveInteger('minLimit', minLimit)
  const { maxLimit = Math.max(1_000, minLimit) } = options
  notUnder('maxLimit', positiveInteger('maxLimit', maxLimit), 'minLimit', minLimit)
  const { initialLimit = Math.min(Math.max(20, minLimit), maxLimit) } = options
  positiveInteger('initialLimit', initialLimit)
  if (initialLimit < minLimit || initialLimit > maxLimit)
    throw new RangeError(
      `Expected \`initialLimit\` to be from \`minLimit\` to \`maxLimit\`, got ${initialLimit}, ${minLimit} and ${maxLimit}`,
    )
  return {
    name: nonEmptyString('name', name),
    initialLimit,
    minLimit,
    maxLimit,
    isOverload: callable('isOverload', isOverload),
    clock,
  }
}
