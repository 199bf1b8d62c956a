import { constants, type Stats } from 'node:fs'
import { type FileHandle, open as openFile } from 'node:fs/promises'
import { LogReaderError } from '../errors.ts'

/** A file that is open. */
export interface OpenFile {
  readonly file: FileHandle
  /** As of when it was opened. What is written later is not read. */
  readonly size: number
  /** The same for every name of it. */
  readonly identity: string
}

/** Opens files, and closes them all when a signal aborts, whoever waits for what. */
export interface Handles {
  /** @throws {Error} What the operating system says, or that it is no file. */
  open(path: string): Promise<OpenFile>
  close(opened: OpenFile): Promise<void>
  closeAll(): Promise<void>
}

/** Without it, opening a pipe would wait for somebody to write into it. Windows has neither. */
const FLAGS = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0)

/** @param signal Ends everything. */
export function createHandles(signal: AbortSignal | undefined): Handles {
  const handles = new Set<FileHandle>()
  let isClosed = false

  async function release(file: FileHandle): Promise<void> {
    // Nothing was written to it, so there is nothing that failing to close it could lose.
    await file.close().catch(() => {})
    // Not before: who closes all waits for those, too, that are being closed already.
    handles.delete(file)
  }

  async function closeAll(): Promise<void> {
    isClosed = true
    signal?.removeEventListener('abort', onAbort)
    await Promise.all([...handles].map(release))
  }

  function onAbort(): void {
    void closeAll()
  }

  signal?.throwIfAborted()
  signal?.addEventListener('abort', onAbort, { once: true })
  return {
    async open(path) {
      const file = await openFile(path, FLAGS)
      handles.add(file)
      try {
        const stats = await file.stat()
        if (isClosed) throw signal?.reason ?? new Error('It was closed meanwhile')
        if (!stats.isFile()) throw new LogReaderError(path, 'it is no file')
        return { file, size: stats.size, identity: identityOf(stats) }
      } catch (error) {
        await release(file)
        throw error
      }
    },
    close: ({ file }) => release(file),
    closeAll,
  }
}

/** Tells files apart, whatever they are called. */
export function identityOf({ dev, ino }: Stats): string {
  return `${dev}:${ino}`
}
