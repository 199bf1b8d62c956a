import type { Redactor } from '../redact/redactor.ts'
import { quote } from './quote.ts'

/** What is known of a property's name once it was seen. */
export interface KnownName {
  /** Itself, without secrets: a name may be anybody's text. */
  readonly clean: string
  /** As it stands in a line, with its colon: `"user":`. */
  readonly text: string
  /** Whether its value is a secret. */
  readonly isSecret: boolean
}

/** Names come from anybody's objects, such as a client's headers, so both their number and their length are bounded. */
const MAX_NAMES = 2_000
const MAX_LENGTH = 100

/**
 * Remembers names, because the same few come again with every line.
 *
 * @param redactor Knows which names are those of secrets.
 * @returns Looks a name up.
 */
export function createNames(redactor: Redactor): (name: string) => KnownName {
  const known = new Map<string, KnownName>()
  return (name) => {
    const found = known.get(name)
    if (found !== undefined) return found
    const clean = redactor.text(name)
    const entry: KnownName = { clean, text: `${quote(clean)}:`, isSecret: redactor.hides(name) }
    if (known.size < MAX_NAMES && name.length <= MAX_LENGTH) known.set(name, entry)
    return entry
  }
}

/**
 * The text of a name that several of one object may be left with, such as `[redacted card]`.
 *
 * @param nth How many of its object had secrets before.
 */
export function textOfNth({ clean }: KnownName, nth: number): string {
  return `${quote(nth === 0 ? clean : `${clean} ${nth + 1}`)}:`
}
