import { fromCursor, toCursor } from './cursor.ts'
import type { LogFile } from './files/file-set.ts'
import type { LogLine } from './lines/log-line.ts'
import type { ResolvedSearchOptions } from './options.ts'
import { type Batch, backwardBatches, forwardBatches, gzipBatches, openFor, type Position, type Scan } from './scan.ts'
import type { ReadSummary } from './tally.ts'

/** A page of lines. */
export interface LogPage extends ReadSummary {
  /** In the order that was asked for. */
  readonly lines: readonly LogLine[]
  /** Goes on after these lines; none if all was read. The page it gives may be empty. */
  readonly cursor: string | undefined
  /** Whether all was read. */
  readonly complete: boolean
}

/** A line, and where it stands. */
interface Found {
  readonly file: LogFile
  /** Where it begins, and where the one after it does. */
  readonly offset: number
  readonly next: number
  readonly line: LogLine
}

/** So much of lines makes a page, however few they are. */
const PAGE_BYTES = 16 * 1_048_576

/** Finds a page of lines. */
export async function findPage(scan: Scan, { limit, order, cursor }: ResolvedSearchOptions): Promise<LogPage> {
  const lines: LogLine[] = []
  let bytes = 0
  const position = cursor === undefined ? undefined : await fromCursor(scan, order, cursor)
  const isForward = order === 'oldest'
  for await (const { file, offset, next, line } of isForward ? oldest(scan, position) : newest(scan, limit, position)) {
    lines.push(line)
    bytes += next - offset
    if (lines.length < limit && bytes < PAGE_BYTES) continue
    const goesOn = await toCursor(scan, order, file, isForward ? next : offset)
    return { lines, cursor: goesOn, complete: false, ...scan.tally }
  }
  return { lines, cursor: undefined, complete: true, ...scan.tally }
}

async function* oldest(scan: Scan, start: Position | undefined): AsyncGenerator<Found, void, undefined> {
  for await (const batch of forwardBatches(scan, start)) yield* foundIn(batch)
}

async function* newest(scan: Scan, limit: number, end: Position | undefined): AsyncGenerator<Found, void, undefined> {
  for (const file of scan.files.files.toReversed()) {
    if (end !== undefined && file.key > end.key) continue
    const opened = await openFor(scan, file)
    if (opened === undefined) continue
    const before = file.key === end?.key ? end.offset : Number.POSITIVE_INFINITY
    if (opened.isGzip) yield* await lastOf(gzipBatches(scan, file, opened, 0), before, limit)
    else
      for await (const batch of backwardBatches(scan, file, opened, before))
        for (const found of foundIn(batch).reverse()) yield found
    await scan.files.release(file)
  }
}

function foundIn({ file, block, hits }: Batch): Found[] {
  return hits.map(({ start, end, line }) => ({
    file,
    offset: block.offset + start,
    next: block.offset + end + 1,
    line,
  }))
}

/** The last lines of what can only be read from front to back, the last one first. No more are held than twice what fits on a page. */
async function lastOf(
  batches: AsyncGenerator<Batch, void, undefined>,
  before: number,
  limit: number,
): Promise<readonly Found[]> {
  let kept: Found[] = []
  let bytes = 0
  for await (const batch of batches) {
    for (const found of foundIn(batch)) {
      if (found.offset >= before) return newestOf(kept, limit)
      kept.push(found)
      bytes += found.next - found.offset
      if (kept.length < 2 * limit && bytes < 2 * PAGE_BYTES) continue
      kept = newestOf(kept, limit).toReversed()
      bytes = bytesOf(kept)
    }
  }
  return newestOf(kept, limit)
}

/** As many as a page takes. */
function newestOf(kept: readonly Found[], limit: number): Found[] {
  const page: Found[] = []
  let bytes = 0
  for (let index = kept.length - 1; index >= 0 && page.length < limit && bytes < PAGE_BYTES; index--) {
    const found = kept[index] as Found
    page.push(found)
    bytes += found.next - found.offset
  }
  return page
}

function bytesOf(kept: readonly Found[]): number {
  return kept.reduce((sum, { offset, next }) => sum + next - offset, 0)
}
