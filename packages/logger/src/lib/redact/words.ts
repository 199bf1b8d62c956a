/** A name as its words. */
export interface Words {
  /** In lower case, numbers left out unless asked for. */
  readonly words: readonly string[]
  /** For each word, the index of the first word of its segment: of `req.headers.set-cookie`, `cookie` has that of `set`. */
  readonly starts: readonly number[]
}

const TOKEN = /\p{Lu}+(?!\p{Ll})|\p{Lu}?[\p{Ll}\p{Lm}\p{Lo}\p{M}]+|\p{N}+|[.[\]]+/gu

/**
 * Splits a name as programs write them: `dbPassword`, `DB_PASSWORD`, `x-api-key`, `user.password`, `headers[cookie]`.
 *
 * @param name Any text.
 * @param withNumbers Whether numbers are words, too.
 */
export function wordsOf(name: string, withNumbers = false): Words {
  const words: string[] = []
  const starts: number[] = []
  let start = 0
  for (const token of name.match(TOKEN) ?? []) {
    const first = token.charCodeAt(0)
    if (first === 0x2e || first === 0x5b || first === 0x5d) start = words.length
    else if (withNumbers || first > 0x39) {
      words.push(token.toLowerCase())
      starts.push(start)
    }
  }
  return { words, starts }
}
