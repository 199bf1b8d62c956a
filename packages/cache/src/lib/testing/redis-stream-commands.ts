import { type RedisDatabase, rangeBackOf, rangeOf, trimStream } from './redis-database.ts'
import {
  compareIds,
  formatId,
  type RedisReply,
  RedisReplyError,
  type RedisStream,
  type StreamEntry,
  type StreamId,
} from './redis-values.ts'

/** Commands of streams. `XREAD` is the server's business, as it may wait. */
export const STREAM_COMMANDS: readonly (readonly [
  string,
  {
    readonly arity: readonly [number, number?]
    readonly keys: 'first'
    readonly run: (database: RedisDatabase, args: readonly string[]) => RedisReply
  },
])[] = [
  ['xadd', { arity: [4], keys: 'first', run: xadd }],
  ['xtrim', { arity: [3], keys: 'first', run: xtrim }],
  ['xdel', { arity: [2], keys: 'first', run: xdel }],
  ['xlen', { arity: [1, 1], keys: 'first', run: (database, [key]) => stream(database, key)?.length ?? 0 }],
  [
    'xrange',
    { arity: [3], keys: 'first', run: (database, [key, from, to, ...rest]) => range(database, key, from, to, rest) },
  ],
  ['xrevrange', { arity: [3], keys: 'first', run: xrevrange }],
]

const HIGHEST = Number.MAX_SAFE_INTEGER

function stream(database: RedisDatabase, key: string | undefined): RedisStream | undefined {
  return database.read(key as string, 'stream')
}

/** A place as a client writes it: `ms-seq`, or `ms`. */
export function parseId(text: string | undefined, missingSeq: number): StreamId {
  if (text === '-') return { ms: 0, seq: 0 }
  if (text === '+') return { ms: HIGHEST, seq: HIGHEST }
  const [, ms, seq] = /^(\d+)(?:-(\d+))?$/.exec(text ?? '') ?? []
  if (ms === undefined) throw new RedisReplyError('ERR Invalid stream ID specified as stream command argument')
  const id = { ms: Number(ms), seq: seq === undefined ? missingSeq : Number(seq) }
  if (id.ms > HIGHEST || id.seq > HIGHEST)
    throw new RangeError(`Cannot simulate the stream id ${text}: it is over 2^53 - 1`)
  return id
}

/** An entry as it is answered. */
export function toReply(entry: StreamEntry): RedisReply {
  return [formatId(entry), entry.fields]
}

function xadd(database: RedisDatabase, [key, ...rest]: readonly string[]): RedisReply {
  const trim = rest[0]?.toUpperCase() === 'MAXLEN' ? parseTrim(rest, database.blockEntries) : undefined
  const [idText, ...fields] = rest.slice(trim?.words ?? 0)
  if (fields.length === 0 || fields.length % 2 === 1) {
    throw new RedisReplyError("ERR wrong number of arguments for 'xadd' command")
  }
  if (idText?.includes('*')) throw new RangeError('Cannot simulate XADD with an id that Redis chooses')
  const id = parseId(idText, 0)
  if (id.ms === 0 && id.seq === 0) throw new RedisReplyError('ERR The ID specified in XADD must be greater than 0-0')
  const last = stream(database, key)?.last ?? { ms: 0, seq: 0 }
  if (compareIds(id, last) <= 0) {
    throw new RedisReplyError('ERR The ID specified in XADD is equal or smaller than the target stream top item')
  }
  const target = database.ensure(key as string, 'stream')
  database.append(key as string, target, { ...id, fields })
  if (trim !== undefined) trimStream(target, trim.keep, trim.limit)
  return formatId(id)
}

function xtrim(database: RedisDatabase, [key, ...rest]: readonly string[]): RedisReply {
  if (rest[0]?.toUpperCase() !== 'MAXLEN') throw new RedisReplyError('ERR syntax error')
  const { keep, limit, words } = parseTrim(rest, database.blockEntries)
  if (words !== rest.length) throw new RedisReplyError('ERR syntax error')
  const target = stream(database, key)
  if (target === undefined) return 0
  const gone = trimStream(target, keep, limit)
  if (gone > 0) database.touch(key as string)
  return gone
}

/** `MAXLEN [~|=] n`: what is to stay, and how many may go at once. Redis takes a hundred blocks if it may stop early. */
function parseTrim(
  words: readonly string[],
  blockEntries: number,
): { keep: number; limit: number | undefined; words: number } {
  const isAbout = words[1] === '~'
  const hasSign = isAbout || words[1] === '='
  const text = words[hasSign ? 2 : 1]
  if (text === undefined || !/^-?\d{1,15}$/.test(text)) {
    throw new RedisReplyError('ERR value is not an integer or out of range')
  }
  if (Number(text) < 0) throw new RedisReplyError('ERR The MAXLEN argument must be >= 0.')
  return { keep: Number(text), limit: isAbout ? 100 * blockEntries : undefined, words: hasSign ? 3 : 2 }
}

function xdel(database: RedisDatabase, [key, ...ids]: readonly string[]): RedisReply {
  const wanted = ids.map((id) => formatId(parseId(id, 0)))
  const target = stream(database, key)
  let gone = 0
  for (const block of target?.blocks ?? []) {
    for (let index = block.entries.length - 1; index >= 0; index--) {
      if (!wanted.includes(formatId(block.entries[index] as StreamEntry))) continue
      block.entries.splice(index, 1)
      block.gone++
      gone++
    }
  }
  if (target !== undefined && gone > 0) {
    target.length -= gone
    for (let index = target.blocks.length - 1; index >= 0; index--) {
      if (target.blocks[index]?.entries.length === 0) target.blocks.splice(index, 1)
    }
    database.touch(key as string)
  }
  return gone
}

function xrevrange(database: RedisDatabase, [key, to, from, ...rest]: readonly string[]): RedisReply {
  const [word, count] = rest
  if (word?.toUpperCase() !== 'COUNT' || !/^[1-9]\d{0,14}$/.test(count ?? '')) {
    throw new RangeError('Cannot simulate XREVRANGE without COUNT')
  }
  const [start, end] = [parseBound(from, 'from'), parseBound(to, 'to')]
  const found = stream(database, key)
  return found === undefined ? [] : rangeBackOf(found, start, end, Number(count)).map(toReply)
}

function range(
  database: RedisDatabase,
  key: string | undefined,
  from: string | undefined,
  to: string | undefined,
  [word, countText, ...more]: readonly string[],
): RedisReply {
  const [start, end] = [parseBound(from, 'from'), parseBound(to, 'to')]
  let count = Number.POSITIVE_INFINITY
  if (word !== undefined) {
    if (word.toUpperCase() !== 'COUNT' || countText === undefined || more.length > 0)
      throw new RedisReplyError('ERR syntax error')
    if (!/^-?\d{1,15}$/.test(countText)) throw new RedisReplyError('ERR value is not an integer or out of range')
    count = Math.max(Number(countText), 0)
  }
  const found = stream(database, key)
  if (found === undefined) return []
  if (count === 0) return null
  return rangeOf(found, start, end, count).map(toReply)
}

/** `(` leaves the place itself out. */
function parseBound(text: string | undefined, side: 'from' | 'to'): StreamId {
  const isExclusive = text?.startsWith('(') ?? false
  const id = parseId(isExclusive ? text?.slice(1) : text, side === 'from' ? 0 : HIGHEST)
  if (!isExclusive) return id
  if (side === 'from') return { ms: id.ms, seq: id.seq + 1 }
  if (id.ms === 0 && id.seq === 0) throw new RedisReplyError('ERR invalid end ID for the interval')
  return id.seq > 0 ? { ms: id.ms, seq: id.seq - 1 } : { ms: id.ms - 1, seq: HIGHEST }
}
