import { countLines, type LogCounts } from './count.ts'
import { exportBytes } from './export.ts'
import type { LogLine } from './lines/log-line.ts'
import {
  type CountOptions,
  type LogReaderOptions,
  type ReadOptions,
  type ResolvedReaderOptions,
  resolveCount,
  resolveOptions,
  resolveSearch,
  type SearchOptions,
} from './options.ts'
import { type LogQuery, resolveQuery } from './query.ts'
import { forwardBatches, type Scan, scanning } from './scan.ts'
import { findPage, type LogPage } from './search.ts'
import { type LogStream, toStream } from './stream.ts'
import { tailLines } from './tail/tail.ts'
import { createTally } from './tally.ts'

/**
 * Reads a log: the file that is written to and those that were rotated.
 *
 * Files are opened when reading begins, and what happens to them after that changes nothing: a line is read once, whether its file is
 * rotated, compressed or removed meanwhile. What is written later is not read, save by `tail`. Lines come in the order in which they
 * were written. A log of which nothing was written yet is empty.
 */
export interface LogReader {
  /**
   * Finds lines, page by page. Pages do not change as lines come in: with `newest`, the cursor leads further back from where the page
   * before ended.
   *
   * @param query Which lines.
   * @param options How many, in which order, and from where on.
   * @returns Rejects with {@link LogReaderError} if the log cannot be read, with `TypeError` or `RangeError` if an option or the
   * cursor is wrong, and with the signal's reason.
   */
  search(query?: LogQuery, options?: SearchOptions): Promise<LogPage>
  /**
   * Reads every line that meets the query.
   *
   * @param query Which lines.
   * @param options What ends it: then it throws the signal's reason.
   * @throws {TypeError | RangeError} If something is wrong with the query, at once.
   */
  read(query?: LogQuery, options?: ReadOptions): LogStream<LogLine>
  /**
   * Counts lines over time, and by a field.
   *
   * @param query Which lines.
   * @param options How long an interval is, and the field.
   * @returns Rejects as `search` does.
   */
  count(query?: LogQuery, options?: CountOptions): Promise<LogCounts>
  /**
   * Gives what meets the query as NDJSON, byte by byte as it was written, in chunks of about 64 KiB or more.
   *
   * @param query Which lines.
   * @param options What ends it: then it throws the signal's reason.
   * @throws {TypeError | RangeError} If something is wrong with the query, at once.
   */
  export(query?: LogQuery, options?: ReadOptions): LogStream<Uint8Array>
  /**
   * Gives lines as they are written, from now on and across rotations, at most half a second later. A file that is emptied is read
   * from its beginning. Now is when the first line is asked for.
   *
   * @param query Which lines.
   * @param options What ends it: then it ends as any loop does, without an error.
   * @throws {TypeError | RangeError} If something is wrong with the query, at once.
   */
  tail(query?: LogQuery, options?: ReadOptions): LogStream<LogLine>
}

/**
 * Creates a reader of what a logger writes to a file: by this package in any shape, or by pino.
 *
 * Reading takes the memory of some blocks of 256 KiB, whatever the size of the files, and lets the process do other things after each.
 * Lines that are torn, too long or no JSON are skipped and counted.
 *
 * @param options Where the file is.
 * @throws {TypeError} If an option is not what it should be.
 * @throws {RangeError} If a number is out of its range.
 */
export function createLogReader(options: LogReaderOptions): LogReader {
  return createReader(resolveOptions(options))
}

/** {@link createLogReader} with options that are checked. */
export function createReader(options: ResolvedReaderOptions): LogReader {
  function scan<item>(
    query: LogQuery | undefined,
    signal: AbortSignal | undefined,
    run: (scan: Scan) => AsyncGenerator<item, void, undefined>,
  ): LogStream<item> {
    const tally = createTally()
    return toStream(scanning({ options, query: resolveQuery(query), tally, signal }, run), tally)
  }

  return {
    async search(query, settings = {}) {
      const resolved = resolveSearch(settings)
      return only(scan(query, resolved.signal, (files) => once(findPage(files, resolved))))
    },
    read: (query, { signal } = {}) => scan(query, signal, linesOf),
    async count(query, settings = {}) {
      const resolved = resolveCount(settings)
      return only(scan(query, resolved.signal, (files) => once(countLines(files, resolved))))
    },
    export: (query, { signal } = {}) => scan(query, signal, exportBytes),
    tail(query, { signal } = {}) {
      const tally = createTally()
      return toStream(tailLines({ options, query: resolveQuery(query), tally, signal }), tally)
    },
  }
}

async function* linesOf(scan: Scan): AsyncGenerator<LogLine, void, undefined> {
  for await (const { hits } of forwardBatches(scan)) {
    for (const { line } of hits) {
      scan.signal?.throwIfAborted()
      yield line
    }
  }
}

async function* once<item>(item: Promise<item>): AsyncGenerator<item, void, undefined> {
  yield await item
}

async function only<item>(items: AsyncIterable<item>): Promise<item> {
  for await (const item of items) return item
  throw new Error('There is always one')
}
