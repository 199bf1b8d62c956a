import { dirname } from 'node:path'
import type { Clock } from '@breakwater/core'
import type { FileStats, FileSystem } from './file-system.ts'
import type { ResolvedRotationOptions } from './options.ts'
import { DONE, endTornLine, NEWLINE, type Outlet, type Progress, writeBytes, writeText } from './outlet.ts'
import { toRotatedPath } from './rotated-name.ts'
import { lockRotation } from './rotation-lock.ts'

/** A file that was moved or removed is noticed so soon, while lines are written. */
const LOOK_EVERY_MS = 1_000
/** Somebody else is rotating: soon there is a new file. */
const OTHERS_ROTATE_MS = 100
const LEAST_RETRY_MS = 1_000
const LONGEST_RETRY_MS = 30_000
/** So many of one millisecond are more than anybody can write. */
const MOST_NUMBERS = 10_000
const NEVER: number = Number.POSITIVE_INFINITY

/** What a file is written with. */
export interface FileOutletHost {
  readonly fs: FileSystem
  readonly clock: Clock
  readonly mode: number
  readonly rotate: ResolvedRotationOptions | undefined
  onRotated(path: string, bytes: number): void
  /** Told once, until it works. */
  onRotationFailed(error: unknown): void
}

/** A file that is added to, by several processes perhaps, and that may be moved or removed by others at any time. */
export class FileOutlet implements Outlet {
  isTorn = false
  readonly #path: string
  readonly #host: FileOutletHost
  #fd: number | undefined
  #stats: FileStats | undefined
  /** Also what others wrote, as of the last look. */
  #size = 0
  /** Whether it is one that can be moved and made anew. */
  #isRegular = false
  #lookAtMs = 0
  #periodEndMs = NEVER
  #rotateAtMs = 0
  #failures = 0

  /** Opens it. Throws if it cannot. */
  constructor(path: string, host: FileOutletHost) {
    this.#path = path
    this.#host = host
    this.reopen()
  }

  /** Whether it is one that can be rotated. */
  get isRegular(): boolean {
    return this.#isRegular
  }

  write(bytes: Buffer, from: number): Progress {
    let to = from
    try {
      this.#look()
      while (to < bytes.length) {
        const end = this.#makeRoom(bytes, to)
        const fd = this.#fd as number
        const problem = endTornLine(this.#host.fs, fd, this)
        if (problem !== undefined) return { ...problem, to }
        const progress = writeBytes(this.#host.fs, fd, bytes, to, end)
        this.#size += progress.to - to
        to = progress.to
        if (progress.outcome !== 'done') return progress
      }
      return { outcome: 'done', to }
    } catch (error) {
      return { outcome: 'failed', to, error }
    }
  }

  writeText(text: string, length: number): Progress {
    const { fs, rotate, clock } = this.#host
    const isPlain =
      !this.isTorn &&
      (!this.#isRegular ||
        (clock.coarse() < this.#lookAtMs &&
          (rotate === undefined || (this.#size + length <= rotate.maxBytes && !this.#isOver()))))
    if (isPlain) {
      const progress = writeText(fs, this.#fd as number, text, length)
      this.#size += progress === DONE ? length : progress.to
      return progress
    }
    const progress = this.write(Buffer.from(text), 0)
    return progress.outcome === 'done' ? DONE : progress
  }

  reopen(): void {
    const { fs, mode, clock } = this.#host
    fs.mkdirSync(dirname(this.#path))
    const fd = fs.openSync(this.#path, 'a', mode)
    let stats: FileStats
    let isLink: boolean
    try {
      stats = fs.fstatSync(fd)
      isLink = fs.lstatSync(this.#path)?.isSymbolicLink() === true
    } catch (error) {
      fs.closeSync(fd)
      throw error
    }
    this.close()
    this.#fd = fd
    this.#stats = stats
    this.#size = stats.size
    this.#isRegular = stats.isFile() && !isLink
    this.isTorn = this.#isRegular && stats.size > 0 && this.#readLastByte(stats.size) !== NEWLINE
    this.#lookAtMs = clock.coarse() + LOOK_EVERY_MS
    this.#beginPeriod(stats.size > 0 ? beganAt(stats) : clock.epoch())
  }

  close(): void {
    const fd = this.#fd
    this.#fd = undefined
    try {
      if (fd !== undefined) this.#host.fs.closeSync(fd)
    } catch {
      // What was written to it is with the operating system, and there is nothing else to do with it.
    }
  }

  /** Opens it anew if it is not there any more, or another one. Throws if it cannot. */
  #look(): void {
    const nowMs = this.#host.clock.coarse()
    if (!this.#isRegular || nowMs < this.#lookAtMs) return
    this.#lookAtMs = nowMs + LOOK_EVERY_MS
    let stats: FileStats | undefined
    try {
      stats = this.#host.fs.statSync(this.#path)
    } catch {
      return // nobody knows: what is open can be written all the same
    }
    if (stats === undefined || !this.#isThis(stats)) this.reopen()
    else this.#size = stats.size
  }

  #isThis({ dev, ino }: FileStats): boolean {
    return dev === this.#stats?.dev && ino === this.#stats.ino
  }

  #beginPeriod(epochMs: number): void {
    const everyMs = this.#host.rotate?.everyMs ?? NEVER
    this.#periodEndMs = everyMs === NEVER ? NEVER : (Math.floor(epochMs / everyMs) + 1) * everyMs
  }

  #isOver(): boolean {
    return this.#periodEndMs !== NEVER && this.#host.clock.epoch() >= this.#periodEndMs
  }

  /**
   * Rotates, if it is time for that.
   *
   * @returns Where the last line ends that may go into the file as it is then.
   */
  #makeRoom(bytes: Buffer, from: number): number {
    const { rotate, clock } = this.#host
    if (rotate === undefined || !this.#isRegular) return bytes.length
    // An empty file belongs to whatever comes first.
    if (this.#size === 0) this.#beginPeriod(clock.epoch())
    const line = bytes.indexOf(NEWLINE, from) + 1 - from
    if (this.#isDue(rotate, line) && !this.#tryToRotate(rotate, line)) return bytes.length
    const room = rotate.maxBytes - this.#size
    if (bytes.length - from <= room) return bytes.length
    return room < line ? from + line : bytes.lastIndexOf(NEWLINE, from + room - 1) + 1
  }

  #isDue({ maxBytes }: ResolvedRotationOptions, line: number): boolean {
    return this.#size > 0 && (this.#size + line > maxBytes || this.#isOver())
  }

  /** Returns whether there is a new file. If not, lines go on into the one that there is. */
  #tryToRotate(rotate: ResolvedRotationOptions, line: number): boolean {
    const { clock, onRotationFailed } = this.#host
    const nowMs = clock.now()
    if (nowMs < this.#rotateAtMs) return false
    try {
      return this.#rotate(rotate, line)
    } catch (error) {
      this.#rotateAtMs = nowMs + Math.min(LEAST_RETRY_MS * 2 ** this.#failures, LONGEST_RETRY_MS)
      if (this.#failures++ === 0) onRotationFailed(error)
      return false
    }
  }

  #rotate(rotate: ResolvedRotationOptions, line: number): boolean {
    const { fs, clock, onRotated } = this.#host
    const unlock = lockRotation(fs, this.#path, clock.epoch())
    if (unlock === undefined) {
      this.#rotateAtMs = clock.now() + OTHERS_ROTATE_MS
      return false
    }
    try {
      const stats = fs.statSync(this.#path)
      const isThis = stats !== undefined && this.#isThis(stats)
      if (isThis) this.#size = stats.size
      // Somebody else has rotated it, or emptied it.
      if (!isThis) this.reopen()
      if (!this.#isDue(rotate, line)) return true
      const bytes = this.#size
      const target = this.#freePath(clock.epoch())
      fs.renameSync(this.#path, target)
      // If it cannot be opened anew, lines go into the one that was renamed, until the next look.
      this.#lookAtMs = 0
      onRotated(target, bytes)
      this.reopen()
      this.#failures = 0
      return true
    } finally {
      unlock()
    }
  }

  #freePath(stampMs: number): string {
    const { fs } = this.#host
    for (let number = 0; number < MOST_NUMBERS; number++) {
      const path = toRotatedPath(this.#path, stampMs, number)
      if (['', '.gz', '.gz.tmp'].every((suffix) => fs.lstatSync(path + suffix) === undefined)) return path
    }
    throw new Error(`Cannot rotate "${this.#path}" as every name for it is taken: remove some of its rotated files`)
  }

  /** What cannot be read is taken for a whole line. */
  #readLastByte(size: number): number | undefined {
    const { fs } = this.#host
    const byte = Buffer.alloc(1)
    try {
      const fd = fs.openSync(this.#path, 'r', 0)
      try {
        return fs.readSync(fd, byte, 0, 1, size - 1) === 1 ? byte[0] : NEWLINE
      } finally {
        fs.closeSync(fd)
      }
    } catch {
      return NEWLINE
    }
  }
}

/** Not every file system knows when a file was made, and a copy is younger than what is in it. */
function beganAt({ birthtimeMs, mtimeMs }: FileStats): number {
  return Math.min(birthtimeMs || mtimeMs, mtimeMs)
}
