import type { LogLine } from '../lines/log-line.ts'
import type { LogReader } from '../log-reader.ts'
import type { SearchOptions } from '../options.ts'
import type { LogQuery } from '../query.ts'

/** All that is read. */
export async function gather<item>(items: AsyncIterable<item>): Promise<item[]> {
  const all: item[] = []
  for await (const item of items) all.push(item)
  return all
}

/** All pages of a search, one after the other. */
export async function gatherPages(
  reader: LogReader,
  query: LogQuery,
  options: SearchOptions,
  between: () => void = () => {},
): Promise<LogLine[]> {
  const lines: LogLine[] = []
  let cursor: string | undefined
  do {
    const page = await reader.search(query, { ...options, cursor })
    lines.push(...page.lines)
    if (page.lines.length > (options.limit ?? 100)) throw new Error('The page is too long')
    if (page.complete !== (page.cursor === undefined)) throw new Error('A page is complete, or goes on')
    cursor = page.cursor
    between()
  } while (cursor !== undefined)
  return lines
}
