import { REDACTED } from './edits.ts'
import type { Names } from './names.ts'
import type { Value } from './values.ts'

const LONGEST_NAME = 128
const MOST_LEVELS = 3
/** `=` or `:`, perhaps behind a quote, in a URL within a URL. What was escaped again has `%25` for each `%`. */
const AFTER_NAME =
  /(?:%(?:25){0,3}5D)?((?:%(?:25){0,3}5C){0,9}%(?:25){0,3}22)?(?:%(?:25){0,3}20|\+){0,9}%((?:25){0,3})3[AD](?:%(?:25){0,3}20|\+){0,9}/iy
const QUOTE = /((?:%(?:25){0,3}5C){0,9})%(?:25){0,3}22/iy
/** What ends a value: no escape of its own, which has one level more. */
const ENDS = perLevel('%(?:26|23|20|0A|0D)')
const ENDS_OF_JSON = perLevel('%(?:2C|7D|5D)')
const ENDS_OF_QUOTED = perLevel('((?:%5C){0,99})%22')

/**
 * Finds a secret of which even the equals sign is escaped: `?next=%2Fcallback%3Ftoken%3Dabc`, or JSON in a query.
 *
 * @param text Any text.
 * @param stem Index behind a piece of a name.
 * @param from Index before which all is done.
 * @param names Knows which names are those of secrets.
 */
export function encodedValueAt(text: string, stem: number, from: number, names: Names): Value | undefined {
  let last = stem
  while (last < stem + LONGEST_NAME && isPlain(text.charCodeAt(last))) last++
  if (text[last] !== '%' && text[last] !== '+') return undefined
  AFTER_NAME.lastIndex = last
  const after = AFTER_NAME.exec(text)
  if (after === null || !names.hidesInQuery(text.slice(startOfName(text, stem, from), last))) return undefined
  const level = (after[2] ?? '').length / 2
  QUOTE.lastIndex = AFTER_NAME.lastIndex
  const quote = QUOTE.exec(text)
  const start = quote === null ? AFTER_NAME.lastIndex : QUOTE.lastIndex
  const end =
    quote === null
      ? endAt((after[1] === undefined ? ENDS : ENDS_OF_JSON)[level] as RegExp, text, start)
      : endOfQuoted(ENDS_OF_QUOTED[level] as RegExp, text, start, quote[1] ?? '')
  return end === start || text.startsWith(REDACTED, start) ? undefined : { start, end, replacement: REDACTED }
}

/** One pattern for each level of escapes. */
function perLevel(pattern: string): readonly RegExp[] {
  return Array.from(
    { length: MOST_LEVELS + 1 },
    (_, level) => new RegExp(`${pattern.replaceAll('%', `%${'25'.repeat(level)}`)}|[\\s&"'#<>\`]`, 'gi'),
  )
}

function endAt(pattern: RegExp, text: string, start: number): number {
  pattern.lastIndex = start
  return pattern.exec(text)?.index ?? text.length
}

/** As in `endOfQuoted` of plain text. */
function endOfQuoted(pattern: RegExp, text: string, start: number, slashes: string): number {
  const opening = slashes.length === 0 ? 0 : slashes.split('%').length - 1
  pattern.lastIndex = start
  for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
    const before = match[1] === undefined ? 0 : match[1].split('%').length - 1
    if (before % (2 * (opening + 1)) <= opening) return match.index
  }
  return text.length
}

function startOfName(text: string, stem: number, from: number): number {
  let start = stem
  const least = Math.max(from, stem - LONGEST_NAME)
  while (start > least && isPlain(text.charCodeAt(start - 1))) start--
  return text[start - 1] === '%' ? Math.min(start + 2, stem) : start
}

function isPlain(char: number): boolean {
  const lower = char | 0x20
  if ((lower >= 0x61 && lower <= 0x7a) || (char >= 0x30 && char <= 0x39)) return true
  return char === 0x2d || char === 0x2e || char === 0x5f
}
