import { InvalidRequestError } from './validation.ts'

const ENTITY_TAGS = /^\s*(?:W\/)?"[^"]*"(?:\s*,\s*(?:W\/)?"[^"]*")*\s*$/
/** What a strong tag ends with where the answer was compressed. */
const ENCODING = /-(?:br|gzip)$/

/**
 * Gives a task's version as an entity tag.
 *
 * @param version The version.
 */
export function toETag(version: number): string {
  return `"${version}"`
}

/**
 * Reads which versions a client is willing to change.
 *
 * @param header Value of `If-Match`.
 * @returns The versions, possibly none that any task can have, or `undefined` if every one is fine.
 * @throws {InvalidRequestError} If it is nothing of the kind.
 * @see RFC 9110, section 13.1.1: weak tags never match.
 */
export function fromIfMatch(header: string | undefined): readonly number[] | undefined {
  if (header === undefined || header.trim() === '*') return undefined
  if (!ENTITY_TAGS.test(header)) {
    throw new InvalidRequestError([{ header: 'If-Match', detail: 'must be like "3", as the ETag of a task is, or *' }])
  }
  return [...header.matchAll(/(W\/)?"([^"]*)"/g)]
    .map(([, weak, tag = '']) => (weak === undefined ? tag.replace(ENCODING, '') : ''))
    .filter((tag) => /^[1-9]\d{0,8}$/.test(tag))
    .map(Number)
}

/**
 * Makes the tag of an answer that was compressed: a strong one is of its very bytes, a weak one holds for all of them.
 *
 * @param tag The tag of the answer before.
 * @param encoding How it is encoded.
 */
export function toEncodedTag(tag: string, encoding: string): string {
  return tag.startsWith('W/') ? tag : `${tag.slice(0, -1)}-${encoding}"`
}

/**
 * Finds out whether a client has an answer already.
 *
 * @param header Value of `If-None-Match`. What is nothing of the kind matches nothing.
 * @param tag The answer's tag, before it is compressed.
 * @returns The tag under which the client has it, or `undefined`.
 * @see RFC 9110, section 13.1.2: weak and strong tags are compared alike.
 */
export function findMatch(header: string | undefined, tag: string): string | undefined {
  if (header === undefined) return undefined
  if (header.trim() === '*') return tag
  if (!ENTITY_TAGS.test(header)) return undefined
  const opaque = toOpaque(tag)
  const isStrong = !tag.startsWith('W/')
  for (const [match, , given = ''] of header.matchAll(/(W\/)?"([^"]*)"/g)) {
    if (given === opaque) return tag
    // In any encoding it is the same version.
    if (isStrong && given.replace(ENCODING, '') === opaque) return match.replace('W/', '')
  }
  return undefined
}

function toOpaque(tag: string): string {
  return tag.slice(tag.indexOf('"') + 1, -1)
}
