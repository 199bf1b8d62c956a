import { readdir } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { hasCode } from '@breakwater/core'
import { createNameParser } from '../../destination/rotated-name.ts'
import { LogReaderError } from '../errors.ts'

/** A file that was rotated. */
export interface RotatedFile {
  /** Orders files: later ones have a greater one. It stays the same when the file is compressed. */
  readonly key: string
  /** When it was rotated, in Unix milliseconds. */
  readonly stampMs: number
  /** Where it is, or would be, not compressed. */
  readonly path: string
}

/** What is added to the name of a file that is compressed. */
export const GZIP_SUFFIX = '.gz'

/**
 * Lists what was rotated, oldest first.
 *
 * @param path The file that is written to.
 * @throws {LogReaderError} If there is no such folder.
 */
export async function listRotated(path: string): Promise<readonly RotatedFile[]> {
  const parse = createNameParser(basename(path))
  const folder = dirname(path)
  const files = new Map<string, RotatedFile>()
  for (const name of await namesIn(folder, path)) {
    const rotated = parse(name)
    if (rotated === undefined || rotated.suffix === '.gz.tmp') continue
    const { stampMs, number, base } = rotated
    const key = `${String(stampMs).padStart(15, '0')}.${String(number).padStart(6, '0')}`
    files.set(key, { key, stampMs, path: join(folder, base) })
  }
  return [...files.values()].sort((one, other) => (one.key < other.key ? -1 : 1))
}

async function namesIn(folder: string, path: string): Promise<readonly string[]> {
  try {
    return await readdir(folder)
  } catch (error) {
    if (hasCode(error, 'ENOENT') || hasCode(error, 'ENOTDIR'))
      throw new LogReaderError(path, `there is no folder "${folder}"`, { cause: error })
    throw error
  }
}
