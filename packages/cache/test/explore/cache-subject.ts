import type { World } from '../../src/lib/testing/simulated-network.ts'
import type { SimulatedNode } from '../../src/lib/testing/simulated-node.ts'
import type { SimulatedRedisOptions } from '../../src/lib/testing/simulated-redis.ts'
import type { CachePlan } from './plan.ts'

/** What a loader of a cache under test may use. */
export interface SubjectLoad {
  /** Aborts when the cache gives up on it. */
  readonly signal?: AbortSignal | undefined
  /** Adds tags to those of the call; if a cache cannot, its loaders' tags are in the call. */
  tag?(...tags: string[]): void
}

/** A cache under test, in one process of a simulated world. Values are text. */
export interface CacheNode {
  /** Reads a value, and loads it if it is not there. */
  getOrSet(key: string, loader: (load: SubjectLoad) => Promise<string>, tags: readonly string[]): Promise<unknown>
  /** Reads a value. */
  get(key: string): Promise<unknown>
  /** Reads a value of the first layer. */
  peek(key: string): unknown
  /** Stores a value. */
  set(key: string, value: string, tags: readonly string[]): Promise<unknown>
  /** Deletes a value. */
  delete(key: string): Promise<unknown>
  /** Deletes several values. */
  deleteMany(keys: readonly string[]): Promise<unknown>
  /** Reads several values. */
  getMany(keys: readonly string[]): Promise<ReadonlyMap<string, unknown>>
  /** Reads several values, and loads those that are not there with one call. */
  getOrSetMany(
    keys: readonly string[],
    loader: (keys: readonly string[], load: SubjectLoad) => Promise<ReadonlyMap<string, string>>,
    tags: readonly string[],
  ): Promise<ReadonlyMap<string, unknown>>
  /** Makes all values void that carry one of these tags. */
  invalidateTags(tags: readonly string[]): Promise<unknown>
  /** Deletes values, and makes those void that carry one of these tags, in one step if it can. */
  invalidate(keys: readonly string[], tags: readonly string[]): Promise<unknown>
  /** Makes all values void. */
  clear(): Promise<unknown>
  /** Stops it. What it was made with is closed by the process that it is in. */
  close(): Promise<void>
  /** Gives back what the process made for it, such as its client. */
  dispose(): void
  /** What it still holds when nothing is left to do, for people. `undefined` if that cannot be seen. */
  leftovers(): readonly string[] | undefined
}

/** Where a cache under test is made. */
export interface SubjectSetting {
  /** The world. */
  readonly world: World
  /** Its process. */
  readonly node: SimulatedNode
  /** How it is set up. */
  readonly plan: CachePlan
  /** Its random numbers. */
  readonly random: () => number
}

/** A kind of cache that is put to the test. */
export interface CacheSubject {
  /** For messages. */
  readonly name: string
  /** What its servers are like. */
  readonly redis?: SimulatedRedisOptions | undefined
  /** Makes one in a process. */
  create(setting: SubjectSetting): CacheNode
}
