import type { LeaseRequest, Position, SharedFailure, TierConnection, TierRead, Written } from '../shared/tier.ts'
import { createReader, type Found, runScript, runScriptForBytes } from './commands.ts'
import { createLatestTags, join, toEnvelope, toHeaderRest } from './envelope.ts'
import type { KeyLayout } from './keys.ts'
import { randomIncarnation, randomPart, toPosition } from './position.ts'
import type { RedisArgument, RedisClient } from './redis-client.ts'
import { type RedisScript, SCRIPTS } from './scripts.ts'
import type { ServerClock } from './server-clock.ts'
import { toKeepMs, toRead, toWholeMs } from './tier-read.ts'

/** The methods of a tier that send a command. */
export type TierCommands = Pick<
  TierConnection,
  'read' | 'readMany' | 'lease' | 'renew' | 'release' | 'fill' | 'set' | 'delete' | 'invalidate' | 'clear'
>

/** What {@link createTierCommands} needs. */
export interface TierCommandsOptions {
  /** Where commands are sent. */
  readonly client: RedisClient
  /** Where everything lies. */
  readonly layout: KeyLayout
  /** Changes that each log keeps. */
  readonly maxLog: number
  /** Tags that each shard keeps. */
  readonly maxTags: number
  /** Id of the incarnation of a shard that is followed: values of others are void. */
  incarnationOf(shard: number): string | undefined
  /** Where the log of a shard began, if it is this process that began it. */
  birthOf(shard: number): Position | undefined
  /** Where chance comes from. */
  readonly random: () => number
  /** What is known of the time of a shard's server. */
  clockOf(shard: number): Pick<ServerClock, 'toLatest'>
}

/**
 * Creates the methods of a tier that send a command.
 *
 * @param options Where to send what.
 */
export function createTierCommands(options: TierCommandsOptions): TierCommands {
  const { client, layout, maxLog, maxTags, incarnationOf, birthOf, clockOf, random } = options
  const reader = createReader(client)
  const latest = createLatestTags()

  function both(key: string): readonly [entry: string, lease: string] {
    const shard = layout.shardOf(key)
    return [layout.entry(shard, key), layout.lease(shard, key)]
  }

  function places(shard: number, keys: readonly string[]): readonly string[] {
    return keys.flatMap((key) => [layout.entry(shard, key), layout.lease(shard, key)])
  }

  async function readShard(shard: number, keys: readonly string[], lease?: LeaseRequest): Promise<readonly TierRead[]> {
    const found = await reader.readMany(
      keys.map((key) => layout.entry(shard, key)),
      lease,
    )
    const incarnation = incarnationOf(shard)
    return found.map((data) => toRead(data, incarnation, lease, latest))
  }

  /** Runs one that may have to begin a new incarnation. */
  function mutate(shard: number, script: RedisScript, keys: readonly string[], args: readonly RedisArgument[]) {
    return runScript(
      client,
      script,
      [layout.state(shard), layout.log(shard), layout.tags(shard), ...keys],
      [randomIncarnation(), randomPart(random), maxLog, ...args],
    )
  }

  return {
    read(key, lease) {
      const shard = layout.shardOf(key)
      return reader.read(layout.entry(shard, key), lease, (found) => toRead(found, incarnationOf(shard), lease, latest))
    },

    async readMany(keys, lease) {
      if (layout.shards === 1 && keys.length > 0) return readShard(0, keys, lease)
      const reads = new Array<TierRead>(keys.length)
      await Promise.all(
        byShard(keys, layout).map(async (indexes, shard) => {
          if (indexes.length === 0) return
          const ofShard = indexes.map((index) => keys[index] as string)
          for (const [i, read] of (await readShard(shard, ofShard, lease)).entries()) reads[indexes[i] as number] = read
        }),
      )
      return reads
    },

    async lease(key, lease) {
      const found = await runScriptForBytes(client, SCRIPTS.lease, both(key), [lease.token, toWholeMs(lease.forMs)])
      const read = toRead(found as Found, undefined, lease)
      if (read.kind === 'leased' || read.kind === 'failed') return read.kind === 'leased' ? 'leased' : read
      return 'busy'
    },

    async renew(key, { token, forMs }) {
      return (await runScript(client, SCRIPTS.renew, both(key), [token, toWholeMs(forMs)])) === 1
    },

    async release(key, token, failure?: SharedFailure) {
      const told = failure ? [join('', failure.body), toWholeMs(failure.forMs)] : ['', 0]
      await runScript(client, SCRIPTS.release, both(key), [token, ...told])
    },

    async fill(key, token, record, since) {
      const shard = layout.shardOf(key)
      const incarnation = incarnationOf(shard)
      if (incarnation === undefined) return false
      const args = [token, since.id, toKeepMs(record), toEnvelope(incarnation, record)]
      return (await runScript(client, SCRIPTS.fill, [layout.log(shard), ...both(key)], args)) === 1
    },

    async set(key, record, since, id, isLast): Promise<Written> {
      const shard = layout.shardOf(key)
      // Who began a log knows that nothing was there before.
      const from = since.seq > 0 ? since : (birthOf(shard) ?? since)
      const [kind, written, changedUs, nowUs] = (await mutate(shard, SCRIPTS.set, both(key), [
        from.id,
        id,
        key,
        JSON.stringify(record.tags),
        toKeepMs(record),
        join(toHeaderRest(record), record.body),
        isLast ? 1 : 0,
      ])) as [Written['kind'], string, string, string]
      const at = toPosition(written)
      if (kind !== 'conflict') return { kind, position: at }
      return {
        kind,
        position: at,
        notAfterMs: clockOf(shard).toLatest(Number(changedUs) / 1_000, Number(nowUs) / 1_000),
      }
    },

    async delete(shard, keys) {
      return position(await mutate(shard, SCRIPTS.delete, places(shard, keys), [JSON.stringify(keys)]))
    },

    async invalidate(shard, tags, keys = []) {
      if (tags.includes('')) throw new TypeError('Expected each of `tags` to be a string that is not empty, got ""')
      const lists = [JSON.stringify(tags), keys.length > 0 ? JSON.stringify(keys) : '']
      return position(await mutate(shard, SCRIPTS.invalidate, places(shard, keys), [maxTags, ...lists]))
    },

    async clear(shard) {
      return position(await mutate(shard, SCRIPTS.clear, [], []))
    },
  }
}

function position(id: unknown): Position {
  return toPosition(id as string)
}

/** For each shard, where its keys are in the list. */
function byShard(keys: readonly string[], { shards, shardOf }: KeyLayout): readonly (readonly number[])[] {
  const places: number[][] = Array.from({ length: shards }, () => [])
  for (const [index, key] of keys.entries()) places[shardOf(key)]?.push(index)
  return places
}
