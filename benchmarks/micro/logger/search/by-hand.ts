import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { createGunzip } from 'node:zlib'
import { HOUR_MS, type Log } from './log.ts'
import type { Query } from './queries.ts'

interface Line {
  readonly level: string
  readonly time: string
  readonly traceId?: string
}

/** Characters of a time, up to its minute. */
const MINUTE_LENGTH = 16

/**
 * Searches as a script of a few lines does: line by line, and each is parsed if what is looked for is no plain text.
 *
 * @param query What is looked for.
 * @param log Where.
 * @returns How many lines were found, or counted.
 */
export async function searchByHand(query: Query, log: Log): Promise<number> {
  const matches = toFilter(query, log)
  let found = 0
  for (const file of log.files) {
    const raw = createReadStream(file)
    const input = file.endsWith('.gz') ? raw.pipe(createGunzip()) : raw
    for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) if (matches(line)) found++
  }
  return found
}

function toFilter(query: Query, { text, traceId, hourMs }: Log): (line: string) => boolean {
  switch (query) {
    case 'rare text': {
      const wanted = JSON.stringify(text.toLowerCase()).slice(1, -1)
      return (line) => line.toLowerCase().includes(wanted)
    }
    case 'one trace':
      return (line) => (JSON.parse(line) as Line).traceId === traceId
    case 'errors of an hour': {
      const from = new Date(hourMs).toISOString()
      const to = new Date(hourMs + HOUR_MS).toISOString()
      return (line) => {
        const { level, time } = JSON.parse(line) as Line
        return (level === 'error' || level === 'fatal') && time >= from && time < to
      }
    }
    case 'counts per minute': {
      const counts = new Map<string, number>()
      return (line) => {
        const { level, time } = JSON.parse(line) as Line
        const key = `${time.slice(0, MINUTE_LENGTH)} ${level}`
        counts.set(key, (counts.get(key) ?? 0) + 1)
        return true
      }
    }
  }
}
