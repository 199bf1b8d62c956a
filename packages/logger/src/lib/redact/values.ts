import { REDACTED } from './edits.ts'
import { endOfBrackets, endOfQuoted, isQuote, matchesAt } from './scan.ts'

/** Where a value stands, and what is shown instead of it. */
export interface Value {
  readonly start: number
  readonly end: number
  readonly replacement: string
}

/** What is known of a value by what stands before it. */
export interface Place {
  /** The quote that closed its name, with its backslashes; empty if the name is not quoted. */
  readonly quote: string
  /** How far the value goes, where its form does not say so. */
  readonly kind: 'word' | 'query' | 'line' | 'authorization'
}

const QUOTE = /\\*["'`]/y
/** Idempotent: what is redacted stays as it is. */
const DONE = /\[redacted(?: [\w -]{1,60})?\](?=[\s"'`,;&#)}\]<>\\]|[.:!?]{1,9}(?:[\s"'`]|$)|$)/y
/** The quote was none that opens: `"password: ", "user": "bob"`. */
const CLOSES = /[ \t]{0,20}(?:$|[}\]]+(?:[\s,}\]"'`\\]|$))|,\s|,\\*["'`]|\\*["'`]?[}\]]/y
/** Strings of several lines, as `util.inspect` shows them. */
const CONTINUES = /\s{0,9}\+(?:\s|\\{1,15}n){1,99}/y
const BRACKET =
  /(?:<ref \*\d{1,6}> )?(?:[A-Z][\w$]{0,60}(?:\(\d{1,9}\))? (?:\[[\w ]{1,60}\] )?|\[[\w: ]{1,60}\] )?[{[]|\(/y
const BINARY = /<[A-Z]\w{0,40}(?: [^<>]*)?>/y
/** Says nothing: neither does the writer hide `{ password: null }`. */
const NOTHING = /(?:true|false|null|undefined|none|nil|NaN)(?=[\s"'`,;&)}\]<\\]|$)/iy
/** What goes before credentials in headers. */
const SCHEME =
  /(?:Bearer|Basic|Digest|Negotiate|NTLM|Kerberos|Token|Api-?Key|Key|Hawk|HMAC|MAC|OAuth|DPoP|Signature|Shared-?Key(?:Lite)?|AWS4-HMAC-SHA256|GoogleLogin|SSWS|Splunk)(?: {1,8}|%20|\+)(?=[^\s"'`,;)}\]])/iy
const PARAMETER = /,?[ \t]{0,8}[\w-]{1,60}=(?:\\*"[^"\\]*\\*"|[^\s",\\]*)/y
const SECOND_WORD = /[ \t](?=[^\s"'`,;)}\]])/y
/** A number of JSON. */
const NUMBER = /-?\d[\d.eE+-]*(?=[\s,}\]\\]|$)/y
const DIGIT_GROUPS = /\d{2,8}(?:[ -]\d{2,8}){1,8}(?!\w)/y
const LINE_END = /[\r\n]|\\{1,15}[rn]|\\{0,15}["'`](?=[\s,}\])]|$)/g
/** Where a word ends though no space follows. */
const WORD_END =
  /[,;](?:\s|$|\\{0,15}["'`]|[)}\]]|[\w.-]{1,64}[=:])|&(?:amp;)?(?:[\w.%[\]-]{1,64}=|$)|["'`](?:[\s,;:.)}\]>&+\\/]|$)|\\(?:\\{0,14}["'`]|[nrt](?:[\s\\]|$|[\w-]{1,64}[:=]))|[<>](?![\w!])/y
const TRAILING = ',;.)]}>:'

/**
 * Finds the extent of a value.
 *
 * @param text Any text.
 * @param start Index at which it begins.
 * @param place What stood before it.
 * @returns Nothing if there is none, or none that says anything.
 */
export function valueAt(text: string, start: number, place: Place): Value | undefined {
  if (start >= text.length) return undefined
  if (matchesAt(DONE, text, start)) {
    return place.quote === '' ? undefined : inPlace(start, DONE.lastIndex, place)
  }
  if (matchesAt(SCHEME, text, start) && matchesAt(DONE, text, SCHEME.lastIndex)) return undefined
  if (matchesAt(QUOTE, text, start)) return quotedAt(text, start, QUOTE.lastIndex, place)
  if (place.kind !== 'query') {
    if (matchesAt(BRACKET, text, start))
      return inPlace(start, endOfBrackets(text, BRACKET.lastIndex - 1, place.quote.endsWith('"')), place)
    if (matchesAt(BINARY, text, start)) return inPlace(start, BINARY.lastIndex, place)
  }
  if (matchesAt(NOTHING, text, start)) return undefined
  if (place.quote !== '' && matchesAt(NUMBER, text, start)) return inPlace(start, NUMBER.lastIndex, place)
  if (place.kind === 'line') return bare(text, start, endOfLine(text, start), place)
  if (matchesAt(SCHEME, text, start)) return credentialsAt(text, SCHEME.lastIndex, place)
  return bare(text, start, endOfBare(text, start, place), place)
}

/** In JSON, something of another type becomes a string. */
function inPlace(start: number, end: number, { quote }: Place): Value {
  return { start, end, replacement: `${quote}${REDACTED}${quote}` }
}

function bare(text: string, start: number, until: number, place: Place): Value | undefined {
  let end = until
  while (end > start && TRAILING.includes(text.charAt(end - 1))) end--
  return end === start ? undefined : inPlace(start, end, place)
}

function quotedAt(text: string, start: number, inner: number, place: Place): Value | undefined {
  if (place.quote === '' && matchesAt(CLOSES, text, inner)) return undefined
  let end = endOfQuoted(text, inner, text.charAt(inner - 1), inner - 1 - start)
  if (end === inner || (matchesAt(DONE, text, inner) && DONE.lastIndex === end)) return undefined
  let closing = inner - start
  while (matchesAt(CONTINUES, text, end + closing) && matchesAt(QUOTE, text, CONTINUES.lastIndex)) {
    const next = QUOTE.lastIndex
    closing = next - CONTINUES.lastIndex
    end = endOfQuoted(text, next, text.charAt(next - 1), closing - 1)
  }
  return { start: inner, end, replacement: REDACTED }
}

/** What follows a scheme: one word, or parameters as of `Digest`. */
function credentialsAt(text: string, start: number, place: Place): Value | undefined {
  let end = endOfWord(text, start, false)
  for (let next = start; matchesAt(PARAMETER, text, next); next = end) end = Math.max(end, PARAMETER.lastIndex)
  return bare(text, start, end, { ...place, quote: '' })
}

function endOfBare(text: string, start: number, { kind }: Place): number {
  if (kind !== 'query' && matchesAt(DIGIT_GROUPS, text, start)) return DIGIT_GROUPS.lastIndex
  const end = endOfWord(text, start, kind === 'query')
  return kind === 'authorization' && matchesAt(SECOND_WORD, text, end)
    ? endOfWord(text, SECOND_WORD.lastIndex, false)
    : end
}

function endOfLine(text: string, start: number): number {
  LINE_END.lastIndex = start
  return LINE_END.exec(text)?.index ?? text.length
}

function endOfWord(text: string, start: number, isQuery: boolean): number {
  for (let index = start; index < text.length; index++) {
    const char = text.charCodeAt(index)
    if (char <= 0x20 || char === 0xa0) return index
    if (isQuery && (char === 0x26 || char === 0x23)) return index
    if (isSpecial(char) && matchesAt(WORD_END, text, index)) return index
  }
  return text.length
}

/** What {@link WORD_END} begins with. */
function isSpecial(char: number): boolean {
  switch (char) {
    case 0x26: // &
    case 0x2c: // ,
    case 0x3b: // ;
    case 0x3c: // <
    case 0x3e: // >
    case 0x5c: // \
      return true
    default:
      return isQuote(char)
  }
}
