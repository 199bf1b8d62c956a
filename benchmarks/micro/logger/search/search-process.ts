// Searches a log once, in a process of its own: node --expose-gc search-process.ts <SearchTask as JSON>
import { searchByHand } from './by-hand.ts'
import type { Searched, SearchTask } from './queries.ts'
import { searchWithReader } from './with-reader.ts'

const { log, query, by } = JSON.parse(process.argv[2] ?? '') as SearchTask
process.on('disconnect', () => process.exit())

const BYTES_PER_MIB = 1_048_576
const BYTES_PER_KB = 1_024

const search = by === 'reader' ? searchWithReader : searchByHand
globalThis.gc?.()
const startBytes = process.memoryUsage.rss()
const startMs = performance.now()
const found = await search(query, log)
const seconds = (performance.now() - startMs) / 1_000
const peakBytes = process.resourceUsage().maxRSS * BYTES_PER_KB
const grownMib = Math.max(0, peakBytes - startBytes) / BYTES_PER_MIB
process.send?.({ found, seconds, grownMib } satisfies Searched, () => process.exit())
