import { type FigureClaim, type FigureGroup, type FigureSubject, isAtMost } from '../../../src/figures/group.ts'
import { shuffled } from '../../../src/interleave.ts'
import type { Round } from '../../../src/statistics.ts'
import { GREP_QUERIES, hasGrep, searchWithGrep } from './grep.ts'
import { type Log, withLog } from './log.ts'
import { QUERIES, type Searched, searchInProcess } from './queries.ts'

const LINES = 1_000_000
const ROUNDS = 3
const LIMIT_MS = 600_000

const SECONDS = 'seconds'
const GROWN = 'MiB over the start'

interface Search {
  readonly name: string
  search(log: Log): Promise<Searched>
}

const ours: readonly Search[] = QUERIES.map((query) => ({
  name: query,
  search: (log) => searchInProcess({ log, query, by: 'reader' }),
}))

const byHand: readonly Search[] = QUERIES.map((query) => ({
  name: `${query}, by hand`,
  search: (log) => searchInProcess({ log, query, by: 'hand' }),
}))

const grep: readonly Search[] = GREP_QUERIES.map((query) => ({
  name: `${query}, grep`,
  search: (log) => searchWithGrep(query, log),
}))

const peers: readonly Search[] = [...byHand, ...(hasGrep ? grep : [])]

async function take({ search }: Search, log: Log): Promise<Round> {
  const { seconds, grownMib } = await search(log)
  return { [SECONDS]: seconds, [GROWN]: grownMib }
}

/** The log is written once, and all of them search it. */
async function takeAll(scale: number): Promise<Readonly<Record<string, readonly Round[]>>> {
  return await withLog(toLines(scale), async (log) => {
    const taken: Record<string, Round[]> = {}
    for (let round = 0; round < Math.ceil(ROUNDS * scale); round++)
      for (const each of shuffled([...ours, ...peers], round))
        taken[each.name] = [...(taken[each.name] ?? []), await take(each, log)]
    return taken
  })
}

function toLines(scale: number): number {
  return Math.max(1_000, Math.round(LINES * scale))
}

function toSubject(search: Search): FigureSubject {
  return { name: search.name, measure: (scale) => withLog(toLines(scale), (log) => take(search, log)) }
}

const claims: readonly FigureClaim[] = QUERIES.flatMap((query) => [
  isAtMost(query, SECONDS, 5, 'Somebody waits for it in front of a page.'),
  isAtMost(query, GROWN, 64, 'Who looks into a log must not take the memory of who writes it.'),
])

/** Finding a line. */
export const searches: FigureGroup = {
  id: 'search',
  title: 'Searching 1,000,000 lines',
  about:
    'A day of a log, written by `createLogger` to ten files, of which the five oldest are compressed: 1,000,000 lines of some 250 bytes, all of which the operating system still has in memory. Looked for are a text that ten lines have, in another case; the three lines of a trace; the errors of one hour; and the number of lines per minute and level. Each search has a process of its own, whose memory at its peak is compared with that just before, so that what starting took can only count too much. By hand is a script that reads all files line by line, and parses each line unless it looks for a text. grep has everything in one file of plain text, which is more than it would find; its memory is all it has.',
  figures: [SECONDS, GROWN],
  ours: ours.map(toSubject),
  peers: peers.map(toSubject),
  claims,
  takeAll,
  limitMs: LIMIT_MS,
}
