import { type Cache as AsyncCacheDedupe, createCache as createAsyncCacheDedupe } from 'async-cache-dedupe'
import { BentoCache, bentostore } from 'bentocache'
import { memoryDriver } from 'bentocache/drivers/memory'
import { type Cache as CacheManager, createCache as createCacheManager } from 'cache-manager'
import { Cacheable, createKeyv } from 'cacheable'
import { type InMemoryCacheConfiguration, Loader } from 'layered-loader'
import { LRUCache } from 'lru-cache'
import { LONG_MS, type Task } from './tasks.ts'

/** Of every cache here: the default of ours. */
export const MAX_ENTRIES = 1_000

/** Loads what is asked for. */
export type Load = (key: string) => Promise<Task>

/** What is used here of bentocache. */
export type Bento = BentoCache<{ tasks: ReturnType<typeof bentostore> }>

/**
 * bentocache with its memory layer.
 *
 * @param isSerialized Whether it keeps JSON, as it does unless told otherwise, or the objects themselves.
 */
export function createBento(isSerialized: boolean): Bento {
  const l1 = memoryDriver({ maxItems: MAX_ENTRIES, serialize: isSerialized })
  return new BentoCache({ default: 'tasks', ttl: LONG_MS, stores: { tasks: bentostore().useL1Layer(l1) } })
}

/** cacheable with its memory layer. */
export function createCacheable(): Cacheable {
  return new Cacheable({ primary: createKeyv({ ttl: LONG_MS, lruSize: MAX_ENTRIES }), ttl: LONG_MS })
}

/** cache-manager, with the store that its documentation shows. */
export function createManager(): CacheManager {
  return createCacheManager({ stores: [createKeyv({ ttl: LONG_MS, lruSize: MAX_ENTRIES })], ttl: LONG_MS })
}

/** layered-loader with its memory layer, which keeps the loader. */
export function createLayered(load: Load): Loader<Task> {
  const inMemoryCache: InMemoryCacheConfiguration = { ttlInMsecs: LONG_MS, maxItems: MAX_ENTRIES }
  // It would log each error.
  return new Loader<Task>({ inMemoryCache, dataSourceGetOneFn: load, loadErrorHandler: () => {} })
}

/** A cache of async-cache-dedupe, which has a method for its one loader. */
export type Dedupe = AsyncCacheDedupe & { task(key: string): Promise<Task> }

/** async-cache-dedupe with its memory storage. Its times are in seconds. */
export function createDedupe(load: Load, references?: readonly string[]): Dedupe {
  const isTagged = references !== undefined
  const storage = { type: 'memory' as const, options: { size: MAX_ENTRIES, invalidation: isTagged } }
  const options = isTagged ? { references: () => [...references] } : {}
  return createAsyncCacheDedupe({ ttl: LONG_MS / 1_000, storage }).define('task', options, load) as Dedupe
}

/** lru-cache with a ttl; for `fetch`, with a loader. */
export function createLru(load?: Load): LRUCache<string, Task> {
  return new LRUCache<string, Task>({ max: MAX_ENTRIES, ttl: LONG_MS, ...(load && { fetchMethod: load }) })
}

/**
 * The least that keeps callers from loading a key twice at once: a map of promises. It keeps no value.
 *
 * @param load Loads what is asked for.
 */
export function createSingleFlight(load: Load): Load {
  const flights = new Map<string, Promise<Task>>()
  return (key) => {
    const other = flights.get(key)
    if (other !== undefined) return other
    const flight = load(key).then(
      (task) => {
        flights.delete(key)
        return task
      },
      (error) => {
        flights.delete(key)
        throw error
      },
    )
    flights.set(key, flight)
    return flight
  }
}

/**
 * What people write themselves: the same, before lru-cache.
 *
 * @param load Loads what is asked for.
 */
export function createHandmade(load: Load): Load {
  const lru = createLru()
  const fly = createSingleFlight(async (key) => {
    const task = await load(key)
    lru.set(key, task)
    return task
  })
  return async (key) => lru.get(key) ?? fly(key)
}
