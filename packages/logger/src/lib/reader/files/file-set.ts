import { hasCode } from '@breakwater/core'
import { reasonOf } from '../errors.ts'
import { addNote, type Tally } from '../tally.ts'
import type { Handles, OpenFile } from './handles.ts'
import { GZIP_SUFFIX, listRotated, type RotatedFile } from './list.ts'

/**
 * How far the order of lines may be from that of their times, in milliseconds: several processes may write to one file, lines may have
 * waited before they were written, and clocks are set. Lines that are further out of order may be missed by a query with `from` or `to`.
 */
export const TOLERANCE_MS = 10_000

/** A file of a log. */
export interface LogFile {
  /** Orders files. */
  readonly key: string
  readonly path: string
}

/** A file of a log that is open. */
export interface OpenLogFile extends OpenFile {
  readonly isGzip: boolean
}

/** The files of a log, as they were at one moment: what happens to them later changes nothing. */
export interface FileSet {
  /** Oldest first. */
  readonly files: readonly LogFile[]
  /** The key of the latest file that was rotated by then, whether it is among the files or not; empty if there is none. */
  readonly newestKey: string
  /** @returns `undefined` if it is gone, or cannot be read: then there is a note. */
  open(file: LogFile): Promise<OpenLogFile | undefined>
  /** Closes one that is not read any more. */
  release(file: LogFile): Promise<void>
}

/** When the lines that are wanted were written. */
export interface Window {
  readonly fromMs: number
  readonly toMs: number
}

/** The key of the file that is written to: greater than that of any that was rotated. */
export const LIVE_KEY = '~'
/** So many files are held open. With more, the oldest are opened when it is their turn. */
const MAX_HELD = 128
const MAX_TRIES = 5

/**
 * Opens the files of a log that may have lines of a time.
 *
 * The file that is written to comes first: if it is rotated meanwhile, it is found among the others as well, and known by its identity.
 *
 * @param path The file that is written to. If there is none, and nothing was rotated, there are no files.
 * @param window When.
 * @param handles What opens them.
 */
export async function openFiles(path: string, window: Window, handles: Handles, tally: Tally): Promise<FileSet> {
  const { live, rotated } = await takeStock(path, handles)
  const held = new Map<string, OpenLogFile | undefined>()
  const wanted = rotated.filter(({ stampMs }, index) => overlaps(rotated[index - 1]?.stampMs, stampMs, window))
  for (const file of wanted.slice(-MAX_HELD)) held.set(file.key, await openRotated(file, handles, tally))

  const newest = rotated.at(-1)
  const files: LogFile[] = wanted.filter(({ key }) => !held.has(key) || held.get(key) !== undefined)
  if (live !== undefined) {
    const isKnown = [...held.values()].some((other) => other?.identity === live.identity)
    if (!isKnown && overlaps(newest?.stampMs, Number.POSITIVE_INFINITY, window)) {
      held.set(LIVE_KEY, { ...live, isGzip: false })
      files.push({ key: LIVE_KEY, path })
    } else await handles.close(live)
  }

  async function open(file: LogFile): Promise<OpenLogFile | undefined> {
    if (!held.has(file.key)) held.set(file.key, await openRotated(file, handles, tally))
    return held.get(file.key)
  }

  return {
    files,
    newestKey: newest?.key ?? '',
    open,
    async release({ key }) {
      const opened = held.get(key)
      held.delete(key)
      if (opened !== undefined) await handles.close(opened)
    },
  }
}

/** What is there at one moment. */
export interface Stock {
  readonly live: OpenFile | undefined
  readonly rotated: readonly RotatedFile[]
}

/** A file that lost its name between the two steps may have been compressed, and would be read twice. */
export async function takeStock(path: string, handles: Handles): Promise<Stock> {
  for (let tries = 1; ; tries++) {
    const live = await openIfThere(path, handles)
    const rotated = await listRotated(path)
    if (live === undefined || tries === MAX_TRIES || (await live.file.stat()).nlink > 0) return { live, rotated }
    await handles.close(live)
  }
}

/**
 * Goes by the stamps in the names alone: they are from the clock that lines are from, and what a file system notes need not be.
 *
 * @param fromMs When the file before was rotated.
 * @param toMs When this one was.
 */
function overlaps(fromMs: number | undefined, toMs: number, window: Window): boolean {
  return (fromMs ?? Number.NEGATIVE_INFINITY) - TOLERANCE_MS < window.toMs && toMs + TOLERANCE_MS >= window.fromMs
}

/** A file may be compressed while it is looked for: then it has its other name before it loses this one. */
export async function openRotated({ path }: LogFile, handles: Handles, tally: Tally): Promise<OpenLogFile | undefined> {
  try {
    const plain = await openIfThere(path, handles)
    if (plain !== undefined) return { ...plain, isGzip: false }
    const packed = await openIfThere(path + GZIP_SUFFIX, handles)
    return packed === undefined ? undefined : { ...packed, isGzip: true }
  } catch (error) {
    addNote(tally, `"${path}" was left out: ${reasonOf(error)}`)
    return undefined
  }
}

async function openIfThere(path: string, handles: Handles): Promise<OpenFile | undefined> {
  try {
    return await handles.open(path)
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined
    throw error
  }
}
