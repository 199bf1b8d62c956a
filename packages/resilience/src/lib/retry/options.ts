import {
  type Clock,
  callable,
  milliseconds,
  nonEmptyString,
  oneOf,
  positiveInteger,
  systemClock,
} from '@breakwater/core'
import { atLeast1, notUnder } from '../check.ts'
import type { Backoff, BackoffShape } from './backoff.ts'
import type { RetryBudget } from './budget.ts'

/** Options of `createRetry`. */
export interface RetryOptions {
  /** Name in events and metrics. Keep it one of a handful: it becomes a label. */
  readonly name: string
  /**
   * Attempts all in all, with the first one. `1`: nothing is tried again.
   *
   * @defaultValue `3`, as in the standard retry mode of the AWS SDKs
   */
  readonly maxAttempts?: number | undefined
  /**
   * Milliseconds from which waits grow: before the first retry, the most (`full-jitter`), the least (`decorrelated-jitter`)
   * or exactly this (`exponential`).
   *
   * @defaultValue `100`, as `DEFAULT_RETRY_DELAY_BASE` of the AWS SDK for JavaScript
   */
  readonly baseDelayMs?: number | undefined
  /**
   * Milliseconds that waits never grow over, at least `baseDelayMs`. A `Retry-After` may be longer.
   *
   * @defaultValue `20_000`, as `MAXIMUM_RETRY_DELAY` of the AWS SDK for JavaScript, or `baseDelayMs` if that is more
   */
  readonly maxDelayMs?: number | undefined
  /**
   * How waits grow.
   *
   * @defaultValue `'full-jitter'`, which the AWS Architecture Blog found to cost the least work
   */
  readonly backoff?: Backoff | undefined
  /**
   * Times by which they grow, at least 1.
   *
   * @defaultValue `2`, with `decorrelated-jitter` `3`, as in the AWS Architecture Blog
   */
  readonly backoffFactor?: number | undefined
  /**
   * Whether to try again after this error; only `true` says so. Not asked about the caller's own abort. If it throws, the error
   * is not tried again, and reaches the caller.
   *
   * @defaultValue all but refusals by policies, such as an open circuit: whoever is refused is told at once
   */
  readonly isRetryable?: ((error: unknown) => boolean) | undefined
  /**
   * Whether to try again after this result; only `true` says so. One that is so to the end is returned as it is, and so is
   * one that a permit's holder tells. If it throws, the result is returned.
   *
   * @defaultValue none
   */
  readonly isRetryableResult?: ((result: unknown) => boolean) | undefined
  /**
   * The least milliseconds to wait after this error (or result that is tried again), such as its `Retry-After`: see
   * `toRetryAfterMs`. What is no number of at least 0 says nothing. If it throws, the default holds.
   *
   * @defaultValue its `retryAfterMs`, if that is a finite number of at least 0
   */
  readonly retryAfter?: ((failure: unknown) => number | undefined) | undefined
  /**
   * The longest `retryAfter` in milliseconds that is waited for. After a longer one nothing is tried again: the error reaches
   * the caller at once.
   *
   * @defaultValue `60_000`, our choice: who waits longer should do so where it does not hold up a call
   */
  readonly maxRetryAfterMs?: number | undefined
  /**
   * How many retries there may be in proportion to calls: a budget of `createRetryBudget` that is shared with others, or
   * `false` for no limit at all, which lets an outage multiply the load by `maxAttempts`.
   *
   * @defaultValue one of its own, as `createRetryBudget()` makes it
   */
  readonly budget?: RetryBudget | false | undefined
  /**
   * Where jitter comes from: from 0 up to, not including, 1. If it throws or gives anything else, the default holds.
   *
   * @defaultValue `Math.random`
   */
  readonly random?: (() => number) | undefined
  /**
   * Where time comes from.
   *
   * @defaultValue `systemClock`
   */
  readonly clock?: Clock | undefined
}

/** The options as they hold, checked and copied. */
export interface ResolvedRetryOptions extends BackoffShape {
  readonly name: string
  readonly maxAttempts: number
  readonly isRetryable: ((error: unknown) => boolean) | undefined
  readonly isRetryableResult: ((result: unknown) => boolean) | undefined
  readonly retryAfter: ((failure: unknown) => number | undefined) | undefined
  readonly maxRetryAfterMs: number
  /** `undefined`: one of its own. */
  readonly budget: RetryBudget | false | undefined
  readonly random: () => number
  readonly clock: Clock
}

/**
 * Checks and copies the options of a retry.
 *
 * @param options What was given.
 * @throws {TypeError | RangeError} If one of them is wrong, naming it.
 */
export function resolveRetryOptions({
  name,
  maxAttempts = 3,
  baseDelayMs = 100,
  maxDelayMs = Math.max(20_000, baseDelayMs),
  backoff = 'full-jitter',
  backoffFactor = backoff === 'decorrelated-jitter' ? 3 : 2,
  isRetryable,
  isRetryableResult,
  retryAfter,
  maxRetryAfterMs = 60_000,
  budget,
  random = Math.random,
  clock = systemClock,
}: RetryOptions): ResolvedRetryOptions {
  milliseconds('baseDelayMs', baseDelayMs)
  notUnder('maxDelayMs', milliseconds('maxDelayMs', maxDelayMs), 'baseDelayMs', baseDelayMs)
  return {
    name: nonEmptyString('name', name),
    maxAttempts: positiveInteger('maxAttempts', maxAttempts),
    baseDelayMs,
    maxDelayMs,
    backoff: oneOf('backoff', backoff, ['full-jitter', 'decorrelated-jitter', 'exponential']),
    backoffFactor: atLeast1('backoffFactor', backoffFactor),
    isRetryable: isRetryable === undefined ? undefined : callable('isRetryable', isRetryable),
    isRetryableResult: isRetryableResult === undefined ? undefined : callable('isRetryableResult', isRetryableResult),
    retryAfter: retryAfter === undefined ? undefined : callable('retryAfter', retryAfter),
    maxRetryAfterMs: milliseconds('maxRetryAfterMs', maxRetryAfterMs),
    budget: checkBudget(budget),
    random: callable('random', random),
    clock,
  }
}

function checkBudget(budget: RetryBudget | false | undefined): RetryBudget | false | undefined {
  if (budget === undefined || budget === false) return budget
  const { deposit, withdraw } = Object(budget) as Partial<RetryBudget>
  if (typeof deposit === 'function' && typeof withdraw === 'function') return budget
  throw new TypeError(`Expected \`budget\` to be a retry budget or false, got ${show(budget)}`)
}

function show(value: unknown): string {
  return typeof value === 'object' && value !== null ? 'an object' : String(value)
}
