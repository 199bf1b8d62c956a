/**
 * Makes texts comparable whatever their case.
 *
 * A Greek final sigma is a sigma: which of the two `toLowerCase` gives depends on what stands around it.
 */
export function fold(text: string): string {
  const lower = text.toLowerCase()
  return lower.includes('ς') ? lower.replaceAll('ς', 'σ') : lower
}

/** What a number, `true`, `false` or `null` can have in it. */
const WORD = /^[-+.\deaflnrstu]+$/

/**
 * Whether a text stands in one of a line's values: in a string, or in a number, `true`, `false` or `null` as it is written. Names of
 * fields do not count.
 *
 * @param fields The parsed line.
 * @param json The line. Numbers are looked for here, because parsing changes them: long ones lose digits.
 * @param needle A folded text.
 */
export function holdsText(fields: unknown, json: string, needle: string): boolean {
  return isInString(fields, needle) || (WORD.test(needle) && isInWord(json, needle))
}

/** Without recursion: there is no limit to how deep a line may be. */
function isInString(fields: unknown, needle: string): boolean {
  const open = [fields]
  while (open.length > 0) {
    const value = open.pop()
    if (typeof value === 'string' && fold(value).includes(needle)) return true
    if (typeof value === 'object' && value !== null) for (const inner of Object.values(value)) open.push(inner)
  }
  return false
}

/** What is no string stands between strings. There are separators as well, but the needle has none. */
function isInWord(json: string, needle: string): boolean {
  for (let position = 0; ; ) {
    const open = json.indexOf('"', position)
    const end = open === -1 ? json.length : open
    if (end - position >= needle.length && json.slice(position, end).toLowerCase().includes(needle)) return true
    if (open === -1) return false
    position = closingQuote(json, open) + 1
  }
}

function closingQuote(line: string, open: number): number {
  for (let close = line.indexOf('"', open + 1); close !== -1; close = line.indexOf('"', close + 1)) {
    let slashes = 0
    while (line[close - 1 - slashes] === '\\') slashes++
    if (slashes % 2 === 0) return close
  }
  return line.length
}
