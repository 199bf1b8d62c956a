import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { toRotatedPath } from '../../destination/rotated-name.ts'

/** A log in a temporary folder, which is removed at the end. */
export interface LogFolder {
  readonly folder: string
  /** The file that is written to. */
  readonly path: string
  /** Adds to the file, in one write. */
  write(text: string | Uint8Array): void
  /** Rotates the file. Returns the path of what was rotated. */
  rotate(stampMs: number, number?: number): string
  /** Compresses a file that was rotated, as the destination does: the new one is there before the old one goes. */
  compress(rotated: string): string
  /** Removes all files that were rotated, as retention does. */
  removeRotated(): void
  /** How many files in it this process has open. Only on Linux. */
  countOpen(): number
  [Symbol.dispose](): void
}

/** Makes an empty one. */
export function createLogFolder(): LogFolder {
  const folder = mkdtempSync(join(tmpdir(), 'log-reader-'))
  const path = join(folder, 'app.log')
  return {
    folder,
    path,
    write: (text) => appendFileSync(path, text),
    rotate(stampMs, number = 0) {
      const rotated = toRotatedPath(path, stampMs, number)
      if (existsSync(rotated) || existsSync(`${rotated}.gz`)) throw new Error(`${rotated} is taken`)
      renameSync(path, rotated)
      return rotated
    },
    compress(rotated) {
      const packed = `${rotated}.gz`
      writeFileSync(packed, gzipSync(readFileSync(rotated)))
      rmSync(rotated)
      return packed
    },
    removeRotated() {
      for (const name of readdirSync(folder)) if (name !== basename(path)) rmSync(join(folder, name))
    },
    countOpen: () => readdirSync('/proc/self/fd').filter((fd) => targetOf(fd).startsWith(`${folder}/`)).length,
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  }
}

/** The one that the list itself was read with is closed by now. */
function targetOf(fd: string): string {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`)
  } catch {
    return ''
  }
}
