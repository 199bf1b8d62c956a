import { closeSync, openSync, readdirSync, readSync, statSync } from 'node:fs'

/** Where the kernel's small files are read. Tests give recorded ones. */
export interface ProcessFiles {
  /**
   * Reads a file whole.
   *
   * @param path Absolute.
   * @returns Its text; `undefined` if there is none, or this process may not see it.
   * @throws Whatever else went wrong.
   */
  read(path: string): string | undefined
  /**
   * Counts what is in a folder of the kernel's.
   *
   * @param path Absolute.
   * @returns `undefined` if there is none, or this process may not see it.
   * @throws Whatever else went wrong.
   */
  count(path: string): number | undefined
}

/** `status` and `limits` have some 1,500 bytes. */
const LARGEST_BYTES = 16_384
/** What the system says of what is not there for this process. */
const ABSENT: ReadonlySet<string> = new Set(['ENOENT', 'ENOTDIR', 'EACCES', 'EPERM', 'ENOSYS', 'ENOTSUP', 'EINVAL'])

/** Reads nothing: a machine without such files. */
export const NO_FILES: ProcessFiles = { read: () => undefined, count: () => undefined }

/**
 * Creates a reader of the kernel's files.
 *
 * Synchronous, as they are in memory: it takes microseconds.
 */
export function createProcessFiles(): ProcessFiles {
  const buffer = Buffer.allocUnsafe(LARGEST_BYTES)

  return {
    read: (path) =>
      unlessAbsent(() => {
        const file = openSync(path, 'r')
        try {
          return buffer.toString('utf8', 0, readSync(file, buffer, 0, buffer.length, 0))
        } finally {
          closeSync(file)
        }
      }),
    count: (path) =>
      unlessAbsent(() => {
        // Linux 6.2 and later tell how many descriptors there are without listing them, which takes milliseconds for thousands.
        const { size } = statSync(path)
        // The listing has one more: the folder itself is open meanwhile.
        return size > 0 ? size : readdirSync(path).length - 1
      }),
  }
}

function unlessAbsent<value>(read: () => value): value | undefined {
  try {
    return read()
  } catch (error) {
    if (ABSENT.has((error as NodeJS.ErrnoException).code ?? '')) return
    throw error
  }
}
