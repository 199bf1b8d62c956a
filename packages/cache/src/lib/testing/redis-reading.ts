import { checkArity, syntaxError, toInteger } from './redis-commands.ts'
import { type RedisDatabase, rangeOf } from './redis-database.ts'
import { parseId, toReply } from './redis-stream-commands.ts'
import { type RedisReply, RedisReplyError, type StreamId } from './redis-values.ts'

/** What an `XREAD` wants. */
export interface StreamRead {
  /** Keys, and after which place of each. */
  readonly streams: readonly (readonly [key: string, after: StreamId])[]
  /** Entries of each stream at most. */
  readonly count: number
  /** How long to wait if there is nothing, `0` for ever, `undefined` not at all. */
  readonly blockMs: number | undefined
}

/**
 * What there is to read, `null` if nothing.
 *
 * @param database Where.
 * @param read What is wanted.
 */
export function readStreams(database: RedisDatabase, { streams, count }: StreamRead): RedisReply {
  const end = { ms: Number.MAX_SAFE_INTEGER, seq: Number.MAX_SAFE_INTEGER }
  const found = streams.flatMap(([key, { ms, seq }]): RedisReply[] => {
    const stream = database.read(key, 'stream')
    const entries = stream === undefined ? [] : rangeOf(stream, { ms, seq: seq + 1 }, end, count)
    return entries.length === 0 ? [] : [[key, entries.map(toReply)]]
  })
  return found.length === 0 ? null : found
}

/**
 * Understands the arguments of `XREAD`.
 *
 * @param database Where the streams are: `$` is the last place of one.
 * @param args The arguments.
 */
export function parseRead(database: RedisDatabase, args: readonly string[]): StreamRead {
  checkArity('xread', args.length, [3])
  let count = Number.POSITIVE_INFINITY
  let blockMs: number | undefined
  for (let index = 0; index < args.length; index++) {
    const word = (args[index] as string).toUpperCase()
    if (word === 'COUNT') count = toInteger(args[++index]) || Number.POSITIVE_INFINITY
    else if (word === 'BLOCK') blockMs = toInteger(args[++index])
    else if (word !== 'STREAMS') throw syntaxError()
    else {
      const rest = args.slice(index + 1)
      if (rest.length === 0 || rest.length % 2 === 1) {
        throw new RedisReplyError(
          "ERR Unbalanced XREAD list of streams: for each stream key an ID or '$' must be specified.",
        )
      }
      const keys = rest.slice(0, rest.length / 2)
      const streams = keys.map((key, at): readonly [string, StreamId] => {
        const text = rest[keys.length + at] as string
        const last = database.read(key, 'stream')?.last // also where it is not wanted: a key of another kind is the first error
        return [key, text === '$' ? (last ?? { ms: 0, seq: 0 }) : parseId(text, 0)]
      })
      return { streams, count: count < 0 ? Number.POSITIVE_INFINITY : count, blockMs }
    }
  }
  throw syntaxError()
}
