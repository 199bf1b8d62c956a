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

/** A part of a space. Its tag begins with a NUL, which those of users must not. */
export function toSpace(parent: Space, name: string): Space {
  const prefix = `${parent.prefix}${name}:`
  return { prefix, tags: [...parent.tags, `\0${prefix}`] }
}
