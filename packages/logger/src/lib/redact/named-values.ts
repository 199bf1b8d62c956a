import { Edits, type TextDetector } from './edits.ts'
import { encodedValueAt } from './encoded-values.ts'
import { elementAt, type FoundName, flagAt, headerAt, pairAt, partAt } from './markup.ts'
import type { Names } from './names.ts'
import { isNameChar, isQuote, matchesAt } from './scan.ts'
import { NAMED } from './trigger.ts'
import { type Place, type Value, valueAt } from './values.ts'

/** Longer names are none that a person wrote. */
const LONGEST_NAME = 128
/** What is remembered of names, which anybody can send. */
const MOST_NAMES = 500

const AFTER_NAME =
  /\]?[ \t]{0,20}(?:=>|:=|={1,3}|:(?!:|\\{0,15}\/\\{0,15}\/))[ \t]*(?:(?:\r?\n|\\{1,15}n)[ \t]{1,99}(?=\\{0,15}["'`]|[{[]))?/y
const AFTER_QUOTED_NAME = /(\\{0,255}["'`])\]?\s{0,20}(?:=>|:=|={1,3}|:)\s*(?:\\{1,255}[nrt]\s*){0,9}/y
const FURTHER_WORDS = /(?: [A-Za-z]{1,20}){1,2}(?=\\{0,15}["'`]?[ \t]{0,20}[:=])/y
/** A line of a file, as in stack traces: `token.ts:33:5`. */
const FILE = /\.(?:[cm]?[jt]sx?|json|vue|py|rb|go|java|php|rs|cs|html?|ya?ml)$/i
const LINE_NAMES = /(?:cookies?2?|phrases?|mnemonic)$/i
const COOKIES = /[^\s=;,"'`]{1,200}=/y
/** The last words of names that people write with spaces. */
const LAST_WORD = /^(?:keys?|codes?|pin|id|number|no|num|pan|card|string|str|phrase)$/i
const AUTHORIZATION = /authori[sz]ation$/i

/** Values in text that stand under the name of a secret: in JSON, queries, forms, headers, assignments, flags. */
export function createNamedValues(names: Names): TextDetector {
  const remembering: Names = {
    hides: remember(names.hides),
    hidesInQuery: remember(names.hidesInQuery),
    stems: names.stems,
  }
  return { name: 'text', trigger: NAMED, find: (text) => find(text, remembering) }
}

/** The same few names come again with every text. */
function remember(hides: (name: string) => boolean): (name: string) => boolean {
  const known = new Map<string, boolean>()
  return (name) => {
    const found = known.get(name)
    if (found !== undefined) return found
    const isSecret = hides(name)
    // A copy: a piece of a text keeps all of it in memory.
    if (known.size < MOST_NAMES) known.set(` ${name}`.slice(1), isSecret)
    return isSecret
  }
}

/** Each name is looked at once, and each value skipped as a whole. */
function find(text: string, names: Names): Edits {
  const edits = new Edits(text)
  const { stems } = names
  let from = 0
  stems.lastIndex = 0
  while (stems.test(text)) {
    const stem = stems.lastIndex
    const value =
      encodedValueAt(text, stem, from, names) ?? valueOfName(text, nameAround(text, stem, from), from, names)
    from = stem
    if (value !== undefined) {
      edits.replace(value.start, value.end, value.replacement)
      from = value.end
    }
    stems.lastIndex = from
  }
  return edits
}

function nameAround(text: string, stem: number, from: number): FoundName {
  let start = stem
  const least = Math.max(from, stem - LONGEST_NAME)
  while (start > least && isNameChar(text.charCodeAt(start - 1))) start--
  if (text[start - 1] === '\\') start = Math.min(stem, start + lengthOfEscape(text, start))
  let end = stem
  while (end < stem + LONGEST_NAME && isNameChar(text.charCodeAt(end))) end++
  return { name: text.slice(start, end), start, end }
}

/** `\u0026` is an ampersand, as Go writes it in JSON. */
function lengthOfEscape(text: string, start: number): number {
  return /^u00[0-9a-f]{2}/i.test(text.slice(start, start + 5)) ? 5 : 0
}

function valueOfName(text: string, found: FoundName, from: number, names: Names): Value | undefined {
  const { end } = found
  if (isQuote(text.charCodeAt(end)) || text.charCodeAt(end) === 0x5c) return valueOfQuotedName(text, found, from, names)
  if (matchesAt(AFTER_NAME, text, end)) return valueAfter(text, found, '', AFTER_NAME.lastIndex, from, names)
  if (matchesAt(FURTHER_WORDS, text, end) && !names.hides(found.name)) {
    const further = FURTHER_WORDS.lastIndex
    return valueOfName(text, { ...found, name: text.slice(found.start, further), end: further }, from, names)
  }
  return elementAt(text, found, names) ?? flagAt(text, found, names)
}

function valueOfQuotedName(text: string, found: FoundName, from: number, names: Names): Value | undefined {
  const { end } = found
  AFTER_QUOTED_NAME.lastIndex = end
  const quote = AFTER_QUOTED_NAME.exec(text)?.[1]
  if (quote !== undefined) return valueAfter(text, found, quote, AFTER_QUOTED_NAME.lastIndex, from, names)
  return (
    pairAt(text, found, names) ??
    headerAt(text, found, names) ??
    partAt(text, found, names) ??
    flagAt(text, found, names)
  )
}

function valueAfter(
  text: string,
  found: FoundName,
  quote: string,
  start: number,
  from: number,
  names: Names,
): Value | undefined {
  if (FILE.test(found.name) && quote === '') return undefined
  const name = decoded(found.name)
  const isQuery = quote === '' && isInQuery(text, found.start, from) && text[start - 1] === '='
  const isSecret = isQuery
    ? names.hidesInQuery(name)
    : names.hides(name) || hidesAfterEscape(text, found, names) || hidesWithWordBefore(text, found, from, names)
  if (!isSecret) return undefined
  return valueAt(text, start, { quote, kind: isQuery ? 'query' : kindOf(text, name, start) })
}

function kindOf(text: string, name: string, start: number): Place['kind'] {
  if (AUTHORIZATION.test(name)) return 'authorization'
  if (!LINE_NAMES.test(name)) return 'word'
  return /cookies?2?$/i.test(name) && !matchesAt(COOKIES, text, start) ? 'word' : 'line'
}

/** `?name=`, `&name=`, `&amp;name=`, `#name=` and, as Go writes it in JSON, `\u0026name=`. */
function isInQuery(text: string, start: number, from: number): boolean {
  const before = text.charAt(start - 1)
  if (before === '?' || before === '&' || before === '#') return true
  if (before === ';') return text.startsWith('&amp;', start - 5)
  return start - 6 >= from && /\\u00(?:26|3f)$/i.test(text.slice(start - 6, start))
}

/** The `n` of `\nauth=x` is no part of the name, but that of `C:\name` is. */
function hidesAfterEscape(text: string, { name, start }: FoundName, names: Names): boolean {
  return text[start - 1] === '\\' && 'nrt'.includes(name.charAt(0)) && names.hides(name.slice(1))
}

/** `API key: x` */
function hidesWithWordBefore(text: string, { start, name }: FoundName, from: number, names: Names): boolean {
  if (text[start - 1] !== ' ' || !LAST_WORD.test(name)) return false
  let first = start - 1
  const least = Math.max(from, first - LONGEST_NAME)
  while (first > least && isNameChar(text.charCodeAt(first - 1))) first--
  return first < start - 1 && names.hides(`${text.slice(first, start)}${name}`)
}

function decoded(name: string): string {
  if (!name.includes('%')) return name
  try {
    return decodeURIComponent(name)
  } catch {
    return name
  }
}
