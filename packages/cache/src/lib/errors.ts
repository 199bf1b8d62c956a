import { hasCode, OperationalError } from '@breakwater/core'

/**
 * A loader took longer than its hard limit. It was told by its signal; what it returns later is not kept. Or the caller has waited that
 * long for the loader of another process.
 */
export class LoadTimeoutError extends OperationalError {
  /** Also when minified. */
  override readonly name: 'LoadTimeoutError' = 'LoadTimeoutError'
  /** Compare this one, see {@link isLoadTimeoutError}. */
  override readonly code: 'ERR_LOAD_TIMEOUT' = 'ERR_LOAD_TIMEOUT'
  /** Which key. */
  readonly key: string
  /** The limit, in milliseconds. */
  readonly limitMs: number

  /**
   * @param key Which key.
   * @param limitMs The limit, in milliseconds.
   */
  constructor(key: string, limitMs: number) {
    super(`Cannot load "${key}" as its loader took longer than ${limitMs} ms: try again, or raise \`hardTimeoutMs\``)
    this.key = key
    this.limitMs = limitMs
  }
}

/** The loader of a key failed a moment ago in another process, which said so: this one did not try. */
export class LoadFailedElsewhereError extends OperationalError {
  /** Also when minified. */
  override readonly name: 'LoadFailedElsewhereError' = 'LoadFailedElsewhereError'
  /** Compare this one, see {@link isLoadFailedElsewhereError}. */
  override readonly code: 'ERR_LOAD_FAILED_ELSEWHERE' = 'ERR_LOAD_FAILED_ELSEWHERE'
  /** Which key. */
  readonly key: string
  /** `name` of the error there. */
  readonly errorName: string
  /** `code` of the error there, if it had one. */
  readonly errorCode: string | undefined

  /**
   * @param key Which key.
   * @param error What the other process told of its error.
   */
  constructor(key: string, error: ToldError) {
    super(`Cannot load "${key}" as its loader failed in another process with ${error.name}: ${error.message}`)
    this.key = key
    this.errorName = error.name
    this.errorCode = error.code
  }
}

/** What a process tells others of an error. */
export interface ToldError {
  /** Its `name`. */
  readonly name: string
  /** Its `message`. */
  readonly message: string
  /** Its `code`, if it has one. */
  readonly code?: string | undefined
}

/** A cache was used after it was closed. */
export class CacheClosedError extends OperationalError {
  /** Also when minified. */
  override readonly name: 'CacheClosedError' = 'CacheClosedError'
  /** Compare this one, see {@link isCacheClosedError}. */
  override readonly code: 'ERR_CACHE_CLOSED' = 'ERR_CACHE_CLOSED'

  /**
   * @param cache Name of the cache.
   */
  constructor(cache: string) {
    super(`Cannot use the cache "${cache}" as it is closed: create another one`)
  }
}

/** The shared tier was not asked, as it does not answer. Seen as the `cause` of events, and by nobody else. */
export class TierUnavailableError extends OperationalError {
  /** Also when minified. */
  override readonly name: 'TierUnavailableError' = 'TierUnavailableError'
  /** Compare this one. */
  override readonly code: 'ERR_TIER_UNAVAILABLE' = 'ERR_TIER_UNAVAILABLE'

  /**
   * @param why What is wrong with it.
   */
  constructor(why: string) {
    super(`Cannot use the shared tier as ${why}: going on without it`)
  }
}

/** Whether `error` is a {@link LoadTimeoutError}, whichever copy of this package threw it. */
export function isLoadTimeoutError(error: unknown): error is LoadTimeoutError {
  return hasCode(error, 'ERR_LOAD_TIMEOUT')
}

/** Whether `error` is a {@link LoadFailedElsewhereError}, whichever copy of this package threw it. */
export function isLoadFailedElsewhereError(error: unknown): error is LoadFailedElsewhereError {
  return hasCode(error, 'ERR_LOAD_FAILED_ELSEWHERE')
}

/** Whether `error` is a {@link CacheClosedError}, whichever copy of this package threw it. */
export function isCacheClosedError(error: unknown): error is CacheClosedError {
  return hasCode(error, 'ERR_CACHE_CLOSED')
}
