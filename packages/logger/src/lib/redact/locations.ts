import { Edits, type TextDetector } from './edits.ts'
import { ENCODED_AT, LOCATED } from './trigger.ts'

/** `://`, and how PHP writes it in JSON. */
const BEGINNING = /:\\{0,15}\/\\{0,15}\//g
/** The part of a URL that names the host. */
const AUTHORITY = /[^\s"'<>`\\/?#,;(){}[\]|]*/y
/** All of a URL that has no space in it. */
const WHOLE = /[^\s"<>`\\]*/y
/** A URL within the query of another, up to its at. */
const ENCODED = /(%3A%2F%2F)(?:[\w.~!*'()+-]|%(?!40|2F|3F|23|26|0|20|22)[0-9A-F]{2}){1,500}(?=%40)/gi
/** Those whose users are no secrets, and those that have none. */
const HARMLESS = /(?:ssh|sftp|git)$/i
const LOCAL = /(?:file|docker|oci)$/i

/** Names and passwords in URLs: `scheme://user:password@host`. */
export const locations: TextDetector = { name: 'url', trigger: LOCATED, find }

/** The same in URLs within URLs: `?next=https%3A%2F%2Fuser%3Apassword%40host`. */
export const encodedLocations: TextDetector = { name: 'url', trigger: ENCODED_AT, find: findEncoded }

function find(text: string): Edits {
  const edits = new Edits(text)
  BEGINNING.lastIndex = 0
  for (let beginning = BEGINNING.exec(text); beginning !== null; beginning = BEGINNING.exec(text)) {
    const start = BEGINNING.lastIndex
    const scheme = text.slice(Math.max(0, beginning.index - 8), beginning.index)
    const at = LOCAL.test(scheme) ? -1 : endOfUser(text, start)
    if (at <= start) continue
    if (HARMLESS.test(scheme) && !text.slice(start, at).includes(':')) continue
    edits.replace(start, at, '[redacted]')
    BEGINNING.lastIndex = at
  }
  return edits
}

/** @returns Index of the at behind user and password, `-1` if there is none. */
function endOfUser(text: string, start: number): number {
  const authority = matchAt(AUTHORITY, text, start)
  const at = authority.lastIndexOf('@')
  if (at !== -1) return start + at
  // What follows the colon is no port, so it may be a password with a slash or the like, which should have been escaped.
  const port = authority.slice(authority.indexOf(':') + 1)
  if (!authority.includes(':') || /^\d{1,5}$/.test(port)) return -1
  const next = text.indexOf('://', start)
  const last = matchAt(WHOLE, next === -1 ? text.slice(start) : text.slice(start, next), 0).lastIndexOf('@')
  return last === -1 ? -1 : start + last
}

function findEncoded(text: string): Edits {
  const edits = new Edits(text)
  ENCODED.lastIndex = 0
  for (let match = ENCODED.exec(text); match !== null; match = ENCODED.exec(text))
    edits.replace(match.index + (match[1]?.length ?? 0), ENCODED.lastIndex, '[redacted]')
  return edits
}

function matchAt(pattern: RegExp, text: string, index: number): string {
  pattern.lastIndex = index
  return pattern.exec(text)?.[0] ?? ''
}
