import { positiveInteger } from '@breakwater/core'
import { LRUCache } from 'lru-cache'
import { type MemoryStoreOptions, type ResolvedMemoryStoreOptions, resolveMemoryStoreOptions } from './options.ts'
import type { MemoryStore } from './store.ts'

/**
 * Creates a memory store that lets go what was used longest ago.
 *
 * Give each cache its own: keys of two caches would meet in it. It takes sizes as it is told them and measures nothing.
 *
 * @param options How much fits in.
 * @returns An empty store.
 * @throws {TypeError | RangeError} If an option is wrong.
 *
 * @example
 * ```ts
 * const memory = createMemoryStore({ maxEntries: 10_000, maxBytes: 32 * 1_024 * 1_024 })
 * ```
 */
export function createMemoryStore(options: MemoryStoreOptions = {}): MemoryStore {
  return new LruMemoryStore(resolveMemoryStoreOptions(options))
}

class LruMemoryStore implements MemoryStore {
  // `object`: what is stored may be anything but undefined, and lru-cache's type has no name for that.
  readonly #lru: LRUCache<string, object>
  readonly #maxBytes: number
  /** Made for each read, it would be garbage: lru-cache is too large to be compiled into its caller. */
  readonly #getOptions: { status?: LRUCache.Status<string, object> | undefined } = { status: undefined }
  #evictions = 0

  constructor({ maxEntries, maxBytes }: ResolvedMemoryStoreOptions) {
    this.#lru = new LRUCache({ max: maxEntries, maxSize: maxBytes })
    this.#maxBytes = maxBytes
  }

  get size(): number {
    return this.#lru.size
  }

  get bytes(): number {
    return this.#lru.calculatedSize
  }

  get evictions(): number {
    return this.#evictions
  }

  get(key: string): unknown {
    // What it wrote in while somebody listened to its metrics.
    this.#getOptions.status = undefined
    return this.#lru.get(key, this.#getOptions as LRUCache.GetOptions<string, object, unknown>)
  }

  peek(key: string): unknown {
    return this.#lru.peek(key)
  }

  set(key: string, value: unknown, bytes: number): boolean {
    if (value === undefined) throw new TypeError('Expected `value` to be anything but undefined')
    if (positiveInteger('bytes', bytes) > this.#maxBytes) {
      this.delete(key)
      return false
    }
    const old: unknown = this.#lru.peek(key)
    // Given the very value it has, lru-cache keeps the size it had.
    if (old === value) this.delete(key)
    const room = this.#lru.size + (old === undefined || old === value ? 1 : 0)
    // No options object is shared, and each has a status: lru-cache writes it in, which takes long if it is not there yet.
    const options = { size: bytes, status: undefined }
    this.#lru.set(key, value as object, options as unknown as LRUCache.SetOptions<string, object, unknown>)
    this.#evictions += room - this.#lru.size
    return true
  }

  delete(key: string): boolean {
    // Deleting its only entry, lru-cache clears all of its arrays: 10 ms with room for a million entries.
    if (this.#lru.size === 1 && this.#lru.peek(key) !== undefined) return this.#lru.pop() !== undefined
    return this.#lru.delete(key)
  }

  clear(): void {
    if (this.#lru.size > 0) this.#lru.clear()
  }

  /** A copy: lru-cache's own never ends if what it gives is used meanwhile. */
  keys(): IterableIterator<string> {
    return [...this.#lru.keys()].values()
  }
}
