import { isAscii } from 'node:buffer'
import type { Block } from '../blocks/assembler.ts'
import { fieldOf, isField } from '../lines/fields.ts'
import { rankOf } from '../lines/levels.ts'
import { type LogLine, levelOf, toLogLine } from '../lines/log-line.ts'
import { holdsText } from '../lines/text.ts'
import type { ResolvedQuery } from '../query.ts'
import type { Tally } from '../tally.ts'
import { type Prefilter, toPrefilter } from './prefilter.ts'

/** A line that meets the query. */
export interface Hit {
  /** Where it begins, in the block. */
  readonly start: number
  /** Where it ends, in the block, without its newline. */
  readonly end: number
  readonly line: LogLine
}

/** What a part of a block has. */
export interface Matches {
  /** In the order of the block. */
  readonly hits: readonly Hit[]
  /** The latest time among the lines that were parsed. */
  readonly latestMs: number
  /** Where the part ends. */
  readonly next: number
}

/**
 * Finds the lines that meet a query, in a part of a block: others have their turn before the next one.
 *
 * @param from Where the part begins.
 */
export type Matcher = (block: Block, tally: Tally, from: number) => Matches

/** So many lines are parsed at once: some milliseconds of work. */
const MAX_PARSED = 1_000
/** What is no JSON costs as much as some lines that are. */
const FAILURE = 5

const OPEN = 0x7b
const CLOSE = 0x7d

/**
 * Makes the matcher of a query.
 *
 * @param query Which lines are wanted.
 * @param maxLineBytes Longer ones are skipped.
 * @param prefilter Rules lines out before they are parsed.
 */
export function createMatcher(
  query: ResolvedQuery,
  maxLineBytes: number,
  prefilter: Prefilter = toPrefilter(query),
): Matcher {
  const [, ...others] = prefilter.patterns.map(({ source, flags }) => new RegExp(source, flags.replace('g', '')))

  return ({ bytes }, tally, from) => {
    const text = bytes.toString('latin1')
    const isPlain = isAscii(bytes)
    const finder = createFinder(text, prefilter)
    const hits: Hit[] = []
    let latestMs = Number.NEGATIVE_INFINITY
    let start = from
    for (let end = 0, parsed = 0; start < text.length && parsed < MAX_PARSED; start = end + 1) {
      end = text.indexOf('\n', start)
      if (end === -1) end = text.length
      tally.scanned++
      if (end - start > maxLineBytes || !couldBeObject(text, start, end)) {
        tally.skipped++
        continue
      }
      if (!finder.hasPattern(start, end)) continue
      const raw = text.slice(start, end)
      if (others.length > 0 && !finder.isRare(start, end) && !others.every((other) => other.test(raw))) continue
      const json = isPlain ? raw : bytes.toString('utf8', start, end)
      const line = parse(json)
      parsed += line === undefined ? FAILURE : 1
      if (line === undefined) {
        tally.skipped++
        continue
      }
      if (line.at > latestMs) latestMs = line.at
      if (meets(query, line, json)) hits.push({ start, end, line })
    }
    return { hits, latestMs, next: start }
  }
}

/** Looks at no more than both ends. What has blanks around it is looked at later. */
function couldBeObject(text: string, start: number, end: number): boolean {
  const first = text.charCodeAt(start)
  const last = text.charCodeAt(end - 1)
  return end > start && (first === OPEN || first <= 0x20) && (last === CLOSE || last <= 0x20)
}

function parse(json: string): LogLine | undefined {
  try {
    return toLogLine(JSON.parse(json))
  } catch {
    return undefined // torn, or no JSON at all: the caller counts it
  }
}

function meets({ fromMs, toMs, minRank, fields, text }: ResolvedQuery, line: LogLine, json: string): boolean {
  if (line.at < fromMs || line.at >= toMs) return false
  if (minRank > 0 && !(rankOf(levelOf(line.fields)) >= minRank)) return false
  for (const [path, value] of fields) if (!isField(fieldOf(line.fields, path), value)) return false
  return text === '' || holdsText(line.fields, json, text)
}

interface Finder {
  /** Whether the line has the first pattern, or one of the rare texts. Asked for one line after the other. */
  hasPattern(start: number, end: number): boolean
  isRare(start: number, end: number): boolean
}

/** Searches a block once from front to back, and not line by line: most lines have nothing. */
function createFinder(text: string, { patterns, rare }: Prefilter): Finder {
  const [first] = patterns
  let foundAt = -1
  const rareAt = rare.map(() => -1)

  function isRare(start: number, end: number): boolean {
    for (let index = 0; index < rare.length; index++) {
      let at = rareAt[index] as number
      if (at < start) {
        at = text.indexOf(rare[index] as string, start)
        if (at === -1) at = Number.POSITIVE_INFINITY
        rareAt[index] = at
      }
      if (at < end) return true
    }
    return false
  }

  return {
    isRare,
    hasPattern(start, end) {
      if (first === undefined) return true
      if (foundAt < start) {
        first.lastIndex = start
        foundAt = first.exec(text)?.index ?? Number.POSITIVE_INFINITY
      }
      return foundAt < end || isRare(start, end)
    },
  }
}
