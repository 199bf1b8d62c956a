import { hasCode } from '@breakwater/core'
import type { FileSystem } from './file-system.ts'

/** How far a write came. */
export interface Progress {
  /** `full`: it takes no more now, but will later. */
  readonly outcome: 'done' | 'full' | 'failed'
  /** Where the first byte is that was not written. */
  readonly to: number
  /** What was thrown, where it failed. */
  readonly error?: unknown
}

/** Where lines go. */
export interface Outlet {
  /** Whether it ends in the middle of a line that is whole elsewhere: that is ended first. */
  isTorn: boolean
  /**
   * Writes whole lines, or the rest of one that it took before.
   *
   * @param bytes What they are in.
   * @param from Where they begin.
   */
  write(bytes: Buffer, from: number): Progress
  /**
   * The same for a string. The first thing that is tried with every line, so it costs no more than the call itself.
   *
   * @param text Whole lines.
   * @param length Its bytes in UTF-8.
   * @returns {@link DONE}, or how far it came, counted in bytes.
   */
  writeText(text: string, length: number): Progress
  /** Gets ready to be tried again after a failure. Throws if it cannot. */
  reopen(): void
  close(): void
}

/** All of a string was written. */
export const DONE: Progress = { outcome: 'done', to: 0 }

/** `\n`. */
export const NEWLINE = 10
const END_OF_LINE = Buffer.of(NEWLINE)

/**
 * Writes bytes, however many calls that takes.
 *
 * @param fs What writes.
 * @param fd Where to.
 * @param bytes What they are in.
 * @param from Where the first is.
 * @param end Where the last one ends.
 */
export function writeBytes(fs: FileSystem, fd: number, bytes: Uint8Array, from: number, end: number): Progress {
  let to = from
  while (to < end) {
    try {
      const written = fs.writeSync(fd, bytes, to, end - to)
      if (written === 0) return { outcome: 'full', to }
      to += written
    } catch (error) {
      if (hasCode(error, 'EINTR')) continue
      return isFull(error) ? { outcome: 'full', to } : { outcome: 'failed', to, error }
    }
  }
  return { outcome: 'done', to }
}

/** The same for a string. */
export function writeText(fs: FileSystem, fd: number, text: string, length: number): Progress {
  let written = 0
  try {
    written = fs.writeTextSync(fd, text)
    if (written === length) return DONE
  } catch (error) {
    if (!hasCode(error, 'EINTR'))
      return isFull(error) ? { outcome: 'full', to: 0 } : { outcome: 'failed', to: 0, error }
  }
  const progress = writeBytes(fs, fd, Buffer.from(text), written, length)
  return progress.outcome === 'done' ? DONE : progress
}

/**
 * Ends a torn line, if there is one.
 *
 * @returns Why it could not.
 */
export function endTornLine(fs: FileSystem, fd: number, outlet: Outlet): Progress | undefined {
  if (!outlet.isTorn) return undefined
  const progress = writeBytes(fs, fd, END_OF_LINE, 0, 1)
  if (progress.outcome !== 'done') return progress
  outlet.isTorn = false
  return undefined
}

function isFull(error: unknown): boolean {
  return hasCode(error, 'EAGAIN') || hasCode(error, 'EWOULDBLOCK')
}

/** What somebody else has opened, such as stdout. */
export class FdOutlet implements Outlet {
  isTorn = false
  readonly #fs: FileSystem
  readonly #fd: number

  constructor(fs: FileSystem, fd: number) {
    this.#fs = fs
    this.#fd = fd
  }

  write(bytes: Buffer, from: number): Progress {
    const problem = endTornLine(this.#fs, this.#fd, this)
    return problem === undefined ? writeBytes(this.#fs, this.#fd, bytes, from, bytes.length) : { ...problem, to: from }
  }

  writeText(text: string, length: number): Progress {
    return this.isTorn ? this.write(Buffer.from(text), 0) : writeText(this.#fs, this.#fd, text, length)
  }

  /** Nobody but its owner can open it anew. */
  reopen(): void {}

  close(): void {}
}
