/** What a name consists of, escapes of URLs and brackets of forms included. */
export function isNameChar(char: number): boolean {
  const lower = char | 0x20
  if ((lower >= 0x61 && lower <= 0x7a) || (char >= 0x30 && char <= 0x39)) return true
  switch (char) {
    case 0x24: // $
    case 0x25: // %
    case 0x2d: // -
    case 0x2e: // .
    case 0x5b: // [
    case 0x5d: // ]
    case 0x5f: // _
      return true
    default:
      return char > 0xbf && (char < 0x2000 || char > 0x206f) && char !== 0x3000 && char !== 0xfeff
  }
}

export function isQuote(char: number): boolean {
  return char === 0x22 || char === 0x27 || char === 0x60
}

/** Tells whether a sticky pattern matches at an index; it ends at its `lastIndex` then. */
export function matchesAt(pattern: RegExp, text: string, index: number): boolean {
  pattern.lastIndex = index
  return pattern.test(text)
}

/**
 * JSON escapes no `'`, only the backslash before one. So two backslashes before it either end a string with a backslash or are,
 * in JSON, what is left of an escaped quote: what follows tells.
 */
const AFTER_CLOSING = /[ \t]{0,9}(?:[,;)}\]:+]|=>|\\{0,15}["'`]|\\{1,15}n|[\r\n]|$)/y

/**
 * Finds the end of a quoted text, however often it was escaped: JSON within JSON doubles its backslashes each time.
 *
 * @param text Any text.
 * @param start Index behind the opening quote.
 * @param quote The quote.
 * @param slashes How many backslashes stood before the opening quote.
 * @returns Index of the closing quote's first backslash or of itself, the text's length if it is not closed.
 */
export function endOfQuoted(text: string, start: number, quote: string, slashes: number): number {
  const period = 2 * (slashes + 1)
  for (let index = text.indexOf(quote, start); index !== -1; index = text.indexOf(quote, index + 1)) {
    let before = 0
    while (index - before > start && text.charCodeAt(index - before - 1) === 0x5c) before++
    const rest = before % period
    if (rest <= slashes && (before === rest || quote === '"' || matchesAt(AFTER_CLOSING, text, index + 1)))
      return index - rest
  }
  return text.length
}

/**
 * Finds the end of an object, array or tuple, as JSON or as `util.inspect` shows it.
 *
 * @param text Any text.
 * @param start Index of the opening bracket.
 * @param isJson Whether only `"` quotes.
 * @returns Index behind the closing bracket, the text's length if it is not closed.
 */
export function endOfBrackets(text: string, start: number, isJson: boolean): number {
  const isTuple = text[start] === '('
  let depth = 0
  for (let index = start; index < text.length; index++) {
    const char = text.charCodeAt(index)
    if (isTuple ? char === 0x28 : char === 0x7b || char === 0x5b) depth++
    else if (isTuple ? char === 0x29 : char === 0x7d || char === 0x5d) {
      if (--depth === 0) return index + 1
    } else if (isJson ? char === 0x22 : isQuote(char)) index = endOfString(text, index, start)
  }
  return text.length
}

/** @returns Index of the closing quote of the one at `index`. */
function endOfString(text: string, index: number, start: number): number {
  let slashes = 0
  while (index - slashes > start && text.charCodeAt(index - slashes - 1) === 0x5c) slashes++
  const quote = text.charAt(index)
  const end = text.indexOf(quote, endOfQuoted(text, index + 1, quote, slashes))
  return end === -1 ? text.length : end
}
