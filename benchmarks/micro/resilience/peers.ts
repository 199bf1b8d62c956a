import { EventEmitter } from 'node:events'
import { createRequire } from 'node:module'
import { type CircuitBreakerPolicy, circuitBreaker, handleAll, type IBreaker } from 'cockatiel'

/** What is used here of opossum, which has no types of its own. */
export interface Opossum {
  fire(): Promise<unknown>
  open(): void
  shutdown(): void
  readonly opened: boolean
  /** The newest bucket first. */
  readonly status: { readonly window: readonly OpossumBucket[] }
}

/** What it keeps of a tenth of its window. */
export interface OpossumBucket {
  fires: number
  failures: number
  successes: number
  readonly latencyTimes: number[]
}

interface OpossumOptions {
  readonly name?: string
  readonly timeout?: number | false
  readonly resetTimeout?: number
  readonly errorThresholdPercentage?: number
  readonly volumeThreshold?: number
  readonly rollingCountTimeout?: number
  readonly enableSnapshots?: boolean
  readonly rotateBucketController?: EventEmitter
}

const OpossumBreaker = createRequire(import.meta.url)('opossum') as new (
  action: () => unknown,
  options: OpossumOptions,
) => Opossum

/** Longer than anything here takes. */
export const LONG_MS: number = 2 ** 30

/**
 * As its documentation shows.
 *
 * @param action What it calls.
 * @param options Its options; no time limit unless it is given.
 */
export function createOpossum(action: () => unknown, options: OpossumOptions = {}): Opossum {
  return new OpossumBreaker(action, { timeout: false, ...options })
}

/**
 * Without its timers, which would run in the time of others: its window turns when it is told to.
 *
 * @param action What it calls.
 * @param options Its options.
 */
export function createStillOpossum(
  action: () => unknown,
  options: OpossumOptions = {},
): { readonly breaker: Opossum; turn(): void } {
  const wheel = new EventEmitter()
  const breaker = createOpossum(action, { enableSnapshots: false, rotateBucketController: wheel, ...options })
  return { breaker, turn: () => void wheel.emit('rotate') }
}

/**
 * As its documentation shows.
 *
 * @param breaker Its window.
 * @param initialState What another one left.
 */
export function createCockatiel(breaker: IBreaker, initialState?: unknown): CircuitBreakerPolicy {
  return circuitBreaker(handleAll, {
    breaker,
    halfOpenAfter: LONG_MS,
    ...(initialState !== undefined && { initialState }),
  })
}
