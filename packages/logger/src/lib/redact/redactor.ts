import { Buffer } from 'node:buffer'
import { AFTER_NAMES, BEFORE_NAMES } from './detectors.ts'
import type { TextDetector } from './edits.ts'
import { createNamedValues } from './named-values.ts'
import { createNames } from './names.ts'
import { type RedactOptions, type ResolvedDetector, resolveRedactOptions } from './options.ts'
import { isSuspicious } from './trigger.ts'

export { REDACTED } from './edits.ts'

/** Keeps secrets out of what is written. */
export interface Redactor {
  /** Whether a value under this name is a secret. Not cached: the writer caches per key. */
  hides(name: string): boolean
  /** The text without secrets; the same string when there is none (then next to free: no allocation). */
  text(text: string): string
  /** Whether there could be a secret in the text. Counts nothing. */
  readonly isSuspicious: (text: string) => boolean
  /** How much was redacted so far: by name, and by detector. Bounded: one counter per detector. */
  readonly counts: ReadonlyMap<string, number>
  /** Counts one value hidden by its name. */
  hidden(): void
}

const MAX_HARMLESS = 500
const MAX_LENGTH = 100

/** The counter of what is hidden by the name of a property. */
const BY_NAME = 'name'

/**
 * Creates what keeps secrets out of lines: values under the names of secrets (see `createNames` for which those are), and
 * secrets within text.
 *
 * In text it finds values under such names (JSON, however often it was escaped, what `util.inspect` shows, headers, cookies,
 * assignments, flags, XML, forms and queries of URLs, also of URLs within URLs), bearer and basic credentials, JSON web tokens,
 * user and password of URLs, numbers of payment cards, and private keys.
 *
 * It cannot know, and shows:
 *
 * - a secret in a sentence (`my password is hunter2`) or under a name that does not say so (`data: 'hunter2'`);
 * - opaque tokens that stand alone, unless a detector of yours knows them (see `providerTokens`), and lower-case words after
 *   `bearer` that could be prose, unless a header's name precedes them;
 * - of a value without quotes that has spaces, what follows the first word, but for passphrases, cookies and authorization; and
 *   closing punctuation at its end;
 * - short flags (`-p hunter2`, `-u bob:hunter2`), and `bob:hunter2@host` without a scheme;
 * - user and password of a URL with a space, or with an `@` that is followed by a slash, if they were not escaped;
 * - card numbers within words, with separators other than single spaces and hyphens, or spread over several values;
 * - what is encoded otherwise: base64, hex, compressed or binary data, names with escaped letters (`"p\u0061ssword"`), HTML
 *   entities other than `&amp;`;
 * - a secret of which only a part is in the text, such as the end of a private key, and private numbers of JSON web keys;
 * - personal data, which is no secret: names, addresses, e-mail.
 *
 * It hides too much where it cannot tell: the word after `password:` or `auth:` in a sentence, `?code=404`, the values of properties
 * called `pass` or `token` that are none, what follows a private key that does not end, and one of ten numbers that begin
 * like a card's and are as long.
 *
 * Its time grows with the length of the text, whatever the text; one without secrets is gone through once.
 *
 * @param options What counts as a secret, besides what always does.
 * @returns A redactor.
 * @throws {TypeError} If an option is not what it should be, naming it.
 * @throws {RangeError} If a name or pattern cannot be used, naming it.
 *
 * @example
 * ```ts
 * const redactor = createRedactor({ secretNames: ['licenceKey'] })
 * redactor.text('GET /tasks?token=abc&page=2') // 'GET /tasks?token=[redacted]&page=2'
 * redactor.hides('LICENCE_KEY') // true
 * ```
 */
export function createRedactor(options: RedactOptions = {}): Redactor {
  const builtIn = [...BEFORE_NAMES, ...AFTER_NAMES].map(({ name }) => name)
  const resolved = resolveRedactOptions(options, [BY_NAME, 'text', ...builtIn])
  const names = createNames(resolved.secretNames, resolved.plainNames)
  const detectors: readonly TextDetector[] = [...BEFORE_NAMES, createNamedValues(names), ...AFTER_NAMES]
  const counts = new Map<string, number>([BY_NAME, ...detectors.map(({ name }) => name)].map((name) => [name, 0]))
  for (const { name } of resolved.detectors) counts.set(name, 0)
  const count = (name: string, times: number): void => void counts.set(name, (counts.get(name) ?? 0) + times)

  const hideFound = (text: string): string => {
    let clean = text
    for (const { name, trigger, find } of detectors) {
      if (!trigger.test(clean)) continue
      const edits = find(clean)
      if (edits.count === 0) continue
      count(name, edits.count)
      clean = edits.result()
    }
    return clean
  }
  /** Texts that look suspicious and are not, such as routes: they come with every line. */
  const harmless = new Set<string>()
  const hideSuspicious = (text: string): string => {
    if (harmless.has(text)) return text
    const clean = hideFound(text)
    if (clean === text && text.length <= MAX_LENGTH && harmless.size < MAX_HARMLESS) {
      // A part of a text would keep all of it.
      const copy = Buffer.from(text).toString()
      if (copy === text) harmless.add(copy)
    }
    return clean
  }

  return {
    hides: names.hides,
    text(text) {
      let clean = isSuspicious(text) ? hideSuspicious(text) : text
      for (const detector of resolved.detectors) clean = hideMatches(clean, detector, count)
      return clean
    },
    isSuspicious:
      resolved.detectors.length === 0
        ? isSuspicious
        : (text) => isSuspicious(text) || resolved.detectors.some(({ pattern }) => matches(pattern, text)),
    counts,
    hidden: () => count(BY_NAME, 1),
  }
}

function hideMatches(
  text: string,
  { name, pattern, replacement }: ResolvedDetector,
  count: (name: string, times: number) => void,
): string {
  if (!matches(pattern, text)) return text
  pattern.lastIndex = 0
  count(name, text.match(pattern)?.length ?? 0)
  return text.replace(pattern, replacement)
}

function matches(pattern: RegExp, text: string): boolean {
  pattern.lastIndex = 0
  return pattern.test(text)
}
