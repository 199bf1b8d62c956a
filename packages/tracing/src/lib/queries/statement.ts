/** What a span says of a query. */
export interface Statement {
  /** Name of the span: what is done, and with which table, such as `SELECT tasks`. */
  readonly summary: string
  /** What is done, in capitals, such as `SELECT`. `undefined` if that is not clear. */
  readonly operation: string | undefined
  /** The text, with `?` for each literal. */
  readonly text: string
}

/**
 * What of a query is a value: literals of text, of bytes and of numbers, and comments, which may hold either. What only
 * databases agree on that we cannot ask, such as whether a backslash ends a text, is taken to hide all the rest.
 */
const TOKEN =
  /--[^\n]*|\/\*(?:(?!\*\/|\/\*)[\s\S])*(?:\*\/|\/\*[\s\S]*$|$)|\w*'(?:[^'\\]|'')*(?:'|\\[\s\S]*$|$)|\$(\w*)\$[\s\S]*?(?:\$\1\$|$)|"(?:[^"\\]|"")*(?:"|\\[\s\S]*$|$)|`[^`]*(?:`|$)|#[^\n]*|\$\d+|[A-Za-z_][\w$]*|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?\w*|\s+/g
/** The same where `#` is an operator, and begins no comment. */
const TOKEN_OF_POSTGRES = new RegExp(TOKEN.source.replace('|#[^\\n]*', ''), 'g')
/** Many values in a row are one, or each number of them would be a text of its own. */
const VALUES = /\?(?:\s*,\s*\?)+/g

const OPERATION = /^\W*([A-Za-z]{2,20})\b/
const TARGET = /\b(?:from|into|update|table|join)\s+(?:only\s+|if\s+(?:not\s+)?exists\s+)?["`]?([A-Za-z_][\w$.]{0,60})/i

/**
 * Describes queries without their values. What was described is remembered: a service asks the same few hundred things.
 *
 * @param maxTextLength Characters of the text that are kept.
 * @param quotesNames Whether what stands in double quotes is a name.
 */
export function createStatements(maxTextLength: number, quotesNames: boolean): (text: string) => Statement {
  // Of two generations, so that those in use stay while texts with values in them come and go.
  let young = new Map<string, Statement>()
  let old = new Map<string, Statement>()

  return (text) => {
    const known = young.get(text) ?? old.get(text)
    if (known !== undefined && young.has(text)) return known
    const statement = known ?? describe(text, maxTextLength, quotesNames)
    if (text.length > MAX_KEY_LENGTH) return statement
    if (young.size >= MAX_KNOWN) {
      old = young
      young = new Map()
    }
    young.set(text, statement)
    return statement
  }
}

const MAX_KNOWN = 500
/** Characters of a text that is remembered. */
const MAX_KEY_LENGTH = 10_000
/** Characters that are looked at: a literal may be megabytes long. */
const MAX_SCANNED = 20_000

function describe(given: string, maxTextLength: number, quotesNames: boolean): Statement {
  const clean = given
    .slice(0, MAX_SCANNED)
    .replaceAll(quotesNames ? TOKEN_OF_POSTGRES : TOKEN, (token) => replace(token, quotesNames))
    .replaceAll(VALUES, '?')
    .trim()
  const operation = OPERATION.exec(clean)?.[1]?.toUpperCase()
  const target = TARGET.exec(clean)?.[1]
  const summary = operation === undefined ? 'query' : target === undefined ? operation : `${operation} ${target}`
  return { summary, operation, text: clean.slice(0, maxTextLength) }
}

function replace(token: string, quotesNames: boolean): string {
  const first = token[0] as string
  if (first === '`') return token
  if (first === '"') return quotesNames && !token.includes('\\') ? token : '?'
  if (first === '#' || token.startsWith('--') || token.startsWith('/*') || /^\s/.test(token)) return ' '
  if (/^\$\d+$/.test(token)) return token
  return /^[A-Za-z_]/.test(token) && !token.includes("'") ? token : '?'
}
