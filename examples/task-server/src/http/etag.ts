import { InvalidRequestError } from './validation.ts'

const ENTITY_TAGS = /^\s*(?:W\/)?"[^"]*"(?:\s*,\s*(?:W\/)?"[^"]*")*\s*$/

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
    .filter(([, weak, tag = '']) => weak === undefined && /^[1-9]\d{0,8}$/.test(tag))
    .map(([, , tag]) => Number(tag))
}
