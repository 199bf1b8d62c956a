import { nonEmptyString, positiveInteger } from '@breakwater/core'
import type { RedisClient } from './redis-client.ts'

/** Options of {@link createRedisTier}. All processes that share a cache must give the same ones. */
export interface RedisTierOptions {
  /**
   * Stands before every key, so that a server can be shared with others. No braces, as those decide where a Cluster keeps a key.
   *
   * @defaultValue `'breakwater:'`, our choice
   */
  readonly prefix?: string | undefined
  /**
   * Logs that the changes are spread over, from 1 to 64. On a Cluster they lie on different nodes; each costs a connection, and
   * an invalidation of a tag is told to each of them.
   *
   * @defaultValue `1`, on a Cluster `4`: our choice
   */
  readonly shards?: number | undefined
  /**
   * Changes that each log keeps. A process that was cut off for longer forgets all it knows.
   *
   * @defaultValue `10_000`, our choice: less than 1 MB of short keys, and more than ten seconds at 1,000 changes per second
   */
  readonly maxLog?: number | undefined
  /**
   * Tags that each shard remembers the latest invalidation of. Beyond that the ones invalidated longest ago are forgotten, and
   * with them everything older.
   *
   * @defaultValue `10_000`, our choice: about 1 MB of short tags
   */
  readonly maxTags?: number | undefined
  /**
   * Whether to watch for writers that are no cache of this kind, such as a `SET` or `DEL` from a console: a changed key leaves
   * the first layer of every process. It costs a connection, and a message to each process for each key that anybody writes.
   * Needs Redis 6, and is not possible on a Cluster.
   *
   * @defaultValue `false`
   */
  readonly tracking?: boolean | undefined
}

/** The same, complete. */
export type ResolvedRedisTierOptions = {
  readonly [key in keyof RedisTierOptions]-?: NonNullable<RedisTierOptions[key]>
}

/**
 * Checks and completes what was given.
 *
 * @param client What it is for.
 * @param options What was given.
 * @throws {TypeError} If one is of a wrong kind, or tracking is wanted on a Cluster.
 * @throws {RangeError} If one is out of its range.
 */
export function resolveOptions(
  client: RedisClient,
  {
    prefix = 'breakwater:',
    shards = client.isCluster ? 4 : 1,
    maxLog = 10_000,
    maxTags = 10_000,
    tracking = false,
  }: RedisTierOptions,
): ResolvedRedisTierOptions {
  if (/[{}]/.test(nonEmptyString('prefix', prefix)))
    throw new TypeError(`Expected \`prefix\` to be without braces, got ${JSON.stringify(prefix)}`)
  if (positiveInteger('shards', shards) > 64)
    throw new RangeError(`Expected \`shards\` to be an integer from 1 to 64, got ${shards}`)
  if (typeof tracking !== 'boolean')
    throw new TypeError(`Expected \`tracking\` to be a boolean, got ${typeof tracking}`)
  if (tracking && client.isCluster)
    throw new TypeError(
      'Expected `tracking` to be false on a Cluster, whose nodes each tell of their own keys only, got true',
    )
  return {
    prefix,
    shards,
    maxLog: positiveInteger('maxLog', maxLog),
    maxTags: positiveInteger('maxTags', maxTags),
    tracking,
  }
}
