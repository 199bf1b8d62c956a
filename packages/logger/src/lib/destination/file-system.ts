import {
  closeSync,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  type Stats,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs'
import { hasCode } from '@breakwater/core'

/** What of a file's state matters here. */
export type FileStats = Pick<
  Stats,
  'dev' | 'ino' | 'size' | 'mtimeMs' | 'birthtimeMs' | 'mode' | 'isFile' | 'isSymbolicLink'
>

/** The calls that a destination makes on its own turn. All throw as Node's do. */
export interface FileSystem {
  openSync(path: string, flags: string, mode: number): number
  closeSync(fd: number): void
  writeSync(fd: number, bytes: Uint8Array, offset: number, length: number): number
  /** The same for a string, as UTF-8. Returns bytes. */
  writeTextSync(fd: number, text: string): number
  readSync(fd: number, bytes: Uint8Array, offset: number, length: number, position: number): number
  fstatSync(fd: number): FileStats
  /** Nothing if there is no such file. */
  statSync(path: string): FileStats | undefined
  /** The same, of a symbolic link itself. */
  lstatSync(path: string): FileStats | undefined
  renameSync(from: string, to: string): void
  unlinkSync(path: string): void
  /** With its parents; one that is there is fine. */
  mkdirSync(path: string): void
}

/** Node's own. */
export const nodeFileSystem: FileSystem = {
  openSync: (path, flags, mode) => openSync(path, flags, mode),
  closeSync: (fd) => closeSync(fd),
  writeSync: (fd, bytes, offset, length) => writeSync(fd, bytes, offset, length),
  writeTextSync: (fd, text) => writeSync(fd, text),
  readSync: (fd, bytes, offset, length, position) => readSync(fd, bytes, offset, length, position),
  fstatSync: (fd) => fstatSync(fd),
  statSync: (path) => unlessMissing(() => statSync(path)),
  lstatSync: (path) => unlessMissing(() => lstatSync(path)),
  renameSync: (from, to) => renameSync(from, to),
  unlinkSync: (path) => unlinkSync(path),
  mkdirSync: (path) => void mkdirSync(path, { recursive: true }),
}

function unlessMissing<result>(find: () => result): result | undefined {
  try {
    return find()
  } catch (error) {
    if (hasCode(error, 'ENOENT') || hasCode(error, 'ENOTDIR')) return undefined
    throw error
  }
}
