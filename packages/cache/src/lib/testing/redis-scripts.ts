import { runCommand } from './redis-commands.ts'
import type { RedisDatabase } from './redis-database.ts'
import { type RedisReply, RedisReplyError, toText } from './redis-values.ts'

/** What a script can use of a server. */
export interface ScriptServer {
  /** As `redis.call`: throws what Redis answers. */
  call(name: string, ...args: readonly string[]): RedisReply
  /** As `redis.pcall`: returns it. */
  pcall(name: string, ...args: readonly string[]): RedisReply | RedisReplyError
}

/** The same script in another language. Text is bytes; what is `false` or `nil` in Lua is `null`. */
export type ScriptTwin = (redis: ScriptServer, keys: readonly string[], argv: readonly string[]) => RedisReply

/**
 * Gives scripts their server.
 *
 * @param database Where they run.
 */
export function createScriptServer(database: RedisDatabase): ScriptServer {
  const call = (name: string, ...args: readonly string[]): RedisReply => runCommand(database, name, args)
  return {
    call,
    pcall(name, ...args) {
      try {
        return call(name, ...args)
      } catch (error) {
        if (error instanceof RedisReplyError) return error
        throw error
      }
    },
  }
}

/** What the beginning of a script that changes something leaves behind. */
interface Shard {
  readonly inc: string
  seq: number
  readonly last: string
  readonly cleared: string
  readonly floor: string
}

function ensure(redis: ScriptServer, [state, log, tags]: readonly string[], [newInc, rand]: readonly string[]): Shard {
  const at = redis.pcall('HMGET', state as string, 'inc', 'seq', 'cleared', 'floor')
  const latest = redis.pcall('XREVRANGE', log as string, '+', '-', 'COUNT', '1')
  const guard = redis.pcall('ZSCORE', tags as string, '')
  if (Array.isArray(at) && at[0] !== null && typeof guard === 'string' && Array.isArray(latest) && latest.length > 0) {
    const last = latest[0][0] as string
    const [inc, seq, cleared, floor] = at as (string | null)[]
    if (
      typeof seq === 'string' &&
      typeof cleared === 'string' &&
      typeof floor === 'string' &&
      last.split('-')[0] === seq
    ) {
      return { inc: inc as string, seq: Number(seq), last, cleared, floor }
    }
  }
  redis.call('UNLINK', state as string, log as string, tags as string)
  const begun: Shard = { inc: newInc as string, seq: 1, last: `1-${rand}`, cleared: '0', floor: '0' }
  redis.call('HSET', state as string, 'inc', begun.inc, 'seq', '1', 'cleared', '0', 'floor', '0')
  redis.call('ZADD', tags as string, '0', '')
  redis.call('XADD', log as string, begun.last, 'b', '', 'a', now(redis))
  return begun
}

/** The server's time in microseconds. */
function now(redis: ScriptServer): string {
  const [seconds, microseconds] = redis.call('TIME') as [string, string]
  return String(Number(seconds) * 1_000_000 + Number(microseconds))
}

function add(
  redis: ScriptServer,
  shard: Shard,
  keys: readonly string[],
  argv: readonly string[],
  ...fields: string[]
): string {
  shard.seq++
  const id = `${shard.seq}-${argv[1]}`
  redis.call('XADD', keys[1] as string, 'MAXLEN', '~', argv[2] as string, id, ...fields, 'a', now(redis))
  redis.call('HSET', keys[0] as string, 'seq', String(shard.seq))
  return id
}

function fit(redis: ScriptServer, keys: readonly string[], argv: readonly string[]): void {
  redis.call('XTRIM', keys[1] as string, 'MAXLEN', '~', argv[2] as string)
}

function isHeld(redis: ScriptServer, key: string, token: string): boolean {
  const mine = `L:${token}`
  return redis.pcall('GETRANGE', key, '0', String(mine.length)) === mine
}

function take(redis: ScriptServer, key: string, token: string, ms: string): string | null {
  const found = redis.pcall('GET', key)
  if (found instanceof RedisReplyError) return ''
  if (found === null && token !== '') redis.call('SET', key, `L:${token}`, 'PX', ms)
  return found as string | null
}

function keep(redis: ScriptServer, entry: string, ms: string): void {
  const left = redis.call('PTTL', entry) as number
  if (left >= 0 && left < Number(ms)) redis.call('PEXPIRE', entry, ms)
}

const NOT_READ = 'ERR user_script:1: Expected value but found'

/** A list in JSON, as cjson reads it. Only texts matter: nothing else can be equal to one. */
function readList(json: string): unknown[] {
  let list: unknown
  try {
    list = JSON.parse(toText(json))
  } catch {
    throw new RedisReplyError(`${NOT_READ} invalid token at character 1`)
  }
  if (typeof list !== 'object' || list === null) {
    throw new RangeError(`Cannot simulate a script that meets ${JSON.stringify(list)} in place of a list`)
  }
  return Array.isArray(list) ? list.map((item) => (typeof item === 'string' ? fromText(item) : item)) : []
}

function fromText(text: string): string {
  if (/\p{Cs}/u.test(text)) throw new RedisReplyError(`${NOT_READ} invalid unicode escape code at character 1`)
  return Buffer.from(text, 'utf8').toString('latin1')
}

function readListSafely(json: string): unknown[] | undefined {
  try {
    return readList(json)
  } catch (error) {
    if (error instanceof RedisReplyError) return undefined
    throw error
  }
}

/** As cjson writes it: it escapes a little more than JavaScript. */
function writeText(bytes: string): string {
  return JSON.stringify(bytes).replaceAll('/', '\\/').replaceAll('\x7f', '\\u007f')
}

type LogEntries = readonly (readonly [id: string, fields: readonly string[]])[]

/** Entries that `set` looks through at most. */
const MOST_PASSED = 100

function set(redis: ScriptServer, keys: readonly string[], argv: readonly string[]): RedisReply {
  const shard = ensure(redis, keys, argv)
  const [, log, , entry, lease] = keys as [string, string, string, string, string]
  const [, , , since, opId, key, tagsJson, keepMs, rest, isLast] = argv as string[]
  const wanted = new Set(readListSafely(tagsJson as string) ?? [])

  let changedAt: number | undefined
  const meet = (fields: readonly string[]): void => {
    const at = Number(fields.at(-1) || Number.NaN)
    changedAt = Math.max(changedAt ?? 0, Number.isNaN(at) ? Number.POSITIVE_INFINITY : at)
  }
  let passed: LogEntries
  let isVoid = false
  if (since === '0-0') {
    passed = (redis.call('XREVRANGE', log, '+', '-', 'COUNT', String(MOST_PASSED)) as LogEntries).toReversed()
    meet(passed[0]?.[1] ?? [])
  } else {
    passed = redis.call('XRANGE', log, since as string, '+', 'COUNT', String(MOST_PASSED + 2)) as LogEntries
    isVoid = passed[0]?.[0] !== since || passed.length > MOST_PASSED + 1
  }
  for (const [index, [id, fields]] of passed.entries()) {
    const [kind, what, mark, owner] = fields
    if (mark === 'o' && owner === opId) return [kind === 's' ? 'stored' : 'deleted', id]
    if (index === 0) continue
    if (kind === 's') {
      if (what === key) meet(fields)
    } else if (kind === 'c') meet(fields)
    else if (kind === 'd' || kind === 't') {
      const items = readListSafely(what as string)
      isVoid ||= items === undefined
      if (items?.some((item) => (kind === 'd' ? item === key : wanted.has(item)))) meet(fields)
    } else isVoid = true
  }

  if (isVoid || (changedAt !== undefined && isLast === '1')) {
    redis.call('UNLINK', entry, lease)
    return ['deleted', add(redis, shard, keys, argv, 'd', `[${writeText(key as string)}]`, 'o', opId as string)]
  }
  if (changedAt !== undefined) return ['conflict', shard.last, String(changedAt), now(redis)]
  redis.call('SET', entry, `B1 ${shard.inc} ${shard.seq + 1} ${rest}`, 'PX', keepMs as string)
  redis.call('UNLINK', lease)
  return ['stored', add(redis, shard, keys, argv, 's', key as string, 'o', opId as string)]
}

function invalidate(redis: ScriptServer, keys: readonly string[], argv: readonly string[]): RedisReply {
  const shard = ensure(redis, keys, argv)
  const [state, , tags] = keys as [string, string, string]
  const [, , , maxTags, tagsJson, keysJson] = argv as [string, string, string, string, string, string]
  fit(redis, keys, argv)
  const list = readList(tagsJson)
  if (keys.length > 3) redis.call('UNLINK', ...keys.slice(3))
  if (keysJson !== '') add(redis, shard, keys, argv, 'd', keysJson)
  const id = add(redis, shard, keys, argv, 't', tagsJson)
  for (const tag of list) redis.call('ZADD', tags, String(shard.seq), String(tag))
  const excess = (redis.call('ZCARD', tags) as number) - 1 - Number(maxTags)
  if (excess > 0) {
    const highest = redis.call('ZRANGE', tags, String(excess), String(excess), 'WITHSCORES') as string[]
    redis.call('HSET', state, 'floor', highest[1] as string)
    redis.call('ZREMRANGEBYRANK', tags, '1', String(excess))
  }
  return id
}

/** The scripts of the Redis tier, by name. Each does what its Lua does, which a test compares on a real server. */
export const SCRIPT_TWINS: Readonly<Record<string, ScriptTwin>> = {
  attach(redis, keys, argv) {
    const { inc, last, cleared, floor } = ensure(redis, keys, argv)
    return [inc, last, cleared, floor, redis.call('ZRANGE', keys[2] as string, '0', '-1', 'WITHSCORES')]
  },
  read: (redis, keys, [token, ms]) => keys.map((key) => take(redis, key, token as string, ms as string)),
  lease(redis, keys, [token, ms]) {
    const [entry, lease] = keys as [string, string]
    const kind = redis.pcall('GETRANGE', entry, '0', '1')
    if (kind === 'L:' || kind === 'F:') return redis.call('GET', entry)
    if (redis.call('EXISTS', entry, lease) === 0) return take(redis, entry, token as string, ms as string)
    const found = take(redis, lease, token as string, ms as string)
    if (found === null) keep(redis, entry, ms as string)
    return found
  },
  renew(redis, keys, [token, ms]) {
    const key = keys.find((held) => isHeld(redis, held, token as string))
    if (key === undefined) return 0
    redis.call('PEXPIRE', key, ms as string)
    keep(redis, keys[0] as string, ms as string)
    return 1
  },
  release(redis, keys, [token, failure, ms]) {
    const key = keys.find((held) => isHeld(redis, held, token as string))
    if (key === undefined) return 0
    if (ms === '0') redis.call('UNLINK', key)
    else {
      redis.call('SET', key, `F:${failure}`, 'PX', ms as string)
      keep(redis, keys[0] as string, ms as string)
    }
    return 1
  },
  fill(redis, [log, entry, lease], [token, since, keepMs, envelope]) {
    const own = [entry, lease].find((key) => isHeld(redis, key as string, token as string))
    if (own === undefined) return 0
    const found = redis.pcall('XRANGE', log as string, since as string, since as string)
    if (!Array.isArray(found) || found.length === 0) {
      redis.call('UNLINK', own)
      return 0
    }
    redis.call('SET', entry as string, envelope as string, 'PX', keepMs as string)
    redis.call('UNLINK', lease as string)
    return 1
  },
  set,
  delete(redis, keys, argv) {
    const shard = ensure(redis, keys, argv)
    fit(redis, keys, argv)
    if (keys.length > 3) redis.call('UNLINK', ...keys.slice(3))
    return add(redis, shard, keys, argv, 'd', argv[3] as string)
  },
  invalidate,
  clear(redis, keys, argv) {
    const shard = ensure(redis, keys, argv)
    fit(redis, keys, argv)
    const id = add(redis, shard, keys, argv, 'c', '')
    redis.call('HSET', keys[0] as string, 'cleared', String(shard.seq))
    return id
  },
}
