import { hasCode, OperationalError } from '@breakwater/core'

/** What a check's signal aborts with, and the cause of its failure, when it took longer than it may. */
export class CheckTimeoutError extends OperationalError {
  /** Also when minified. */
  override readonly name: 'CheckTimeoutError' = 'CheckTimeoutError'
  /** Compare this one, see {@link isCheckTimeoutError}. */
  override readonly code: 'ERR_CHECK_TIMEOUT' = 'ERR_CHECK_TIMEOUT'
  /** Name of the check. */
  readonly check: string

  /**
   * @param check Name of the check.
   * @param limitMs Milliseconds that it had.
   * @param what What took too long.
   */
  constructor(check: string, limitMs: number, what: 'check' | 'recovery of' = 'check') {
    super(`Cannot wait for the ${what} "${check}" any longer as it took over ${Math.round(limitMs)} ms`)
    this.check = check
  }
}

/** Whether `error` is a {@link CheckTimeoutError}, whichever copy of this package made it. */
export function isCheckTimeoutError(error: unknown): error is CheckTimeoutError {
  return hasCode(error, 'ERR_CHECK_TIMEOUT')
}

/** The cause of a failure for which the check itself gave no error. */
export class CheckFailedError extends OperationalError {
  /** Also when minified. */
  override readonly name: 'CheckFailedError' = 'CheckFailedError'
  /** Compare this one, see {@link isCheckFailedError}. */
  override readonly code: 'ERR_CHECK_FAILED' = 'ERR_CHECK_FAILED'
  /** Name of the check. */
  readonly check: string

  /**
   * @param check Name of the check.
   * @param message What is wrong.
   */
  constructor(check: string, message: string) {
    super(message)
    this.check = check
  }
}

/** Whether `error` is a {@link CheckFailedError}, whichever copy of this package made it. */
export function isCheckFailedError(error: unknown): error is CheckFailedError {
  return hasCode(error, 'ERR_CHECK_FAILED')
}

/** What the thread that serves liveness could not do. */
export class LivenessError extends OperationalError {
  /** Also when minified. */
  override readonly name: 'LivenessError' = 'LivenessError'
  /** Compare this one, see {@link isLivenessError}. */
  override readonly code: 'ERR_LIVENESS' = 'ERR_LIVENESS'

  /**
   * @param where Host and port.
   * @param why What is wrong.
   * @param options The error behind it.
   */
  constructor(where: string, why: string, options?: ErrorOptions) {
    super(`Cannot serve liveness on ${where} as ${why}`)
    if (options !== undefined && 'cause' in options) this.cause = options.cause
  }
}

/** Whether `error` is a {@link LivenessError}, whichever copy of this package made it. */
export function isLivenessError(error: unknown): error is LivenessError {
  return hasCode(error, 'ERR_LIVENESS')
}
