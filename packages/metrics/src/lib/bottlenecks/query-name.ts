/** Texts that were seen lately, so that each is read once. */
const MOST_TEXTS = 1_000
/** What is beyond is not read: names are shorter by far. */
const LONGEST_TEXT = 2_000

/** From a text with a backslash on: whether it escapes the next quote depends on the dialect, so nothing after it is trusted. */
const DOUBTFUL = /'(?:[^'\\]|'')*\\[\s\S]*/
const TEXT = /'(?:[^'\\]|'')*(?:'|$)/
const DOLLAR_TEXT = /\$([a-z_]\w*|)\$[\s\S]*?(?:\$\1\$|$)/
const COMMENT = /--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)/
/** Seen as a whole, so that nothing inside is taken for a value. */
const QUOTED_NAME = /"[^"]*(?:"|$)|`[^`]*(?:`|$)/
/** Such as `$1`, `:id` and `@id`. */
const PLACEHOLDER = /[$:@]\w+/
const NUMBER = /\b0x[\da-f]+\b|(?<![\w.])[-+]?\d+(?:\.\d*)?(?:e[-+]?\d+)?\b/
const PARTS = new RegExp(
  [DOUBTFUL, TEXT, DOLLAR_TEXT, COMMENT, QUOTED_NAME, PLACEHOLDER, NUMBER].map(({ source }) => source).join('|'),
  'gi',
)
/** Where only a value, or a column of another table, can follow. */
const COMPARISON = /(?:[=<>]|\blike)\s*$/i

/** Makes names of queries: one for all that differ only in values, without any of them. */
export class QueryNames {
  readonly #names = new Map<string, string>()

  /**
   * The name of a query.
   *
   * @param text Its text.
   */
  nameOf(text: string): string {
    const known = this.#names.get(text)
    if (known !== undefined) return known
    const name = toQueryName(text)
    if (text.length > LONGEST_TEXT) return name
    if (this.#names.size >= MOST_TEXTS) this.#names.clear()
    this.#names.set(text, name)
    return name
  }
}

/**
 * A query without its values, comments and line breaks.
 *
 * Texts in double quotes are names, as in standard SQL, unless they are compared with: MySQL also takes them for values.
 *
 * @param text Its text.
 */
export function toQueryName(text: string): string {
  return text
    .slice(0, LONGEST_TEXT)
    .replace(PARTS, (part: string, _tag: string | undefined, at: number, whole: string) => {
      if (part.startsWith('--') || part.startsWith('/*')) return ' '
      if (part.startsWith('`') || /^[$:@]\w+$/.test(part)) return part
      if (part.startsWith('"')) return COMPARISON.test(whole.slice(Math.max(0, at - 20), at)) ? '?' : part
      return '?'
    })
    .replace(/\s+/g, ' ')
    .replace(/(?:\?|\$\d+)(?: ?, ?(?:\?|\$\d+))+/g, '…')
    .replace(/\( ?… ?\)(?: ?, ?\( ?… ?\))+/g, '(…)')
    .trim()
}
