import { hasCode, OperationalError, RefusalError } from '@breakwater/core'

/** Thrown instead of running a function while its circuit is open. The function was not called. */
export class CircuitOpenError extends RefusalError {
  /** Also when minified. */
  override readonly name: 'CircuitOpenError' = 'CircuitOpenError'
  /** Compare this one, see {@link isCircuitOpenError}. */
  override readonly code: 'ERR_CIRCUIT_OPEN' = 'ERR_CIRCUIT_OPEN'
  /** Name of the circuit breaker; of a registry with its key. */
  readonly policy: string
  /** Milliseconds until the circuit lets a probe through. `0` while one is under way, as its end decides. */
  readonly retryAfterMs: number

  /**
   * @param policy Name of the circuit breaker.
   * @param retryAfterMs Milliseconds until a probe is let through.
   */
  constructor(policy: string, retryAfterMs: number) {
    super()
    this.policy = policy
    this.retryAfterMs = retryAfterMs
  }

  /** Says which circuit, and when to come back. */
  override get message(): string {
    return `Cannot call "${this.policy}" as its circuit is open: retry after ${Math.ceil(this.retryAfterMs)} ms`
  }
}

/** Thrown instead of running a function when a bulkhead and its queue are full, or it waited too long. It was not called. */
export class BulkheadFullError extends RefusalError {
  /** Also when minified. */
  override readonly name: 'BulkheadFullError' = 'BulkheadFullError'
  /** Compare this one, see {@link isBulkheadFullError}. */
  override readonly code: 'ERR_BULKHEAD_FULL' = 'ERR_BULKHEAD_FULL'
  /** Name of the bulkhead. */
  readonly policy: string
  /** Milliseconds after which it is worth another try. `0`, as nobody knows when a call will end. */
  readonly retryAfterMs: number

  /**
   * @param policy Name of the bulkhead.
   * @param retryAfterMs Milliseconds after which it is worth another try.
   */
  constructor(policy: string, retryAfterMs: number) {
    super()
    this.policy = policy
    this.retryAfterMs = retryAfterMs
  }

  /** Says which bulkhead. */
  override get message(): string {
    return `Cannot call "${this.policy}" as too many calls are under way: try again later`
  }
}

/** Thrown instead of running a function when an adaptive limit is reached. It was not called. */
export class LimitReachedError extends RefusalError {
  /** Also when minified. */
  override readonly name: 'LimitReachedError' = 'LimitReachedError'
  /** Compare this one, see {@link isLimitReachedError}. */
  override readonly code: 'ERR_LIMIT_REACHED' = 'ERR_LIMIT_REACHED'
  /** Name of the limit. */
  readonly policy: string
  /** Milliseconds after which it is worth another try. */
  readonly retryAfterMs: number

  /**
   * @param policy Name of the limit.
   * @param retryAfterMs Milliseconds after which it is worth another try.
   */
  constructor(policy: string, retryAfterMs: number) {
    super()
    this.policy = policy
    this.retryAfterMs = retryAfterMs
  }

  /** Says which limit. */
  override get message(): string {
    return `Cannot call "${this.policy}" as it is at its limit: retry after ${Math.ceil(this.retryAfterMs)} ms`
  }
}

/** Thrown when a call took longer than it may. Whether what it did took effect is unknown. */
export class TimeoutError extends OperationalError {
  /** Also when minified. */
  override readonly name: 'TimeoutError' = 'TimeoutError'
  /** Compare this one, see {@link isTimeoutError}. */
  override readonly code: 'ERR_TIMEOUT' = 'ERR_TIMEOUT'
  /** Name of the timeout. */
  readonly policy: string
  /** Milliseconds that the call was given. */
  readonly limitMs: number

  /**
   * @param policy Name of the timeout.
   * @param limitMs Milliseconds that the call was given.
   * @param options What the call itself threw when it was told to end, as `cause`.
   */
  constructor(policy: string, limitMs: number, options?: ErrorOptions) {
    super(`Cannot wait for "${policy}" any longer as it took over ${limitMs} ms: it was told to end`, options)
    this.policy = policy
    this.limitMs = limitMs
  }
}

/**
 * Whether `error` is a {@link CircuitOpenError}, whichever copy of this package threw it.
 *
 * @param error What was caught.
 */
export function isCircuitOpenError(error: unknown): error is CircuitOpenError {
  return hasCode(error, 'ERR_CIRCUIT_OPEN')
}

/**
 * Whether `error` is a {@link BulkheadFullError}, whichever copy of this package threw it.
 *
 * @param error What was caught.
 */
export function isBulkheadFullError(error: unknown): error is BulkheadFullError {
  return hasCode(error, 'ERR_BULKHEAD_FULL')
}

/**
 * Whether `error` is a {@link LimitReachedError}, whichever copy of this package threw it.
 *
 * @param error What was caught.
 */
export function isLimitReachedError(error: unknown): error is LimitReachedError {
  return hasCode(error, 'ERR_LIMIT_REACHED')
}

/**
 * Whether `error` is a {@link TimeoutError}, whichever copy of this package threw it.
 *
 * @param error What was caught.
 */
export function isTimeoutError(error: unknown): error is TimeoutError {
  return hasCode(error, 'ERR_TIMEOUT')
}

/**
 * Whether `error` says that a policy did not run the function: an open circuit, a full bulkhead, a reached limit.
 *
 * @param error What was caught.
 */
export function isRefusalError(error: unknown): error is RefusalError & { readonly retryAfterMs: number } {
  return isCircuitOpenError(error) || isBulkheadFullError(error) || isLimitReachedError(error)
}
