import { REDACTED } from './edits.ts'
import type { Names } from './names.ts'
import { matchesAt } from './scan.ts'
import { type Value, valueAt } from './values.ts'

/** A name in a text, and where it stands. */
export interface FoundName {
  readonly name: string
  readonly start: number
  readonly end: number
}

const HEADER = /^(?:(?:proxy-)?authorization|(?:set-)?cookie2?|x-[\w-]*(?:key|token|secret|auth|signature))$/i
const NEXT_ITEM = /\\*["'`],\s{0,20}(?=\\*["'`](?!value\\*["'`]))/iy
const VALUE_OF_PAIR = /(\\*["'`])(?:,\s{0,20}\\*["'`]?value\\*["'`]?\s{0,20}:\s{0,20}|\s{1,9}value=(?=\\*["']))/iy
const AFTER_FLAG = /[ \t]{1,9}(?![-\s])|\\*["'`],?\s{1,20}(?=\\*["'`](?!-))|\\*["'`],(?=\\*["'`](?!-))/y
const TAG_BEFORE = /<(?:[\w-]{1,40}:)?$/
const REST_OF_TAG = /(?:\s[^<>]{0,200})?>/y
const CDATA = '<![CDATA['
const PART_BEFORE = /name=\\*"$/i
const REST_OF_PART =
  /\\*"(?:;[^\r\n\\]{0,200})?(?:\r?\n|\\{1,15}r\\{1,15}n|\\{1,15}n)(?:Content-[^\r\n\\]{0,200}(?:\r?\n|\\{1,15}r\\{1,15}n|\\{1,15}n))?(?:\r?\n|\\{1,15}r\\{1,15}n|\\{1,15}n)/iy
const PART_END = /(?:\r?\n|\\{1,15}[rn])--/g

/** Headers as Node's `rawHeaders` has them: `"authorization","x"`. */
export function headerAt(text: string, { name, end }: FoundName, names: Names): Value | undefined {
  if (!HEADER.test(name) || !matchesAt(NEXT_ITEM, text, end) || !names.hides(name)) return undefined
  return valueAt(text, NEXT_ITEM.lastIndex, { quote: '"', kind: 'word' })
}

/** `{"name":"authorization","value":"x"}`, and the same of forms. */
export function pairAt(text: string, { name, end }: FoundName, names: Names): Value | undefined {
  VALUE_OF_PAIR.lastIndex = end
  const quote = VALUE_OF_PAIR.exec(text)?.[1]
  const start = VALUE_OF_PAIR.lastIndex
  if (quote === undefined || !names.hides(name)) return undefined
  return valueAt(text, start, { quote, kind: 'word' })
}

/** `--password x`, and the same as an array of arguments. */
export function flagAt(text: string, { name, end }: FoundName, names: Names): Value | undefined {
  if (!name.startsWith('-') || !matchesAt(AFTER_FLAG, text, end) || !names.hides(name)) return undefined
  return valueAt(text, AFTER_FLAG.lastIndex, { quote: '', kind: 'word' })
}

/** `<password>x</password>` */
export function elementAt(text: string, { name, start, end }: FoundName, names: Names): Value | undefined {
  const before = text[start - 1]
  if (before !== '<' && before !== ':') return undefined
  if (!TAG_BEFORE.test(text.slice(Math.max(0, start - 42), start)) || !matchesAt(REST_OF_TAG, text, end))
    return undefined
  const first = REST_OF_TAG.lastIndex
  if (text[first - 2] === '/' || !names.hides(name)) return undefined
  if (text.startsWith(CDATA, first)) {
    const last = text.indexOf(']]>', first)
    return { start: first, end: last === -1 ? text.length : last + 3, replacement: REDACTED }
  }
  const last = text.indexOf('<', first)
  if (last === -1 || text[last + 1] !== '/') return undefined
  const value = text.slice(first, last).trim()
  return value === '' || value === REDACTED ? undefined : { start: first, end: last, replacement: REDACTED }
}

/** `Content-Disposition: form-data; name="password"`, whose value begins after an empty line. */
export function partAt(text: string, { name, start, end }: FoundName, names: Names): Value | undefined {
  if (!PART_BEFORE.test(text.slice(Math.max(0, start - 21), start)) || !matchesAt(REST_OF_PART, text, end))
    return undefined
  const first = REST_OF_PART.lastIndex
  if (!names.hides(name)) return undefined
  PART_END.lastIndex = first
  const last = PART_END.exec(text)?.index ?? text.length
  return last === first || text.slice(first, last) === REDACTED
    ? undefined
    : { start: first, end: last, replacement: REDACTED }
}
