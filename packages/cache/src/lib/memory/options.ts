import { positiveInteger } from '@breakwater/core'

/** Options of `createMemoryStore`. */
export interface MemoryStoreOptions {
  /**
   * Entries that may be there at once, from 1 to 8_388_608. Room for all of them, about 36 bytes each, is taken at once.
   *
   * @defaultValue `1_000`, our choice: `maxBytes` is the other bound
   */
  readonly maxEntries?: number | undefined
  /**
   * Bytes that all entries may take, as they are announced with each one. One that is larger alone is not taken in.
   *
   * @defaultValue `67_108_864`, 64 MiB: an eighth of what a small container has, our choice
   */
  readonly maxBytes?: number | undefined
}

/** The options as they hold, checked and copied. */
export interface ResolvedMemoryStoreOptions {
  readonly maxEntries: number
  readonly maxBytes: number
}

/**
 * V8 holds at most 2^24 entries in a `Map`, those deleted since it was last tidied up included: at half of that it can
 * always be tidied up in place, above it `set` could throw.
 */
const MOST_ENTRIES = 2 ** 23

/**
 * Checks and copies the options of a memory store.
 *
 * @param options What was given.
 * @throws {TypeError | RangeError} If one of them is wrong, naming it.
 */
export function resolveMemoryStoreOptions({
  maxEntries = 1_000,
  maxBytes = 64 * 1_024 * 1_024,
}: MemoryStoreOptions): ResolvedMemoryStoreOptions {
  if (positiveInteger('maxEntries', maxEntries) > MOST_ENTRIES)
    throw new RangeError(`Expected \`maxEntries\` to be at most ${MOST_ENTRIES}, got ${maxEntries}`)
  return { maxEntries, maxBytes: positiveInteger('maxBytes', maxBytes) }
}
