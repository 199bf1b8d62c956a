import { hasCode, OperationalError } from '@breakwater/core'

/** What keeps a log from being read. */
export class LogReaderError extends OperationalError {
  /** Also when minified. */
  override readonly name: 'LogReaderError' = 'LogReaderError'
  /** Compare this one, see {@link isLogReaderError}. */
  override readonly code: 'ERR_LOG_READER' = 'ERR_LOG_READER'
  /** The file. */
  readonly path: string

  /**
   * @param path The file.
   * @param why What is wrong.
   * @param options The error behind it.
   */
  constructor(path: string, why: string, options?: ErrorOptions) {
    super(`Cannot read the log "${path}" as ${why}`)
    this.path = path
    if (options !== undefined && 'cause' in options) this.cause = options.cause
  }
}

/** Whether `error` is a {@link LogReaderError}, whichever copy of this package made it. */
export function isLogReaderError(error: unknown): error is LogReaderError {
  return hasCode(error, 'ERR_LOG_READER')
}

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'this process may not: check its owner and mode',
  EPERM: 'this process may not: check its owner and mode',
  EMFILE: 'this process has too many files open: raise its limit (ulimit -n)',
}

/** What the operating system said, as a {@link LogReaderError}. All else stays what it is. */
export function toLogReaderError(path: string, cause: unknown): unknown {
  const isFromSystem = cause instanceof Error && 'syscall' in cause
  return isFromSystem ? new LogReaderError(path, reasonOf(cause), { cause }) : cause
}

/** What the operating system said, in a few words. */
export function reasonOf(cause: unknown): string {
  const { code, message } = (cause ?? {}) as { code?: unknown; message?: unknown }
  const known = typeof code === 'string' ? REASONS[code] : undefined
  return known ?? String(message ?? cause)
}
