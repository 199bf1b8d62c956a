import { closeSync, openSync, readSync } from 'node:fs'

/** Where the kernel's small files are read. Tests give recorded ones. */
export interface Files {
  /**
   * Reads a file whole.
   *
   * @param path Absolute.
   * @returns Its text; `undefined` if there is none, or this process may not see it.
   * @throws Whatever else went wrong.
   */
  read(path: string): string | undefined
}

/** Far more than any of these files has: `mountinfo` of a machine with a thousand mounts is some 150 kB. */
const LARGEST_BYTES = 1_048_576
/** What the system says of a file that is not there for this process: some kernels have it but refuse to read it. */
const ABSENT: ReadonlySet<string> = new Set([
  'ENOENT',
  'ENOTDIR',
  'EACCES',
  'EPERM',
  'ENODEV',
  'ENOTSUP',
  'EOPNOTSUPP',
  'EINVAL',
])

/**
 * Creates a reader of the kernel's files.
 *
 * Synchronous, as they are in memory: it takes microseconds, and a turn of the thread pool would take longer, above all under pressure.
 */
export function createFiles(): Files {
  let buffer = Buffer.allocUnsafe(16_384)

  /** Such files have no size, and may be read in parts. */
  function readAll(file: number): string {
    for (let length = 0; ; ) {
      const read = readSync(file, buffer, length, buffer.length - length, null)
      length += read
      if (read === 0 || length >= LARGEST_BYTES) return buffer.toString('utf8', 0, length)
      if (length === buffer.length) buffer = Buffer.concat([buffer], buffer.length * 2)
    }
  }

  return {
    read(path) {
      let file: number | undefined
      try {
        file = openSync(path, 'r')
        return readAll(file)
      } catch (error) {
        if (ABSENT.has((error as NodeJS.ErrnoException).code ?? '')) return
        throw error
      } finally {
        if (file !== undefined) closeSync(file)
      }
    },
  }
}

/** Reads nothing: a machine without such files. */
export const NO_FILES: Files = { read: () => undefined }
