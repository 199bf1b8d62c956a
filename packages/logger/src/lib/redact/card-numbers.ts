import { Edits, type TextDetector } from './edits.ts'
import { passesLuhn } from './luhn.ts'
import { hasDigits } from './trigger.ts'

/** Digits, in groups or not. Whatever it meets, it never goes back. */
const RUN = /\d+(?:[ -]\d+){0,200}/g
const LEAST_DIGITS = 13
const MOST_DIGITS = 19
const LONGEST_PHONE_NUMBER = 15

/**
 * How numbers of the big networks begin, and how long they are.
 *
 * @see ISO/IEC 7812; the networks' published ranges.
 */
const CARDS: RegExp = new RegExp(
  `^(?:${[
    '4(?:\\d{12}|\\d{15}|\\d{18})', // Visa
    '(?:5[1-5]\\d\\d|222[1-9]|22[3-9]\\d|2[3-6]\\d\\d|27[01]\\d|2720)\\d{12}', // Mastercard
    '3[47]\\d{13}', // American Express
    '(?:6011|64[4-9]\\d|65\\d\\d)\\d{12}(?:\\d{3})?', // Discover, RuPay
    '35(?:2[89]|[3-8]\\d)\\d{12}(?:\\d{3})?', // JCB
    '3(?:0[0-5]|095|[689]\\d)\\d{11}(?:\\d{2,5})?', // Diners Club
    '62\\d{14,17}', // UnionPay
    '(?:5018|5020|5038|5893|6304|6759|676[1-3])\\d{9,15}', // Maestro
    '220[0-4]\\d{12,15}', // Mir
    '(?:60|8[12]|508)\\d{13,14}', // RuPay
  ].join('|')})$`,
)

/** How card numbers are printed. */
const SHAPES: ReadonlySet<string> = new Set([
  '4 4 4 4',
  '4 4 4 4 3',
  '4 4 4 4 1',
  '4 4 4 4 2',
  '4 4 4 1',
  '4 4 4 2',
  '4 4 4 3',
  '4 6 5',
  '4 6 4',
  '4 5 6',
])

/** Numbers of payment cards, told from others by how they begin, their length and their check digit. */
export const cardNumbers: TextDetector = { name: 'card', trigger: { test: hasDigits }, find }

function find(text: string): Edits {
  const edits = new Edits(text)
  RUN.lastIndex = 0
  for (let run = RUN.exec(text); run !== null; run = RUN.exec(text)) {
    // `%20` is a space of a URL.
    const escaped = text[run.index - 1] === '%' ? 2 : 0
    const digits = run[0].slice(escaped)
    if (digits.length >= LEAST_DIGITS) hideWithin(text, digits, run.index + escaped, edits)
  }
  return edits
}

/** A number may stand beside others: `4111 1111 1111 1111 12 2027`. */
function hideWithin(text: string, run: string, start: number, edits: Edits): void {
  const groups = run.split(/[ -]/)
  let offset = start
  let first = 0
  while (first < groups.length) {
    const count = isEdge(text, offset, run, start) ? groupsOfCard(text, groups, first, offset) : 0
    const length = groups.slice(first, first + Math.max(count, 1)).join(' ').length
    if (count > 0) edits.replace(offset, offset + length, '[redacted card]')
    offset += length + 1
    first += Math.max(count, 1)
  }
}

/** @returns How many groups from `first` on are a card's number, `0` for none. */
function groupsOfCard(text: string, groups: readonly string[], first: number, offset: number): number {
  let found = 0
  let digits = ''
  let end = offset - 1
  for (let index = first; index < groups.length && index < first + 8; index++) {
    const group = groups[index] ?? ''
    end += group.length + 1
    if (digits.length + group.length > MOST_DIGITS) break
    digits += group
    if (digits.length < LEAST_DIGITS || isWordAt(text, end)) continue
    const taken = groups.slice(first, index + 1)
    const isWhole = first === 0 && index === groups.length - 1
    if (isPrinted(taken, isWhole) && CARDS.test(digits) && passesLuhn(digits)) found = index + 1 - first
  }
  return found
}

/** With neighbours, only what looks like a card's number is taken for one: any list of numbers would have some, else. */
function isPrinted(groups: readonly string[], isWhole: boolean): boolean {
  if (groups.length === 1 || SHAPES.has(groups.map(({ length }) => length).join(' '))) return true
  return isWhole && groups.every(({ length }) => length >= 2 && length <= 8)
}

/** Digits within a word are an id. A word may be what is left of an escape: `\n4111`, `%204111` or `%3D4111`. */
function isEdge(text: string, offset: number, run: string, start: number): boolean {
  if (offset > start) return true
  const before = text.charCodeAt(offset - 1)
  if (isDigit(before)) return true
  if (before === 0x2b) return run.replaceAll(/\D/g, '').length > LONGEST_PHONE_NUMBER
  if (before === 0x2e) return !isDigit(text.charCodeAt(offset - 2))
  return !isWordAt(text, offset - 1) || /(?:\\[nrt]|%[2-7][0-9A-F])$/i.test(text.slice(Math.max(0, offset - 3), offset))
}

function isWordAt(text: string, index: number): boolean {
  const char = text.charCodeAt(index)
  const lower = char | 0x20
  return isDigit(char) || (lower >= 0x61 && lower <= 0x7a) || char === 0x5f
}

function isDigit(char: number): boolean {
  return char >= 0x30 && char <= 0x39
}
