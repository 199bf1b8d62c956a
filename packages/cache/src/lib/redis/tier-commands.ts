import type { Position, SharedFailure, TierConnection, TierRead, Written } from '../shared/tier.ts'
import { createReader, runScript } from './commands.ts'
import { join, toEnvelope, toHeaderRest } from './envelope.ts'
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
  const { client, layout, maxLog, maxTags, incarnationOf, clockOf, random } = options
  const reader = createReader(client)

  function both(key: string): readonly [entry: string, lease: string] {
    const shard = layout.shardOf(key)
    return [layout.entry(shard, key), layout.lease(shard, key)]
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
      return reader.read(layout.entry(shard, key), lease, (found) => toRead(found, incarnationOf(shard), lease))
    },

    async readMany(keys, lease) {
      const reads = new Array<TierRead>(keys.length)
      await Promise.all(
        byShard(keys, layout).map(async (indexes, shard) => {
          if (indexes.length === 0) return
          const entries = indexes.map((index) => layout.entry(shard, keys[index] as string))
          const found = await reader.readMany(entries, lease)
          const incarnation = incarnationOf(shard)
          for (const [i, index] of indexes.entries()) reads[index] = toRead(found[i] ?? null, incarnation, lease)
        }),
      )
      return reads
    },

    async lease(key, lease) {
      const [, place] = both(key)
      const read = await reader.read(place, lease, (found) => toRead(found, undefined, lease))
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
      const [kind, written, changedUs, nowUs] = (await mutate(shard, SCRIPTS.set, both(key), [
        since.id,
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
      const places = keys.flatMap((key) => [layout.entry(shard, key), layout.lease(shard, key)])
      return position(await mutate(shard, SCRIPTS.delete, places, [JSON.stringify(keys)]))
    },

    async invalidate(shard, tags) {
      if (tags.includes('')) throw new TypeError('Expected each of `tags` to be a string that is not empty, got ""')
      return position(await mutate(shard, SCRIPTS.invalidate, [], [maxTags, JSON.stringify(tags)]))
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
