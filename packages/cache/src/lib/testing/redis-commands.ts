import { type RedisDatabase, sortedMembers } from './redis-database.ts'
import { STREAM_COMMANDS } from './redis-stream-commands.ts'
import { type RedisReply, RedisReplyError, toText } from './redis-values.ts'

/** Does what a command says. */
export type RedisCommand = (database: RedisDatabase, args: readonly string[]) => RedisReply

interface CommandSpec {
  /** Arguments it needs at least, and at most. */
  readonly arity: readonly [least: number, most?: number]
  /** Which arguments are keys. */
  readonly keys: 'first' | 'all' | 'none'
  readonly run: RedisCommand
}

/** Commands that need nothing but data, by name. Every error that a client of ours can cause is that of Redis 7.0. */
export const COMMANDS: ReadonlyMap<string, CommandSpec> = new Map<string, CommandSpec>([
  ['ping', { arity: [0, 1], keys: 'none', run: (_, [message]) => message ?? 'PONG' }],
  ['time', { arity: [0, 0], keys: 'none', run: time }],
  ['get', { arity: [1, 1], keys: 'first', run: (database, [key]) => get(database, key as string) }],
  ['mget', { arity: [1], keys: 'all', run: mget }],
  ['set', { arity: [2], keys: 'first', run: set }],
  ['strlen', { arity: [1, 1], keys: 'first', run: (database, [key]) => get(database, key as string)?.length ?? 0 }],
  ['getrange', { arity: [3, 3], keys: 'first', run: getRange }],
  ['del', { arity: [1], keys: 'all', run: remove }],
  ['unlink', { arity: [1], keys: 'all', run: remove }],
  ['exists', { arity: [1], keys: 'all', run: (database, keys) => keys.filter((key) => database.find(key)).length }],
  [
    'type',
    { arity: [1, 1], keys: 'first', run: (database, [key]) => database.find(key as string)?.value.kind ?? 'none' },
  ],
  ['pexpire', { arity: [2, 2], keys: 'first', run: pexpire }],
  ['pttl', { arity: [1, 1], keys: 'first', run: pttl }],
  ['persist', { arity: [1, 1], keys: 'first', run: persist }],
  ['hset', { arity: [3], keys: 'first', run: hset }],
  [
    'hget',
    { arity: [2, 2], keys: 'first', run: (database, args) => (hmget(database, args) as RedisReply[])[0] ?? null },
  ],
  ['hmget', { arity: [2], keys: 'first', run: hmget }],
  ['hdel', { arity: [2], keys: 'first', run: hdel }],
  ['hgetall', { arity: [1, 1], keys: 'first', run: hgetall }],
  ['zadd', { arity: [3], keys: 'first', run: zadd }],
  ['zscore', { arity: [2, 2], keys: 'first', run: zscore }],
  ['zcard', { arity: [1, 1], keys: 'first', run: (database, [key]) => zset(database, key)?.size ?? 0 }],
  ['zrange', { arity: [3, 4], keys: 'first', run: zrange }],
  ['zrem', { arity: [2], keys: 'first', run: zrem }],
  ['zremrangebyrank', { arity: [3, 3], keys: 'first', run: zremrangebyrank }],
  ...STREAM_COMMANDS,
])

/**
 * Does what a command says.
 *
 * @param database Where.
 * @param name Its name, in any case.
 * @param args Its arguments.
 * @throws {RedisReplyError} What Redis answers to a mistake.
 */
export function runCommand(database: RedisDatabase, name: string, args: readonly string[]): RedisReply {
  const spec = COMMANDS.get(name) ?? COMMANDS.get(name.toLowerCase())
  if (spec === undefined) throw unknownCommand(name, args)
  checkArity(name, args.length, spec.arity)
  return spec.run(database, args)
}

function unknownCommand(name: string, args: readonly string[]): RedisReplyError {
  const beginning = args.map((arg) => `'${toText(arg)}' `).join('')
  return new RedisReplyError(`ERR unknown command '${name}', with args beginning with: ${beginning}`)
}

/** Refuses too few or too many arguments. */
export function checkArity(name: string, count: number, [least, most]: readonly [number, number?]): void {
  if (count >= least && count <= (most ?? count)) return
  throw new RedisReplyError(`ERR wrong number of arguments for '${name.toLowerCase()}' command`)
}

/** The number that an argument says. */
export function toInteger(text: string | undefined): number {
  if (text === undefined || !/^-?\d{1,15}$/.test(text)) {
    throw new RedisReplyError('ERR value is not an integer or out of range')
  }
  return Number(text)
}

/** What Redis answers if words make no sense. */
export function syntaxError(): RedisReplyError {
  return new RedisReplyError('ERR syntax error')
}

function time({ nowMs }: RedisDatabase): RedisReply {
  const seconds = Math.floor(nowMs / 1_000)
  return [String(seconds), String(Math.floor((nowMs - seconds * 1_000) * 1_000))]
}

function get(database: RedisDatabase, key: string): string | null {
  return database.read(key, 'string')?.bytes ?? null
}

function mget(database: RedisDatabase, keys: readonly string[]): RedisReply {
  return keys.map((key) => {
    const value = database.find(key)?.value
    return value?.kind === 'string' ? value.bytes : null
  })
}

function set(database: RedisDatabase, [key, bytes, ...options]: readonly string[]): RedisReply {
  let condition: 'NX' | 'XX' | undefined
  let gets = false
  let keepsTtl = false
  let forMs: number | undefined
  for (let index = 0; index < options.length; index++) {
    const option = (options[index] as string).toUpperCase()
    if ((option === 'NX' || option === 'XX') && (condition ?? option) === option) condition = option
    else if (option === 'GET') gets = true
    else if (option === 'KEEPTTL' && forMs === undefined) keepsTtl = true
    else if ((option === 'PX' || option === 'EX') && forMs === undefined && !keepsTtl && index + 1 < options.length) {
      forMs = toInteger(options[++index]) * (option === 'EX' ? 1_000 : 1)
    } else throw syntaxError()
  }
  if (forMs !== undefined && forMs <= 0) throw new RedisReplyError("ERR invalid expire time in 'set' command")

  const before = gets ? get(database, key as string) : null
  const slot = database.find(key as string)
  if (condition !== undefined && (condition === 'NX') === (slot !== undefined)) return gets ? before : null
  const expiresAtMs = keepsTtl ? slot?.expiresAtMs : forMs === undefined ? undefined : database.nowMs + forMs
  database.write(key as string, { kind: 'string', bytes: bytes as string }, expiresAtMs)
  return gets ? before : 'OK'
}

function getRange(database: RedisDatabase, [key, first, last]: readonly string[]): RedisReply {
  const [from, to] = [toInteger(first), toInteger(last)]
  const bytes = get(database, key as string) ?? ''
  if (from < 0 && to < 0 && from > to) return ''
  const [start, end] = [from, to].map((at) => Math.max(at < 0 ? at + bytes.length : at, 0)) as [number, number]
  return bytes.slice(start, end + 1)
}

function remove(database: RedisDatabase, keys: readonly string[]): RedisReply {
  return keys.filter((key) => database.remove(key)).length
}

function pexpire(database: RedisDatabase, [key, ms]: readonly string[]): RedisReply {
  const forMs = toInteger(ms)
  const slot = database.find(key as string)
  if (slot === undefined) return 0
  if (forMs <= 0) return database.remove(key as string) ? 1 : 0
  slot.expiresAtMs = database.nowMs + forMs
  database.touch(key as string)
  return 1
}

function pttl(database: RedisDatabase, [key]: readonly string[]): RedisReply {
  const slot = database.find(key as string)
  if (slot === undefined) return -2
  return slot.expiresAtMs === undefined ? -1 : Math.floor(slot.expiresAtMs - database.nowMs)
}

function persist(database: RedisDatabase, [key]: readonly string[]): RedisReply {
  const slot = database.find(key as string)
  if (slot?.expiresAtMs === undefined) return 0
  slot.expiresAtMs = undefined
  database.touch(key as string)
  return 1
}

function hset(database: RedisDatabase, [key, ...pairs]: readonly string[]): RedisReply {
  if (pairs.length % 2 === 1) checkArity('hset', 0, [1])
  const { fields } = database.ensure(key as string, 'hash')
  const before = fields.size
  for (let index = 0; index < pairs.length; index += 2) fields.set(pairs[index] as string, pairs[index + 1] as string)
  database.touch(key as string)
  return fields.size - before
}

function hmget(database: RedisDatabase, [key, ...names]: readonly string[]): RedisReply {
  const fields = database.read(key as string, 'hash')?.fields
  return names.map((name) => fields?.get(name) ?? null)
}

function hdel(database: RedisDatabase, [key, ...names]: readonly string[]): RedisReply {
  const fields = database.read(key as string, 'hash')?.fields
  if (fields === undefined) return 0
  const gone = names.filter((name) => fields.delete(name)).length
  return afterRemoval(database, key as string, fields.size, gone)
}

function hgetall(database: RedisDatabase, [key]: readonly string[]): RedisReply {
  return [...(database.read(key as string, 'hash')?.fields ?? [])].flat()
}

function zset(database: RedisDatabase, key: string | undefined): Map<string, number> | undefined {
  return database.read(key as string, 'zset')?.scores
}

function zadd(database: RedisDatabase, [key, ...pairs]: readonly string[]): RedisReply {
  if (pairs.length % 2 === 1) throw syntaxError()
  const numbers = pairs.map((text, index) => (index % 2 === 0 ? toScore(text) : 0))
  const { scores } = database.ensure(key as string, 'zset')
  const before = scores.size
  for (let index = 0; index < pairs.length; index += 2) scores.set(pairs[index + 1] as string, numbers[index] as number)
  database.touch(key as string)
  return scores.size - before
}

function toScore(text: string): number {
  if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)) throw new RedisReplyError('ERR value is not a valid float')
  return Number(text)
}

function zscore(database: RedisDatabase, [key, member]: readonly string[]): RedisReply {
  const score = zset(database, key)?.get(member as string)
  return score === undefined ? null : String(score)
}

function zrange(database: RedisDatabase, [key, first, last, option]: readonly string[]): RedisReply {
  if (option !== undefined && option.toUpperCase() !== 'WITHSCORES') throw syntaxError()
  const [from, to] = [toInteger(first), toInteger(last)]
  const members = ranked(zset(database, key), from, to)
  return option === undefined
    ? members.map(([member]) => member)
    : members.flatMap(([name, score]) => [name, String(score)])
}

function ranked(scores: Map<string, number> | undefined, from: number, to: number): ReturnType<typeof sortedMembers> {
  if (scores === undefined) return []
  const start = Math.max(from < 0 ? from + scores.size : from, 0)
  const end = to < 0 ? to + scores.size : to
  return sortedMembers(scores).slice(start, Math.max(end + 1, 0))
}

function zrem(database: RedisDatabase, [key, ...members]: readonly string[]): RedisReply {
  const scores = zset(database, key)
  if (scores === undefined) return 0
  const gone = members.filter((member) => scores.delete(member)).length
  return afterRemoval(database, key as string, scores.size, gone)
}

function zremrangebyrank(database: RedisDatabase, [key, first, last]: readonly string[]): RedisReply {
  const [from, to] = [toInteger(first), toInteger(last)]
  const scores = zset(database, key)
  if (scores === undefined) return 0
  const members = ranked(scores, from, to)
  for (const [member] of members) scores.delete(member)
  return afterRemoval(database, key as string, scores.size, members.length)
}

/** Nothing stays empty under a key, except streams. */
function afterRemoval(database: RedisDatabase, key: string, left: number, gone: number): number {
  if (left === 0) database.remove(key)
  else if (gone > 0) database.touch(key)
  return gone
}
