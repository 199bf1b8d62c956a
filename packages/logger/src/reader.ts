/**
 * Reads what the logger writes to files: search, counts over time, export, and a live tail.
 *
 * @module
 */
export type { LogCounts, LogInterval } from './lib/reader/count.ts'
export { isLogReaderError, LogReaderError } from './lib/reader/errors.ts'
export type { FieldValue } from './lib/reader/lines/fields.ts'
export type { LogLine } from './lib/reader/lines/log-line.ts'
export { createLogReader, type LogReader } from './lib/reader/log-reader.ts'
export type { CountOptions, LogReaderOptions, ReadOptions, SearchOptions } from './lib/reader/options.ts'
export type { LogQuery } from './lib/reader/query.ts'
export type { LogPage } from './lib/reader/search.ts'
export type { LogStream } from './lib/reader/stream.ts'
export type { ReadSummary } from './lib/reader/tally.ts'
