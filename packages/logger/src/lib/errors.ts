import { hasCode, OperationalError } from '@breakwater/core'

/** Thrown where a destination of lines cannot be opened, as it is made. One that fails later tells an event instead. */
export class DestinationError extends OperationalError {
  /** Also when minified. */
  override readonly name: 'DestinationError' = 'DestinationError'
  /** Compare this one, see {@link isDestinationError}. */
  override readonly code: 'ERR_LOG_DESTINATION' = 'ERR_LOG_DESTINATION'
  /** The file, or `stdout`, `stderr`, `fd 7`. */
  readonly path: string

  /**
   * @param path The file, or `stdout`, `stderr`, `fd 7`.
   * @param why What is wrong with it.
   * @param whatNow What to do about it.
   * @param options The error behind it.
   */
  constructor(path: string, why: string, whatNow: string, options?: ErrorOptions) {
    super(`Cannot open "${path}" as ${why}: ${whatNow}`)
    if (options !== undefined && 'cause' in options) this.cause = options.cause
    this.path = path
  }
}

/** Whether `error` is a {@link DestinationError}, whichever copy of this package threw it. */
export function isDestinationError(error: unknown): error is DestinationError {
  return hasCode(error, 'ERR_LOG_DESTINATION')
}
