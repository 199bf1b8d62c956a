import { createReadStream, createWriteStream } from 'node:fs'
import { readdir, rename, rm, stat } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'

/** The calls that looking after rotated files is made of. All in the background. */
export interface UpkeepFiles {
  /** The names in a folder. */
  list(folder: string): Promise<readonly string[]>
  /** One that is not there is fine. */
  remove(path: string): Promise<void>
  /** When it was last written, in Unix milliseconds. */
  writtenAt(path: string): Promise<number>
  /**
   * Puts `path.gz` in the place of `path`. There is never half of it under that name.
   *
   * @throws {Error} If it cannot, or somebody still writes to it: then it stays as it is.
   */
  compress(path: string, signal: AbortSignal): Promise<void>
}

/** Node's own. */
export const nodeUpkeepFiles: UpkeepFiles = {
  list: (folder) => readdir(folder),
  remove: (path) => rm(path, { force: true }),
  writtenAt: async (path) => (await stat(path)).mtimeMs,
  compress,
}

async function compress(path: string, signal: AbortSignal): Promise<void> {
  const { mode } = await stat(path)
  const draft = `${path}.gz.tmp`
  const source = createReadStream(path)
  // One that is there is somebody else's: it is not ours to remove.
  const target = createWriteStream(draft, { flags: 'wx', mode: mode & 0o777 })
  let isOurs = false
  target.once('open', () => {
    isOurs = true
  })
  try {
    await pipeline(source, createGzip(), target, { signal })
    const { size } = await stat(path)
    if (size !== source.bytesRead)
      throw new Error(`Cannot compress "${path}" as somebody still writes to it: it is tried again later`)
    await rename(draft, `${path}.gz`)
  } catch (error) {
    if (isOurs) await rm(draft, { force: true }).catch(() => {})
    throw error
  }
  await rm(path, { force: true })
}
