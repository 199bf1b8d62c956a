/**
 * The first layer: values of this process, by key, bounded by their number and their size. Everything is synchronous and
 * nothing expires by itself: the cache decides what is fresh, the store decides what has to go.
 */
export interface MemoryStore {
  /** Entries that are there now. */
  readonly size: number
  /** Bytes of all of them, as they were announced. */
  readonly bytes: number
  /** Entries that had to go to make room, since the start. */
  readonly evictions: number
  /** What is there, which counts as a use. */
  get(key: string): unknown
  /** What is there, without counting as a use. */
  peek(key: string): unknown
  /**
   * Puts something in, in place of what was there. Overwriting a key evicts no other one unless its size grew.
   *
   * @param key Key.
   * @param value Anything but `undefined`.
   * @param bytes Its size, with the key's: a positive integer.
   * @returns `false` if it alone is over the limit: then it is not in, and what was there is gone.
   */
  set(key: string, value: unknown, bytes: number): boolean
  /** Takes something out. */
  delete(key: string): boolean
  /** Takes everything out. */
  clear(): void
  /** All keys, the one used last first. */
  keys(): IterableIterator<string>
}
