import {
  type Measured,
  type Measurement,
  nonEmptyString,
  type Observable,
  positiveMilliseconds,
} from '@breakwater/core'
import { keyLike } from './check.ts'
import { Engine } from './engine.ts'
import type { Entry } from './entry.ts'
import type { CacheEvent } from './events.ts'
import type { HitWindow } from './hit-windows.ts'
import { type Inspection, inspect } from './inspect.ts'
import { type BulkLoader, BulkLoads } from './load/bulk-loads.ts'
import type { Loader } from './load/load-context.ts'
import { Loads } from './load/loads.ts'
import { toTags } from './load/times.ts'
import { measureCache } from './measurements.ts'
import { type CacheOptions, type EntryOptions, type LoadOptions, resolveCacheOptions, resolveTimes } from './options.ts'
import { Reads } from './reads.ts'
import { ROOT, type Space, toSpace } from './space.ts'
import { type WarmUpOptions, type WarmUpReport, warmUp } from './warm-up.ts'
import { type WrapOptions, wrap } from './wrap.ts'
import { type Applied, type Invalidated, Writes } from './writes.ts'

/** The keys of a schema. */
export type KeyOf<schema extends object> = keyof schema & string

/**
 * Reading and changing what is cached, under the keys of a schema: an object type whose keys are the cache's, such as
 * ``{ [key: `user:${string}`]: User }``. Values are shared by all who read them: treat them as immutable.
 */
export interface CacheNamespace<schema extends object = Record<string, unknown>> {
  /**
   * Reads a value, and loads it if it is not there. However many ask, and in how many processes, one loads.
   *
   * @param key Key: a string of 1 to 1,024 bytes.
   * @param loader Reads the value from its source. Its errors reach the caller unchanged.
   * @param options What differs from the cache's options.
   * @returns The value. Rejects with what the loader threw, unless a stale value is in grace.
   */
  getOrSet<key extends KeyOf<schema>, value extends schema[key]>(
    key: key,
    loader: Loader<value, schema[key]>,
    options?: LoadOptions,
  ): Promise<value>
  /**
   * Reads a value.
   *
   * @returns The value if one is fresh in any layer, else `undefined`. Rejects only for a wrong key or a closed cache.
   */
  get<key extends KeyOf<schema>>(key: key): Promise<schema[key] | undefined>
  /** Reads a value of the first layer, at once. */
  peek<key extends KeyOf<schema>>(key: key): schema[key] | undefined
  /** Whether {@link get} would find a value. */
  has(key: KeyOf<schema>): Promise<boolean>
  /**
   * Reads several values, with one command for those that the first layer does not have.
   *
   * @returns Those that are there, in the order of the keys.
   */
  getMany<key extends KeyOf<schema>>(keys: readonly key[]): Promise<Map<key, schema[key]>>
  /**
   * Reads several values, and loads those that are not there with one call.
   *
   * @param loader Reads the values of the keys it is given. What it leaves out is not there.
   * @returns The values, in the order of the keys. Rejects with what the loader threw.
   */
  getOrSetMany<key extends KeyOf<schema>, value extends schema[key]>(
    keys: readonly key[],
    loader: BulkLoader<value, key>,
    options?: LoadOptions,
  ): Promise<Map<key, value>>
  /**
   * Stores a value for all processes. Loads that are under way do not overwrite it.
   *
   * If others change the same key at the same moment, or invalidate its tags, it may be dropped: the cache never keeps a value
   * that could be the older one.
   *
   * @returns Whether the shared tier has it; if not, the key is deleted there when it is back.
   */
  set<key extends KeyOf<schema>>(key: key, value: schema[key], options?: EntryOptions): Promise<Applied>
  /** Deletes a value in all processes. What a load that is under way returns is not kept. */
  delete(key: KeyOf<schema>): Promise<Applied>
  /** Deletes several values. */
  deleteMany(keys: readonly KeyOf<schema>[]): Promise<Applied>
  /** Makes all values void that carry one of these tags, in all namespaces and processes. */
  invalidateTags(tags: readonly string[]): Promise<Applied>
  /**
   * Deletes values and makes void what carries some tags, in one step: nobody sees one without the other, and with a shared tier it
   * is one round trip. With several shards that holds in each of them.
   *
   * @param what Keys in here, and tags of the whole cache.
   */
  invalidate(what: Invalidated<KeyOf<schema>>): Promise<Applied>
  /** Makes all values in here void, in all processes. */
  clear(): Promise<Applied>
  /**
   * A part of it with keys of its own, and values of its own types.
   *
   * Its key `x` is the cache's key `name:x`, but only what was stored through it goes when it is cleared.
   *
   * @param name Stands before its keys, with a colon.
   * @throws {TypeError} If there is a colon in it.
   */
  namespace<part extends object = Record<string, unknown>>(name: string): CacheNamespace<part>
  /**
   * Loads keys before they are asked for.
   *
   * @param keys Which ones; an iterable may be asynchronous, and is read as it is needed.
   * @param loader Loads one.
   * @returns How far it came. A loader that fails does not end it, an abort does: go on with `from: report.position`.
   */
  warmUp<key extends KeyOf<schema>>(
    keys: Iterable<key> | AsyncIterable<key>,
    loader: Loader<schema[key]>,
    options?: WarmUpOptions,
  ): Promise<WarmUpReport>
  /**
   * Makes a function whose results are cached.
   *
   * @param fn Loads a value.
   * @param options Which key belongs to which arguments.
   */
  wrap<args extends readonly unknown[], value>(
    fn: (...args: args) => value | PromiseLike<value>,
    options: WrapOptions<args>,
  ): (...args: args) => Promise<value>
  /** Explains where a key lives, how old it is, and what the next read comes to. For people: it costs a round trip. */
  inspect(key: KeyOf<schema>): Promise<Inspection>
}

/** A cache: {@link createCache}. */
export interface Cache<schema extends object = Record<string, unknown>>
  extends CacheNamespace<schema>,
    Measured,
    Observable<CacheEvent> {
  /** `cache`. */
  readonly kind: string
  /**
   * The hit rate of the latest time.
   *
   * @param windowMs Milliseconds to look back: up to 15 minutes, in steps of about ten seconds.
   */
  hitWindow(windowMs: number): HitWindow
  /**
   * Stops it: applies what is queued, if that can be done within the time limit, and gives back its connections. The client that
   * the shared tier was made with stays open.
   */
  close(): Promise<void>
  /** The same as {@link close}, for `await using`. */
  [Symbol.asyncDispose](): Promise<void>
}

/**
 * Creates a cache.
 *
 * @param options Its name, its layers, and how long values are of use.
 * @throws {TypeError | RangeError} If an option is wrong.
 *
 * @example
 * ```ts
 * const cache = createCache({ name: 'users', ttlMs: 60_000 })
 * const user = await cache.getOrSet(`user:${id}`, () => users.find(id), { tags: ['users'] })
 * await cache.invalidateTags(['users'])
 * ```
 */
export function createCache<schema extends object = Record<string, unknown>>(options: CacheOptions): Cache<schema> {
  const engine = new Engine(resolveCacheOptions(options))
  const loads = new Loads(engine)
  const parts: Parts = {
    engine,
    loads,
    bulkLoads: new BulkLoads(engine, loads),
    reads: new Reads(engine),
    writes: new Writes(engine, loads),
  }
  return new RootCache(parts) as unknown as Cache<schema>
}

/** What a cache and its namespaces share. */
interface Parts {
  readonly engine: Engine
  readonly loads: Loads
  readonly bulkLoads: BulkLoads
  readonly reads: Reads
  readonly writes: Writes
}

class Namespace implements CacheNamespace {
  protected readonly parts: Parts
  protected readonly engine: Engine
  readonly #space: Space
  readonly #prefix: string

  constructor(parts: Parts, space: Space) {
    this.parts = parts
    this.engine = parts.engine
    this.#space = space
    this.#prefix = space.prefix
  }

  // The hit of the first layer is short, and everything else is elsewhere: it is what a process does most.
  getOrSet<value>(key: string, loader: Loader<value, unknown>, options?: LoadOptions): Promise<value> {
    const { engine } = this
    const prefix = this.#prefix
    const fullKey = prefix === '' || typeof key !== 'string' ? key : prefix + key
    const entry = engine.memory.get(fullKey) as Entry | undefined
    if (entry === undefined) {
      const joined = options === undefined ? this.parts.loads.joinEarly(fullKey, loader) : undefined
      if (joined !== undefined) return joined as Promise<value>
    } else if (entry.tick === engine.tick) {
      const nowMs = engine.clock.coarse()
      if (nowMs < entry.easyUntilMs && nowMs < engine.quietUntilMs) {
        engine.counts.memoryHits++
        return (entry.promise ?? entry.toPromise()) as Promise<value>
      }
    }
    return this.parts.loads.getOrSet(this.#space, key, loader, options, entry === undefined) as Promise<value>
  }

  get(key: string): Promise<unknown> {
    const { engine } = this
    const prefix = this.#prefix
    const entry = engine.memory.get(prefix === '' || typeof key !== 'string' ? key : prefix + key) as Entry | undefined
    if (entry !== undefined && entry.tick === engine.tick) {
      const nowMs = engine.clock.coarse()
      if (nowMs < entry.easyUntilMs && nowMs < engine.quietUntilMs) {
        engine.counts.memoryHits++
        return entry.promise ?? entry.toPromise()
      }
    }
    return this.parts.reads.get(this.#space, key)
  }

  peek(key: string): unknown {
    const { engine } = this
    const prefix = this.#prefix
    const entry = engine.memory.get(prefix === '' ? key : prefix + key) as Entry | undefined
    if (entry === undefined) return undefined
    if (entry.tick === engine.tick) {
      const nowMs = engine.clock.coarse()
      if (nowMs < entry.easyUntilMs && nowMs < engine.quietUntilMs) return entry.value
    }
    return this.parts.reads.peek(this.#prefix + key)
  }

  async has(key: string): Promise<boolean> {
    return (await this.get(key)) !== undefined
  }

  getMany<key extends string>(keys: readonly key[]): Promise<Map<key, unknown>> {
    return this.parts.reads.getMany(this.#space, keys) as Promise<Map<key, unknown>>
  }

  getOrSetMany<key extends string, value>(
    keys: readonly key[],
    loader: BulkLoader<value, key>,
    options?: LoadOptions,
  ): Promise<Map<key, value>> {
    const load = loader as unknown as BulkLoader<unknown>
    return this.parts.bulkLoads.getOrSetMany(this.#space, keys, load, options) as Promise<Map<key, value>>
  }

  set(key: string, value: unknown, options?: EntryOptions): Promise<Applied> {
    return this.parts.writes.set(this.#space, key, value, options)
  }

  delete(key: string): Promise<Applied> {
    return this.parts.writes.delete(this.#space, [key])
  }

  deleteMany(keys: readonly string[]): Promise<Applied> {
    return this.parts.writes.delete(this.#space, keys)
  }

  invalidateTags(tags: readonly string[]): Promise<Applied> {
    return this.parts.writes.invalidateTags(tags)
  }

  invalidate(what: Invalidated): Promise<Applied> {
    return this.parts.writes.invalidate(this.#space, what)
  }

  clear(): Promise<Applied> {
    return this.parts.writes.clear(this.#space)
  }

  namespace<part extends object>(name: string): CacheNamespace<part> {
    const space = toSpace(this.#space, keyLike('the name of a namespace', nonEmptyString('name', name)))
    return new Namespace(this.parts, space) as unknown as CacheNamespace<part>
  }

  async warmUp(
    keys: Iterable<string> | AsyncIterable<string>,
    loader: Loader<unknown>,
    options?: WarmUpOptions,
  ): Promise<WarmUpReport> {
    this.engine.assertOpen()
    this.#check(options)
    return warmUp(keys, (...call) => this.getOrSet(...call), loader, options)
  }

  wrap<args extends readonly unknown[], value>(
    fn: (...args: args) => value | PromiseLike<value>,
    options: WrapOptions<args>,
  ): (...args: args) => Promise<value> {
    const { tags } = options
    this.#check({ ...options, tags: typeof tags === 'function' ? undefined : tags })
    return wrap((key, loader, rest) => this.getOrSet(key, loader, rest), fn, options)
  }

  async inspect(key: string): Promise<Inspection> {
    this.engine.assertOpen()
    return inspect(this.engine, this.#prefix + keyLike('the key', key), this.parts.loads.failures)
  }

  /** Options of many calls are checked before the first one. */
  #check(options: LoadOptions | undefined): void {
    resolveTimes(options, this.engine.options.times)
    toTags(this.#space, options?.tags)
  }
}

class RootCache extends Namespace implements Cache {
  readonly name: string

  constructor(parts: Parts) {
    super(parts, ROOT)
    this.name = parts.engine.options.name
  }

  get kind(): string {
    return 'cache'
  }

  subscribe(listener: (event: CacheEvent) => void): () => void {
    return this.engine.events.subscribe(listener)
  }

  measure(): readonly Measurement[] {
    return measureCache(this.engine)
  }

  hitWindow(windowMs: number): HitWindow {
    const { engine } = this
    return engine.windows.since(positiveMilliseconds('windowMs', windowMs), engine.clock.now(), engine.counts)
  }

  close(): Promise<void> {
    return this.engine.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}
