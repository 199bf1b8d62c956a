import {
  type Clock,
  nonEmptyString,
  nonNegativeInteger,
  positiveInteger,
  positiveMilliseconds,
  systemClock,
} from '@breakwater/core'

/** Options of `createBulkhead`. */
export interface BulkheadOptions {
  /** Name in errors and metrics. Keep it one of a handful: it becomes a label. */
  readonly name: string
  /** Calls that may be under way at once, at least 1. */
  readonly maxConcurrent: number
  /**
   * Calls that may wait for a place. Those that come when all places and the queue are taken are refused at once.
   *
   * @defaultValue `0`: nobody waits, as in Polly's concurrency limiter and cockatiel's bulkhead
   */
  readonly maxQueued?: number | undefined
  /**
   * Milliseconds that a call may wait for a place before it is refused, over 0. Needs `maxQueued`.
   *
   * @defaultValue none: it waits until a place is free or its caller gives up, our choice, as the queue is bounded
   */
  readonly maxWaitMs?: number | undefined
  /**
   * Where time comes from.
   *
   * @defaultValue `systemClock`
   */
  readonly clock?: Clock | undefined
}

/** The options as they hold, checked and copied. */
export interface ResolvedBulkheadOptions {
  readonly name: string
  readonly maxConcurrent: number
  readonly maxQueued: number
  /** `Infinity` if there is none. */
  readonly maxWaitMs: number
  readonly clock: Clock
}

/**
 * Checks and copies the options of a bulkhead.
 *
 * @param options What was given.
 * @throws {TypeError | RangeError} If one of them is wrong, naming it.
 */
export function resolveBulkheadOptions({
  name,
  maxConcurrent,
  maxQueued = 0,
  maxWaitMs,
  clock = systemClock,
}: BulkheadOptions): ResolvedBulkheadOptions {
  if (nonNegativeInteger('maxQueued', maxQueued) === 0 && maxWaitMs !== undefined)
    throw new TypeError('Expected `maxQueued` over 0 beside `maxWaitMs`, got 0: nobody would wait')
  return {
    name: nonEmptyString('name', name),
    maxConcurrent: positiveInteger('maxConcurrent', maxConcurrent),
    maxQueued,
    maxWaitMs: maxWaitMs === undefined ? Infinity : positiveMilliseconds('maxWaitMs', maxWaitMs),
    clock,
  }
}
