import { accessSync, constants, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { StartError, toReason } from '../start-error.ts'

const SQLITE_BUSY = 5
const SQLITE_CANTOPEN = 14

/**
 * Makes a folder, if there is none, and takes it for this process alone.
 *
 * The lock is one of the operating system's, held through SQLite as Node has no other way to it: it ends with the
 * process however that ends, so none is ever left behind, and it holds between containers that share the folder.
 *
 * @param directory Absolute path.
 * @returns A function that gives the folder up.
 * @throws {StartError} If it cannot be written to, or another process has it.
 */
export function takeDataDirectory(directory: string): () => void {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 })
    accessSync(directory, constants.R_OK | constants.W_OK | constants.X_OK)
    const lock = new DatabaseSync(join(directory, 'lock'))
    lock.exec('begin exclusive')
    return () => lock.close()
  } catch (error) {
    throw new StartError([`Cannot use the data directory ${directory} as ${reasonOf(error)}: see DATA_DIR`], {
      cause: error,
    })
  }
}

function reasonOf(error: unknown): string {
  const { code, errcode } = error as { code?: string; errcode?: number }
  if (errcode === SQLITE_BUSY) return 'another process uses it'
  if (code === 'EACCES' || code === 'EPERM' || errcode === SQLITE_CANTOPEN) return 'this user may not write there'
  if (code === 'EROFS') return 'it is on a read-only file system'
  if (code === 'ENOTDIR' || code === 'EEXIST') return 'a file is in its place'
  return toReason(error)
}
