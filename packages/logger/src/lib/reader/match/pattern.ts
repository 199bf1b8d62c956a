/** What finds a text in the bytes of lines, each byte taken for a character. */
export interface Pattern {
  /** Of a regular expression. */
  readonly source: string
  /** Whether it stands for the whole text, or only for a part of it. */
  readonly isWhole: boolean
}

/** The only escapes of JSON besides `\uXXXX`. A slash may be escaped and need not be. */
const ESCAPES: Readonly<Record<string, string>> = {
  '"': '\\\\"',
  '\\': '\\\\\\\\',
  '/': '\\\\?/',
  '\b': '\\\\b',
  '\f': '\\\\f',
  '\n': '\\\\n',
  '\r': '\\\\r',
  '\t': '\\\\t',
}

/**
 * Makes a pattern that is found wherever JSON has a text in a string, unless the string has `\u` or one of
 * {@link rareForms}. It may be found elsewhere, too.
 *
 * Characters whose bytes are not certain are left out, and of what stands between them the longest part is taken. So
 * there is nothing in it that could be tried again and again, whatever the lines are.
 *
 * @param text A text, folded if case does not matter.
 * @param isFolded Whether case does not matter.
 * @returns Whose source is empty if no part is certain.
 */
export function toPattern(text: string, isFolded: boolean): Pattern {
  const parts = ['']
  for (const character of text) {
    const source = sourceOf(character, isFolded)
    if (source === undefined) parts.push('')
    else parts[parts.length - 1] += source
  }
  const longest = parts.reduce((best, part) => (part.length > best.length ? part : best))
  return { source: longest, isWhole: parts.length === 1 }
}

/** What a line may have instead of what is looked for, besides that. All are rare, and found fast. */
export function rareForms(foldedText: string): readonly string[] {
  const forms = ['\\u']
  // The two characters outside of ASCII whose small letters are, or begin with, one of ASCII.
  if (foldedText.includes('i') || foldedText.includes('\u0307')) forms.push(bytesOf('\u0130'))
  if (foldedText.includes('k')) forms.push(bytesOf('\u212a'))
  return forms
}

function sourceOf(character: string, isFolded: boolean): string | undefined {
  const escaped = ESCAPES[character]
  if (escaped !== undefined) return escaped
  const code = character.codePointAt(0) ?? 0
  if (code < 0x20) return undefined // only as \u
  if (code < 0x80) return /\w/.test(character) ? character : `\\x${code.toString(16)}`
  // Bytes that are no UTF-8 are read as U+FFFD. Half a surrogate pair stands in no bytes at all.
  if (code === 0xfffd || (code >= 0xd800 && code <= 0xdfff)) return undefined
  if (isFolded && !isCaseless(character)) return undefined
  return Array.from(bytesOf(character), (byte) => `\\x${byte.charCodeAt(0).toString(16)}`).join('')
}

/** Whether no other character is folded to this one, other than those of {@link rareForms}. */
function isCaseless(character: string): boolean {
  return character.toLowerCase() === character && character.toUpperCase() === character
}

function bytesOf(character: string): string {
  return Buffer.from(character).toString('latin1')
}
