import type { AssemblerOptions, Block } from './blocks/assembler.ts'
import { backwardBlocks } from './blocks/backward.ts'
import { forwardBlocks } from './blocks/forward.ts'
import { gzipSource } from './blocks/gzip.ts'
import { seekTime } from './blocks/seek.ts'
import { type ByteSource, plainSource } from './blocks/source.ts'
import { toLogReaderError } from './errors.ts'
import { type FileSet, type LogFile, type OpenLogFile, openFiles, TOLERANCE_MS } from './files/file-set.ts'
import { createHandles } from './files/handles.ts'
import { matchAll } from './match/match-all.ts'
import { createMatcher, type Hit, type Matcher } from './match/matcher.ts'
import type { ResolvedReaderOptions } from './options.ts'
import type { ResolvedQuery } from './query.ts'
import { addNote, type Tally } from './tally.ts'

/** What is read, and with what. */
export interface Scan {
  readonly options: ResolvedReaderOptions
  readonly query: ResolvedQuery
  readonly tally: Tally
  readonly signal: AbortSignal | undefined
  readonly files: FileSet
  readonly matcher: Matcher
}

/** Where in a log something stands. */
export interface Position {
  /** That of a file, or between those of two. */
  readonly key: string
  /** Bytes of the file, uncompressed. */
  readonly offset: number
}

/** Lines of one block. */
export interface Batch {
  readonly file: LogFile
  /** Valid until the next batch is asked for. */
  readonly block: Block
  /** At least one. */
  readonly hits: readonly Hit[]
}

/** Reads with open files, and closes them at the end, whatever that is. */
export async function* scanning<item>(
  about: Omit<Scan, 'files' | 'matcher'>,
  run: (scan: Scan) => AsyncGenerator<item, void, undefined>,
): AsyncGenerator<item, void, undefined> {
  const { options, query, tally, signal } = about
  const handles = createHandles(signal)
  try {
    const files = await openFiles(options.path, query, handles, tally)
    yield* run({ ...about, files, matcher: createMatcher(query, options.maxLineBytes) })
  } catch (error) {
    signal?.throwIfAborted() // which is why nothing could be read
    throw toLogReaderError(options.path, error)
  } finally {
    await handles.closeAll()
  }
}

/** What meets the query, from front to back. */
export async function* forwardBatches(
  scan: Scan,
  start: Position = { key: '', offset: 0 },
): AsyncGenerator<Batch, void, undefined> {
  for (const file of scan.files.files) {
    if (file.key < start.key) continue
    const opened = await openFor(scan, file)
    if (opened === undefined) continue
    const offset = file.key === start.key ? start.offset : 0
    if (opened.isGzip) yield* gzipBatches(scan, file, opened, offset)
    else yield* batchesOf(scan, file, plainBlocks(scan, opened, offset))
    await scan.files.release(file)
  }
}

/** What meets the query in one file that is not compressed, from back to front. Hits of a batch are as in the file. */
export async function* backwardBatches(
  scan: Scan,
  file: LogFile,
  opened: OpenLogFile,
  end: number,
): AsyncGenerator<Batch, void, undefined> {
  const { blockBytes, maxLineBytes } = scan.options
  const range = await rangeOf(scan, opened)
  const bounds = { start: range.start, end: Math.min(range.end, end), blockBytes, maxLineBytes }
  yield* batchesOf(scan, file, backwardBlocks(opened.file, bounds, scan.tally))
}

/** What meets the query in one file that is compressed: only from front to back, and all that is before its time is read. */
export function gzipBatches(
  scan: Scan,
  file: LogFile,
  opened: OpenLogFile,
  offset: number,
): AsyncGenerator<Batch, void, undefined> {
  return batchesOf(scan, file, gzipBlocks(scan, file, opened, offset), scan.query.toMs + TOLERANCE_MS)
}

/** Opens a file that is to be read. */
export async function openFor({ files, signal }: Scan, file: LogFile): Promise<OpenLogFile | undefined> {
  const opened = await files.open(file)
  signal?.throwIfAborted()
  return opened
}

/** @param stopAtMs No line that follows one of that time is wanted. */
async function* batchesOf(
  { matcher, tally, signal }: Scan,
  file: LogFile,
  blocks: AsyncGenerator<Block, void, undefined>,
  stopAtMs: number = Number.POSITIVE_INFINITY,
): AsyncGenerator<Batch, void, undefined> {
  for await (const block of blocks) {
    signal?.throwIfAborted()
    const { hits, latestMs } = await matchAll(matcher, block, tally)
    if (hits.length > 0) yield { file, block, hits }
    if (latestMs >= stopAtMs) return
  }
}

async function* plainBlocks(scan: Scan, opened: OpenLogFile, offset: number): AsyncGenerator<Block, void, undefined> {
  const range = await rangeOf(scan, opened)
  const start = Math.max(range.start, offset)
  yield* forwardBlocks(plainSource(opened.file, start, range.end), assemblyFrom(scan, start), scan.tally)
}

async function* gzipBlocks(
  scan: Scan,
  { path }: LogFile,
  opened: OpenLogFile,
  offset: number,
): AsyncGenerator<Block, void, undefined> {
  const { tally } = scan
  const source = gzipSource(opened.file, ({ message }) => {
    tally.skipped++
    addNote(tally, `"${path}.gz" was read in part: ${message}`)
  })
  await skip(source, offset)
  yield* forwardBlocks(source, assemblyFrom(scan, offset), tally)
}

async function skip(source: ByteSource, bytes: number): Promise<void> {
  const scratch = Buffer.allocUnsafe(Math.min(bytes, 65_536))
  for (let left = bytes; left > 0; ) {
    const count = await source.read(scratch.subarray(0, left))
    if (count === 0) return
    left -= count
  }
}

interface Range {
  readonly start: number
  readonly end: number
}

/** Where in a file that is not compressed the lines of the query's time are. */
async function rangeOf({ query, options }: Scan, { file, size }: OpenLogFile): Promise<Range> {
  const { fromMs, toMs } = query
  const seek = (atMs: number) => seekTime(file, size, atMs, options.maxLineBytes)
  return {
    start: Number.isFinite(fromMs) ? (await seek(fromMs - TOLERANCE_MS)).before : 0,
    end: Number.isFinite(toMs) ? (await seek(toMs + TOLERANCE_MS)).after : size,
  }
}

function assemblyFrom({ options }: Scan, offset: number): AssemblerOptions {
  return { offset, blockBytes: options.blockBytes, maxLineBytes: options.maxLineBytes }
}
