import type { FileHandle } from 'node:fs/promises'

/** Bytes that come one after the other. */
export interface ByteSource {
  /**
   * Reads on.
   *
   * @param into Where to.
   * @returns How many bytes; 0 if there are no more.
   */
  read(into: Buffer): Promise<number>
  /** Frees what it holds. The file stays open. */
  close(): void
}

/** The bytes of a file, as they are. */
export function plainSource(file: FileHandle, start: number, end: number): ByteSource {
  let position = start
  return {
    async read(into) {
      const length = Math.min(into.length, end - position)
      if (length <= 0) return 0
      const { bytesRead } = await file.read(into, 0, length, position)
      position += bytesRead
      return bytesRead
    },
    close() {},
  }
}
