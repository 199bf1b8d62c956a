import type { Stats } from 'node:fs'
import { stat } from 'node:fs/promises'
import { hasCode } from '@breakwater/core'
import { type Assembler, createAssembler } from '../blocks/assembler.ts'
import { backwardBlocks } from '../blocks/backward.ts'
import { gzipSource } from '../blocks/gzip.ts'
import { type ByteSource, plainSource } from '../blocks/source.ts'
import { type OpenLogFile, openRotated, takeStock } from '../files/file-set.ts'
import { type Handles, identityOf, type OpenFile } from '../files/handles.ts'
import type { RotatedFile } from '../files/list.ts'
import type { ResolvedReaderOptions } from '../options.ts'
import { addNote, createTally, type Tally } from '../tally.ts'

/** A file that is read as it grows. */
export interface Followed {
  readonly opened: OpenFile
  source: ByteSource
  assembler: Assembler
  /** Bytes that were read, or passed over. */
  position: number
  /** When it is left: others may write to a file for a moment after it was rotated. Never for the one that is written to. */
  leaveAtMs: number
}

/** Keeps track of the files that lines are written to. */
export interface Follower {
  /** In the order in which they were written to. */
  readonly files: readonly Followed[]
  /** Begins where the file ends now. */
  start(): Promise<void>
  /**
   * Looks for files that came since. To be called when all files were read to their ends.
   *
   * @returns Whether there is something to read at once.
   */
  look(): Promise<boolean>
  /** Takes the files that are over. */
  leave(): Promise<readonly Followed[]>
}

/** Within a second, others notice that a file was rotated; it is compressed after five. */
const LINGER_MS = 6_000
const NEVER: number = Number.POSITIVE_INFINITY
/** So many files are followed at once. If more were rotated since the last look, they are read one after the other. */
const MAX_FOLLOWED = 16

/** What is followed with. */
export interface FollowerHost {
  readonly options: ResolvedReaderOptions
  readonly handles: Handles
  readonly tally: Tally
}

/** Follows a log across rotations. */
export function createFollower({ options, handles, tally }: FollowerHost): Follower {
  const { path, clock, blockBytes, maxLineBytes } = options
  let files: Followed[] = []
  /** Keys of the files that were rotated before it began, or have been taken since. */
  let known: ReadonlySet<string> = new Set()

  function assemblerFrom(offset: number): Assembler {
    return createAssembler({ offset, blockBytes, maxLineBytes }, tally)
  }

  function follow(opened: OpenLogFile, position: number, leaveAtMs: number): void {
    const onDamage = ({ message }: Error): void => {
      tally.skipped++
      addNote(tally, `A file that was rotated was read in part: ${message}`)
    }
    const source = opened.isGzip ? gzipSource(opened.file, onDamage) : plainSource(opened.file, position, NEVER)
    files.push({ opened, source, assembler: assemblerFrom(position), position, leaveAtMs })
  }

  function find({ identity }: OpenFile): Followed | undefined {
    return files.find(({ opened }) => opened.identity === identity)
  }

  /** A file that is shorter than what was read of it was emptied, as `copytruncate` of logrotate does. */
  function restartIfCut(current: Followed, size: number): void {
    if (size >= current.position) return
    current.source = plainSource(current.opened.file, 0, NEVER)
    current.assembler = assemblerFrom(0)
    current.position = 0
  }

  /**
   * Takes what was rotated since. What was written to may be among it, under its new name.
   *
   * @param isLost Whether that has no name any more: then it is the first one that was compressed.
   * @returns Whether that was all.
   */
  async function takeRotated(rotated: readonly RotatedFile[], isLost: boolean): Promise<boolean> {
    let isMissing = isLost
    const taken = new Set<string>()
    const fresh = rotated.filter(({ key }) => !known.has(key))
    for (const file of fresh) {
      if (files.length >= MAX_FOLLOWED) break
      taken.add(file.key)
      const opened = await openRotated(file, handles, tally)
      if (opened === undefined) continue
      const isThis = find(opened) !== undefined || (isMissing && opened.isGzip)
      if (!isThis) follow(opened, 0, leaveAt())
      else {
        isMissing = false
        await handles.close(opened)
      }
    }
    known = new Set(rotated.map(({ key }) => key).filter((key) => known.has(key) || taken.has(key)))
    return taken.size === fresh.length
  }

  async function take(live: OpenFile): Promise<void> {
    const same = find(live)
    if (same === undefined) return follow({ ...live, isGzip: false }, 0, NEVER)
    same.leaveAtMs = NEVER
    await handles.close(live)
  }

  function leaveAt(): number {
    return clock.now() + LINGER_MS
  }

  return {
    get files() {
      return files
    },
    async start() {
      const { live, rotated } = await takeStock(path, handles)
      known = new Set(rotated.map(({ key }) => key))
      if (live === undefined) return
      follow({ ...live, isGzip: false }, await lastLineStart(live, options), NEVER)
    },
    async look() {
      const current = files.find(({ leaveAtMs }) => leaveAtMs === NEVER)
      const stats = await statIfThere(path)
      if (current !== undefined && stats !== undefined && identityOf(stats) === current.opened.identity) {
        restartIfCut(current, stats.size)
        return false
      }
      const { live, rotated } = await takeStock(path, handles)
      const before = files.length
      let isLost = false
      if (current !== undefined && live?.identity !== current.opened.identity) {
        current.leaveAtMs = leaveAt()
        isLost = (await current.opened.file.stat()).nlink === 0
      }
      const isAll = await takeRotated(rotated, isLost)
      if (live !== undefined && isAll) await take(live)
      else if (live !== undefined) await handles.close(live)
      return files.length > before
    },
    async leave() {
      // They were read to their ends: when there are too many, the older half of them makes room.
      const excess = files.length < MAX_FOLLOWED ? 0 : MAX_FOLLOWED / 2
      const untilMs = clock.now()
      const over = files.filter(
        ({ leaveAtMs }, index) => leaveAtMs <= untilMs || (index < excess && leaveAtMs !== NEVER),
      )
      files = files.filter((one) => !over.includes(one))
      for (const { source, opened } of over) {
        source.close()
        await handles.close(opened)
      }
      return over
    },
  }
}

async function statIfThere(path: string): Promise<Stats | undefined> {
  try {
    return await stat(path)
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined
    throw error
  }
}

/** Where the file ends, or the line begins that is being written. */
async function lastLineStart(
  { file, size }: OpenFile,
  { blockBytes, maxLineBytes }: ResolvedReaderOptions,
): Promise<number> {
  const range = { start: 0, end: size, blockBytes, maxLineBytes }
  for await (const { bytes, offset } of backwardBlocks(file, range, createTally()))
    return offset + bytes.lastIndexOf('\n') + 1
  return 0
}
