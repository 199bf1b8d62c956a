import { createLogReader, type LogQuery, type LogReader } from '@breakwater/logger/reader'
import { HOUR_MS, type Log } from './log.ts'
import type { Query } from './queries.ts'

const PAGE_LINES = 1_000
const MINUTE_MS = 60_000

/**
 * Searches with the reader, until there is no further page.
 *
 * @param query What is looked for.
 * @param log Where.
 * @returns How many lines were found, or counted.
 */
export async function searchWithReader(query: Query, log: Log): Promise<number> {
  const { path, text, traceId, hourMs } = log
  const reader = createLogReader({ path })
  switch (query) {
    case 'rare text':
      return await findAll(reader, { text })
    case 'one trace':
      return await findAll(reader, { fields: { traceId } })
    case 'errors of an hour':
      return await findAll(reader, { level: 'error', from: hourMs, to: hourMs + HOUR_MS })
    case 'counts per minute': {
      const { intervals } = await reader.count({}, { everyMs: MINUTE_MS, by: 'level' })
      return intervals.reduce((sum, { count }) => sum + count, 0)
    }
  }
}

async function findAll(reader: LogReader, query: LogQuery): Promise<number> {
  let found = 0
  let cursor: string | undefined
  do {
    const page = await reader.search(query, { limit: PAGE_LINES, cursor })
    found += page.lines.length
    cursor = page.cursor
  } while (cursor !== undefined)
  return found
}
