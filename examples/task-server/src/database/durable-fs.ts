import { closeSync, fsyncSync, openSync } from 'node:fs'
import { open, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { NodeFS } from '@electric-sql/pglite/nodefs'

/** What Emscripten's file system knows of an open file, as much as is used here. */
interface OpenFile {
  /** Node's file descriptor. Folders have none. */
  readonly nfd?: number
  readonly node: unknown
}

/** Emscripten's file system over Node's, as much as is used here. */
interface NodeFileSystem {
  readonly stream_ops: { fsync?: (file: OpenFile) => number }
  realPath(node: unknown): string
}

/**
 * PGlite's folder on disk, with an `fsync` that does what it says. PGlite's own does nothing, so that what was
 * committed survives the end of the process, but not a loss of power.
 */
export class DurableFS extends NodeFS {
  override async init(...[db, options]: Parameters<NodeFS['init']>): ReturnType<NodeFS['init']> {
    const { emscriptenOpts } = await super.init(db, options)
    const patch = (module: unknown): void => {
      const fs = (module as { NODEFS: NodeFileSystem }).NODEFS
      fs.stream_ops.fsync = ({ nfd, node }) => {
        const file = nfd ?? openSync(fs.realPath(node), 'r')
        try {
          this.sync(file)
          return 0
        } finally {
          if (nfd === undefined) closeSync(file)
        }
      }
    }
    return { emscriptenOpts: { ...emscriptenOpts, preRun: [...(emscriptenOpts.preRun ?? []), patch] } }
  }

  /**
   * Returns when all that was written to a file is on the disk.
   *
   * @param file Node's file descriptor.
   */
  sync(file: number): void {
    fsyncSync(file)
  }
}

/**
 * Makes a folder and all in it survive a loss of power.
 *
 * @param directory The folder.
 */
export async function syncTree(directory: string): Promise<void> {
  const entries = await readdir(directory, { withFileTypes: true, recursive: true })
  // A few at a time, as that is what the disk can do.
  const paths = [directory, ...entries.map((entry) => join(entry.parentPath, entry.name))].values()
  await Promise.all(
    Array.from({ length: 4 }, async () => {
      for (const path of paths) await syncPath(path)
    }),
  )
}

/**
 * The same for one file, or for the names in one folder.
 *
 * @param path Its path.
 */
export async function syncPath(path: string): Promise<void> {
  const file = await open(path, 'r')
  try {
    await file.sync()
  } finally {
    await file.close()
  }
}
