import { hasCode } from '@breakwater/core'
import type { FileSystem } from './file-system.ts'

/** Whoever takes longer to rename a file is not there any more. Our choice. */
const STALE_MS = 10_000

/**
 * Takes the right to rotate a file, of which several processes may write: a file beside it that only one of them can make.
 *
 * @param fs Where it is.
 * @param path The file that is to be rotated.
 * @param epochMs What time it is.
 * @returns Gives it back; nothing if somebody else has it.
 */
export function lockRotation(fs: FileSystem, path: string, epochMs: number): (() => void) | undefined {
  const lock = `${path}.rotating`
  if (!make(fs, lock)) {
    const stats = fs.statSync(lock)
    // One from the future is from before the clock was set.
    if (stats !== undefined && Math.abs(epochMs - stats.mtimeMs) <= STALE_MS) return undefined
    if (stats !== undefined) removeQuietly(fs, lock)
    if (!make(fs, lock)) return undefined
  }
  return () => removeQuietly(fs, lock)
}

function make(fs: FileSystem, lock: string): boolean {
  try {
    fs.closeSync(fs.openSync(lock, 'wx', 0o600))
    return true
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false
    throw error
  }
}

function removeQuietly(fs: FileSystem, lock: string): void {
  try {
    fs.unlinkSync(lock)
  } catch {
    // It is stale before long, and taken over then.
  }
}
