import { NO_TAGS } from './entry.ts'

/** Where a cache or one of its namespaces keeps its keys. */
export interface Space {
  /** Stands before every key. */
  readonly prefix: string
  /** Tags that every value in here carries, so that a namespace can be cleared alone. */
  readonly tags: readonly string[]
}

/** The cache itself. */
export const ROOT: Space = { prefix: '', tags: NO_TAGS }

/**
 * A part of a space. Its tag begins with a NUL, which those of users must not.
 *
 * @throws {TypeError} If the name has a colon in it: `a:b` would be the part `b` of the part `a`.
 */
export function toSpace(parent: Space, name: string): Space {
  if (name.includes(':')) throw new TypeError(`Expected the name of a namespace to be without a colon, got "${name}"`)
  const prefix = `${parent.prefix}${name}:`
  return { prefix, tags: [...parent.tags, `\0${prefix}`] }
}
