import type { LeaseRequest } from '../shared/tier.ts'
import type { RedisArgument, RedisClient } from './redis-client.ts'
import { type RedisScript, SCRIPTS } from './scripts.ts'
import { toWholeMs } from './tier-read.ts'

/**
 * Runs a script. Only a server that has not seen it yet is sent its text.
 *
 * @param client Where to.
 * @param script Which one.
 * @param keys Its keys, all of one shard.
 * @param args Its other arguments.
 * @returns Its answer, with text.
 */
export function runScript(
  client: RedisClient,
  script: RedisScript,
  keys: readonly string[],
  args: readonly RedisArgument[],
): Promise<unknown> {
  return run('call', client, script, keys, args)
}

/** The same, with bytes in the answer. */
export function runScriptForBytes(
  client: RedisClient,
  script: RedisScript,
  keys: readonly string[],
  args: readonly RedisArgument[],
): Promise<unknown> {
  return run('callBuffer', client, script, keys, args)
}

async function run(
  way: 'call' | 'callBuffer',
  client: RedisClient,
  { lua, sha1 }: RedisScript,
  keys: readonly string[],
  args: readonly RedisArgument[],
): Promise<unknown> {
  try {
    return await client[way]('evalsha', [sha1, keys.length, ...keys, ...args])
  } catch (error) {
    if (!saysFirst(error, 'NOSCRIPT')) throw error
    return await client[way]('eval', [lua, keys.length, ...keys, ...args])
  }
}

/** An answer to a read: the value, or `null`, which with a lease means that it is taken. Empty for what is no string. */
export type Found = Uint8Array | null

/** Reading, with or without taking the lease of what is not there. */
export interface Reader {
  /** Reads a key, and makes something of what is found: here, as each further promise costs. */
  read<result>(key: string, lease: LeaseRequest | undefined, use: (found: Found) => result): Promise<result>
  /** Reads several keys of one shard. */
  readMany(keys: readonly string[], lease: LeaseRequest | undefined): Promise<readonly Found[]>
}

const NOTHING_USABLE = new Uint8Array(0)

/**
 * Reads by the cheapest command that the server has.
 *
 * @param client Where from.
 */
export function createReader(client: RedisClient): Reader {
  // A replica may not have heard yet that a key was deleted, and it must not be served again.
  const isPlainRead = !client.isCluster || (client.options.scaleReads ?? 'master') === 'master'
  let hasSetNxGet = true // one that reads what is there, or else sets: since Redis 7

  function command(key: string, lease: LeaseRequest | undefined): Promise<unknown> {
    if (lease === undefined) return isPlainRead ? client.callBuffer('get', [key]) : byScript(key, lease)
    if (!hasSetNxGet) return byScript(key, lease)
    return client.callBuffer('set', [key, `L:${lease.token}`, 'NX', 'GET', 'PX', toWholeMs(lease.forMs)])
  }

  async function byScript(key: string, lease: LeaseRequest | undefined): Promise<Found> {
    return (await manyByScript([key], lease))[0] ?? null
  }

  async function manyByScript(keys: readonly string[], lease: LeaseRequest | undefined): Promise<readonly Found[]> {
    const args = lease === undefined ? ['', 1] : [lease.token, toWholeMs(lease.forMs)]
    return (await runScriptForBytes(client, SCRIPTS.read, keys, args)) as Found[]
  }

  return {
    read: (key, lease, use) =>
      command(key, lease).then(
        (found) => use(found as Found),
        (error) => {
          if (saysFirst(error, 'WRONGTYPE')) return use(NOTHING_USABLE)
          if (!saysFirst(error, 'ERR syntax error')) throw error
          hasSetNxGet = false
          return byScript(key, lease).then(use)
        },
      ),
    async readMany(keys, lease) {
      if (!isPlainRead) return manyByScript(keys, lease)
      const found = (await client.callBuffer('mget', keys as string[])) as Found[]
      const missing = lease === undefined ? [] : keys.filter((_, index) => found[index] === null)
      if (missing.length === 0) return found
      // A script takes twice as long as MGET, on the server as well: it is asked for what is missing only.
      const taken = (await manyByScript(missing, lease)).values()
      return found.map((value) => value ?? (taken.next().value as Found))
    },
  }
}

/**
 * Whether the server's answer is an error that begins like this.
 *
 * @param error What was caught.
 * @param start The beginning, such as an error's name.
 */
export function saysFirst(error: unknown, start: string): boolean {
  return error instanceof Error && error.message.startsWith(start)
}
