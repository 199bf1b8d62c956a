import { resolve } from 'node:path'
import { type Clock, nonEmptyString, oneOf, positiveInteger, systemClock } from '@breakwater/core'

/** Options of {@link createLogReader}. */
export interface LogReaderOptions {
  /**
   * The file that lines are written to, as `createDestination` has it. A relative path is resolved at once. What was rotated, `<path>-<stamp>.log` and
   * `<path>-<stamp>.log.gz`, is found beside it.
   */
  readonly path: string
  /**
   * Bytes of the longest line that is read. Longer ones are skipped.
   *
   * @defaultValue `1_048_576`, our choice: four times `limits.maxLineLength` of `createLogger`
   */
  readonly maxLineBytes?: number | undefined
  /**
   * Where time comes from. Only `tail` asks for it.
   *
   * @defaultValue `systemClock`
   */
  readonly clock?: Clock | undefined
}

/** {@link LogReaderOptions} with every default in place. */
export interface ResolvedReaderOptions {
  readonly path: string
  readonly maxLineBytes: number
  readonly clock: Clock
  /** Bytes that are read at a time: some milliseconds of work when every line of them is parsed. */
  readonly blockBytes: number
}

const BLOCK_BYTES = 262_144

/**
 * @throws {TypeError} If an option is not what it should be.
 * @throws {RangeError} If a number is out of its range.
 */
export function resolveOptions({
  path,
  maxLineBytes = 1_048_576,
  clock = systemClock,
}: LogReaderOptions): ResolvedReaderOptions {
  return {
    path: resolve(nonEmptyString('path', path)),
    maxLineBytes: positiveInteger('maxLineBytes', maxLineBytes),
    clock,
    blockBytes: BLOCK_BYTES,
  }
}

/** Options of reading. */
export interface ReadOptions {
  /** Ends it, and closes every file at once. */
  readonly signal?: AbortSignal | undefined
}

/** Options of `search`. */
export interface SearchOptions extends ReadOptions {
  /**
   * Lines of a page, from 1 to 10,000. A page ends earlier when its lines come to 16 MiB.
   *
   * @defaultValue `100`, our choice
   */
  readonly limit?: number | undefined
  /**
   * Which lines come first.
   *
   * @defaultValue `oldest`
   */
  readonly order?: 'oldest' | 'newest' | undefined
  /** That of the page before, for the same query and order. */
  readonly cursor?: string | undefined
}

/** {@link SearchOptions} with every default in place. */
export interface ResolvedSearchOptions {
  readonly limit: number
  readonly order: 'oldest' | 'newest'
  readonly cursor: string | undefined
  readonly signal: AbortSignal | undefined
}

const MAX_LIMIT = 10_000

/**
 * @throws {TypeError} If an option is not what it should be.
 * @throws {RangeError} If `limit` is out of its range.
 */
export function resolveSearch({ limit = 100, order = 'oldest', cursor, signal }: SearchOptions): ResolvedSearchOptions {
  if (positiveInteger('limit', limit) > MAX_LIMIT)
    throw new RangeError(`Expected \`limit\` to be at most ${MAX_LIMIT}, got ${limit}`)
  return {
    limit,
    order: oneOf('order', order, ['oldest', 'newest']),
    cursor: cursor === undefined ? undefined : nonEmptyString('cursor', cursor),
    signal,
  }
}

/** Options of `count`. */
export interface CountOptions extends ReadOptions {
  /**
   * Milliseconds of an interval. Intervals begin at multiples of it, in UTC. It is doubled as often as it takes for
   * 10,000 intervals to do.
   *
   * @defaultValue `60_000`, our choice
   */
  readonly everyMs?: number | undefined
  /** A field whose values are counted apart: `level`, or a path such as `event`, `route` or `err.code`. */
  readonly by?: string | undefined
}

/** {@link CountOptions} with every default in place. */
export interface ResolvedCountOptions {
  readonly everyMs: number
  readonly by: string | undefined
  readonly signal: AbortSignal | undefined
}

/**
 * @throws {TypeError} If an option is not what it should be.
 * @throws {RangeError} If `everyMs` is out of its range.
 */
export function resolveCount({ everyMs = 60_000, by, signal }: CountOptions): ResolvedCountOptions {
  return {
    everyMs: positiveInteger('everyMs', everyMs),
    by: by === undefined ? undefined : nonEmptyString('by', by),
    signal,
  }
}
