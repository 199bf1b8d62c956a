import { DestinationError } from '../errors.ts'

const PROBLEMS: Readonly<Record<string, readonly [why: string, whatNow: string]>> = {
  EACCES: ['this user may not write there', 'give it the right to, or choose another path'],
  EPERM: ['this user may not write there', 'give it the right to, or choose another path'],
  EROFS: ['its file system is read-only', 'mount it to be written, or choose another path'],
  EISDIR: ['it is a folder', 'name a file in it'],
  ENOTDIR: ['a part of its path is no folder', 'choose another path'],
  EEXIST: ['a part of its path is no folder', 'choose another path'],
  ENOSPC: ['its file system is full', 'make room, or choose another path'],
  EMFILE: ['this process has too many files open', 'close some, or raise its limit'],
  ENFILE: ['this machine has too many files open', 'close some, or raise its limit'],
  EBADF: ['nothing is open there', 'open it first, or give a path'],
}

/**
 * Says why a destination could not be opened, and what to do about that.
 *
 * @param path The file, or `stdout`, `stderr`, `fd 7`.
 * @param error What was thrown.
 */
export function toDestinationError(path: string, error: unknown): DestinationError {
  const { code, message } = error as NodeJS.ErrnoException
  const [why, whatNow] = PROBLEMS[code ?? ''] ?? [`the system said ${code ?? message}`, 'choose another path']
  return new DestinationError(path, why, whatNow, { cause: error })
}
