import type { SharedTier, TierConnection, TierListener, TierOptions } from '../shared/tier.ts'
import { type Confirmation, createConfirmation } from './confirmation.ts'
import { createFollower, type Follower } from './follower.ts'
import { guardAsking } from './guard-asking.ts'
import { createHeartbeat } from './heartbeat.ts'
import { createKeyLayout } from './keys.ts'
import { type RedisTierOptions, type ResolvedRedisTierOptions, resolveOptions } from './options.ts'
import type { RedisClient } from './redis-client.ts'
import { createServerClock, type ServerClock } from './server-clock.ts'
import { createTierCommands } from './tier-commands.ts'
import { startTracking } from './tracking.ts'

/**
 * Creates a shared tier on Redis 5 or newer: values, leases, and a log of all changes that every process follows.
 *
 * Commands go through the given client, with its retries and limits; for each shard a connection is opened besides, and one more
 * for `tracking`. The client stays the caller's: closing the cache does not close it. One with `enableAutoPipelining` is not used
 * itself but duplicated without, as ioredis cannot send scripts in that way.
 *
 * The log and the tags must not be evicted: give the server a `maxmemory-policy` of `noeviction`, or a `volatile-` one. If it loses
 * them all the same, everything stored before counts as void.
 *
 * @param client An ioredis client: standalone, through Sentinel, or a Cluster.
 * @param options Where and how much to keep.
 * @throws {TypeError} If an option is of a wrong kind, or `tracking` is wanted on a Cluster.
 * @throws {RangeError} If an option is out of its range.
 *
 * @example
 * ```ts
 * const redis = new Redis(process.env.REDIS_URL)
 * const cache = createCache({ name: 'tasks', shared: createRedisTier(redis) })
 * ```
 */
export function createRedisTier(client: RedisClient, options: RedisTierOptions = {}): SharedTier {
  const resolved = resolveOptions(client, options)
  guardAsking(client)
  return { connect: (tierOptions, listener) => connect(client, resolved, tierOptions, listener) }
}

function connect(
  given: RedisClient,
  { prefix, shards, maxLog, maxTags, tracking }: ResolvedRedisTierOptions,
  { name, maxStalenessMs, random = Math.random, clock }: TierOptions,
  listener: TierListener,
): TierConnection {
  const client = toDirect(given)
  const layout = createKeyLayout(prefix, name, shards)
  // The nodes of a Cluster have a clock each. Ages go by that of the first shard, in all processes.
  const clocks = Array.from({ length: shards }, () => createServerClock(clock))
  const clockOf = (shard: number): ServerClock => clocks[shard] as ServerClock
  const confirmed = createConfirmation(tracking, shards, listener)
  const beat = createHeartbeat({ client, keyOf: layout.log, clock })
  let isClosed = false
  const onConfirmed: TierListener['onConfirmed'] = (shard, atMs) => {
    confirmed.byLog(shard, atMs)
    if (!isClosed) beat(shard)
  }

  const followers: readonly Follower[] = Array.from({ length: shards }, (_, shard) =>
    createFollower({
      client,
      layout,
      name,
      shard,
      maxLog,
      maxStalenessMs,
      random,
      clock,
      listener: { ...told(listener, confirmed), onConfirmed },
      onTime: clockOf(shard).hear,
    }),
  )
  const watching =
    tracking &&
    startTracking({
      client,
      name,
      prefixes: followers.map((_, shard) => layout.entries(shard)),
      maxStalenessMs,
      random,
      clock,
      onChange: (key) => listener.onForeignChange(key),
      onAll: () => {
        confirmed.restart()
        for (const follower of followers) follower.restart()
      },
      onConfirmed: confirmed.byTracking,
      onFailure: (error) => listener.onFailure(error),
    })
  // A lazy client that is never sent anything would never be ready.
  if (client.status === 'wait') client.call('ping', []).catch(() => {})

  return {
    ...createTierCommands({
      client,
      layout,
      maxLog,
      maxTags,
      clockOf,
      random,
      incarnationOf: (shard) => followers[shard]?.incarnation,
      birthOf: (shard) => followers[shard]?.birth,
    }),
    shards,
    shardOf: layout.shardOf,
    get isReady() {
      return !isClosed && client.status === 'ready'
    },
    now: clockOf(0).now,
    async close() {
      isClosed = true
      await Promise.all([...followers, ...(watching ? [watching] : [])].map((part) => part.close()))
      if (client !== given) client.disconnect()
    },
  }
}

/**
 * A client that sends every command by itself. With `enableAutoPipelining`, ioredis 6 takes the arguments of `call` for a command's
 * name and throws where nobody can catch it, and it looks for the slot of a script in its hash.
 */
function toDirect(client: RedisClient): RedisClient {
  if (client.options.enableAutoPipelining !== true) return client
  const overrides = { enableAutoPipelining: false }
  const direct = client.isCluster ? client.duplicate([], overrides) : client.duplicate(overrides)
  direct.on('error', () => {}) // as of the client's own failures, its commands tell
  guardAsking(direct)
  return direct
}

function told(
  listener: TierListener,
  confirmed: Confirmation,
): Pick<TierListener, 'onHistory' | 'onMutations' | 'onFailure'> {
  return {
    onHistory(shard, history) {
      confirmed.onHistory(shard)
      listener.onHistory(shard, history)
    },
    onMutations: (shard, mutations, position) => listener.onMutations(shard, mutations, position),
    onFailure: (error) => listener.onFailure(error),
  }
}
