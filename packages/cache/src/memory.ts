/**
 * The first layer: a store in this process's memory, bounded by entries and by bytes.
 *
 * @module
 */
export { createMemoryStore } from './lib/memory/memory-store.ts'
export type { MemoryStoreOptions } from './lib/memory/options.ts'
export type { MemoryStore } from './lib/memory/store.ts'
