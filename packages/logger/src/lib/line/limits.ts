import { positiveInteger } from '@breakwater/core'

/** How much of what it is given a line shows, so that no object can make one that nothing can store. */
export interface LineLimits {
  /**
   * Levels of objects within objects. What is deeper becomes `[object]` or `[array]`.
   *
   * @defaultValue `10`, our choice: errors with causes within requests fit
   */
  readonly maxDepth?: number | undefined
  /**
   * Entries of each object, array, map and set. Of more, a last entry tells how many.
   *
   * @defaultValue `200`, our choice
   */
  readonly maxEntries?: number | undefined
  /**
   * Characters of each string. Of longer ones, the beginning is shown.
   *
   * @defaultValue `16_384`, our choice
   */
  readonly maxTextLength?: number | undefined
  /**
   * Characters of the fields of a line, roughly. Values beyond become `[cut]`.
   *
   * @defaultValue `262_144`, what Loki takes for one line by default (`limits_config.max_line_size`)
   */
  readonly maxLineLength?: number | undefined
}

/** {@link LineLimits} with every default in place. */
export type ResolvedLineLimits = { readonly [key in keyof LineLimits]-?: number }

/** @throws {RangeError} If a number is out of its range. */
export function resolveLineLimits({
  maxDepth = 10,
  maxEntries = 200,
  maxTextLength = 16_384,
  maxLineLength = 262_144,
}: LineLimits = {}): ResolvedLineLimits {
  return {
    maxDepth: positiveInteger('limits.maxDepth', maxDepth),
    maxEntries: positiveInteger('limits.maxEntries', maxEntries),
    maxTextLength: positiveInteger('limits.maxTextLength', maxTextLength),
    maxLineLength: positiveInteger('limits.maxLineLength', maxLineLength),
  }
}
