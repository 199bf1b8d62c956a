import * as vocabulary from './vocabulary.ts'
import { wordsOf } from './words.ts'

/** Tells names of secrets from others. */
export interface Names {
  /** Whether a value under this name is a secret. */
  hides(name: string): boolean
  /** The same for a parameter of a URL's query, where `key` or `code` is a secret, too. */
  hidesInQuery(name: string): boolean
  /** Finds a piece of each name that hides something: what it does not find in a text has no such name. Global. */
  readonly stems: RegExp
}

/**
 * | What | Secrets | None |
 * |---|---|---|
 * | words that always say so | `password`, `userPasswd`, `PWD`, `passphrase`, `client_secret`, `Authorization`, `credentials`, `jwt`, `cvv`, `ssn` | `passenger`, `compass`, `secretary`, `author`, `authority` |
 * | also within a longer word | `dbpassword`, `authtoken`, `xapikey`, `PHPSESSID` | `passwordless` |
 * | words that say so at the end, or before `value`, `hash`, `id`, `header` … | `accessToken`, `tokenHash`, `set-cookie`, `dbPass`, `proxyAuth`, `connect.sid`, `x-hub-signature-256` | `tokenType`, `tokenBucket`, `cookieParser`, `authMethod`, `passRate`, `signatureAlgorithm` |
 * | words that say so alone | `pin`, `pan`, `user.pin` | `mapPin`, `pinned`, `key`, `session` |
 * | pairs | `api_key`, `x-api-key`, `sessionId`, `privateKey`, `cardNumber`, `connectionString`, `recoveryCodes` | `publicKey`, `cacheKey`, `keyboard`, `sessionCount` |
 * | what is said about a secret | | `passwordLength`, `passwordChangedAt`, `hasPassword`, `secretName`, `tokenExpiresIn` |
 * | counts | `tokens` | `maxTokens`, `tokensUsed`, `promptTokens`, `tokenCount`, `cookieCount` |
 *
 * @param secretNames Further ones, checked.
 * @param plainNames Names that hide nothing, checked.
 */
export function createNames(secretNames: readonly string[], plainNames: readonly string[]): Names {
  const plain = new Set(plainNames.map(joined))
  const secret = secretNames.map((name) => ` ${joined(name)} `)
  const run = new Set(secretNames.map((name) => joined(name).replaceAll(' ', '')))
  const isPlain = (name: string): boolean =>
    plain.size > 0 && (plain.has(joined(name)) || plain.has(joined(name.slice(name.lastIndexOf('.') + 1))))
  const isFurther = (name: string): boolean => {
    if (secret.length === 0) return false
    const text = joined(name)
    return run.has(text) || secret.some((further) => ` ${text} `.includes(further))
  }
  return {
    hides: (name) => (isBuiltIn(name) || isFurther(name)) && !isPlain(name),
    hidesInQuery: (name) =>
      (vocabulary.QUERY.has(joined(name)) || isBuiltIn(name) || isFurther(name)) && !isPlain(name),
    stems: stemsOf(secretNames),
  }
}

function joined(name: string): string {
  return wordsOf(name, true).words.join(' ')
}

function isBuiltIn(name: string): boolean {
  const { words, starts } = wordsOf(name)
  for (let index = 0; index < words.length; index++) {
    const end = endOfSecret(words, index, starts)
    if (end !== -1 && !saysAbout(words, starts[index] ?? 0, index, end)) return true
  }
  return false
}

/** @returns Index after the words that name a secret, `-1` where those at `index` do not. */
function endOfSecret(words: readonly string[], index: number, starts: readonly number[]): number {
  const word = words[index] ?? ''
  const next = words[index + 1]
  if (next !== undefined && vocabulary.PAIRS.has(`${word} ${singular(next)}`)) return index + 2
  if (vocabulary.ALWAYS.has(singular(word)) || vocabulary.WITHIN.test(word)) return index + 1
  if (vocabulary.ALONE.has(word)) return starts[index] === index && next === undefined ? index + 1 : -1
  if (vocabulary.LAST.has(word)) return next === undefined ? index + 1 : -1
  if (!vocabulary.ENDING.test(word)) return -1
  if (/tokens$/.test(word) && words.some((other) => vocabulary.COUNTS.has(other))) return -1
  return words.slice(index + 1).every((other) => vocabulary.VALUES.has(other)) ? words.length : -1
}

/** Whether it is no secret but something about one: `hasPassword`, `passwordLength`. */
function saysAbout(words: readonly string[], start: number, index: number, end: number): boolean {
  const last = words.at(-1) ?? ''
  return (
    (start < index && vocabulary.BEFORE.has(words[start] ?? '')) || (end < words.length && vocabulary.AFTER.has(last))
  )
}

function singular(word: string): string {
  return word.length > 2 && word.endsWith('s') && !word.endsWith('ss') ? word.slice(0, -1) : word
}

/** Escaped letters of a URL may be anything. */
function stemsOf(secretNames: readonly string[]): RegExp {
  const further = secretNames.map((name) => wordsOf(name, true).words[0] ?? '')
  return new RegExp([...vocabulary.STEMS, ...further, '%[4-7][0-9a-f]'].join('|'), 'gi')
}
