import { callable } from '@breakwater/core'
import type { Token } from './token.ts'
import { type AsyncMethod, wrapMethod } from './wrap-method.ts'

/** The part of a cache that {@link Cached} calls. Declared here, so that no cache is needed; a type test keeps it true. */
export interface CachePort {
  /**
   * Reads a value, and loads it if it is not there.
   *
   * @param key Key.
   * @param loader Reads the value from its source.
   * @param options What differs from the cache's options.
   */
  // biome-ignore lint/suspicious/noExplicitAny: what a loader is given and returns is the cache's affair
  getOrSet(key: string, loader: (context: any) => any, options?: object): Promise<unknown>
}

/** The keys of a cache. */
export type CacheKey<cache extends CachePort> = Parameters<cache['getOrSet']>[0]

/** The values of a cache. */
export type CacheValue<cache extends CachePort> = Awaited<ReturnType<cache['getOrSet']>>

/** What may be said of each call to a cache. */
export type CacheCallOptions<cache extends CachePort> = NonNullable<Parameters<cache['getOrSet']>[2]>

/** Decorates a method that has the parameters a key is made of, and returns a promise of what the cache holds. */
export type CachedDecorator<args extends readonly unknown[], value> = <method extends AsyncMethod>(
  host: object,
  name: string | symbol,
  descriptor: TypedPropertyDescriptor<method> &
    (((...args: args) => string) extends (...args: Parameters<method>) => string
      ? Awaited<ReturnType<method>> extends value
        ? unknown
        : never
      : never),
) => void

/**
 * Answers a method of a provider or controller from a cache that is injected, and calls the method if the cache has no value.
 *
 * @param token The cache's token, as in `provides` of the module.
 * @param toKey Makes the key of the method's arguments. Name all of them that the result depends on, and who asks if it
 * depends on that.
 * @param options What differs from the cache's options, such as `ttlMs`.
 *
 * @example
 * ```ts
 * class Tasks {
 *   @Cached(TASKS, (id: string) => `task:${id}`, { ttlMs: 60_000 })
 *   async find(id: string): Promise<Task> { … }
 * }
 * ```
 */
export function Cached<cache extends CachePort, args extends readonly unknown[]>(
  token: Token<cache>,
  toKey: (...args: args) => CacheKey<cache>,
  options?: CacheCallOptions<cache>,
): CachedDecorator<args, CacheValue<cache>> {
  callable('toKey', toKey)
  return wrapMethod<CachePort>('cache', token, (cache, call, args) =>
    cache.getOrSet(toKey(...(args as unknown as args)), call, options),
  ) as CachedDecorator<args, CacheValue<cache>>
}
