// Text inside of a simulated server is a string of bytes: each character is one, from 0 to 255. So lengths, ranges and orders
// are those of Redis, whatever the values are.

/** What a server answers: text as bytes, numbers, nothing, or several of them. */
export type RedisReply = string | number | null | readonly RedisReply[]

/** An error that a server answers. */
export class RedisReplyError extends Error {
  /** As ioredis' own. */
  override readonly name: 'ReplyError' = 'ReplyError'

  /** @param message What the server says. */
  constructor(message: string) {
    const { stackTraceLimit } = Error
    Error.stackTraceLimit = 0 // it would show the simulation, and take a third of the time
    super(message)
    Error.stackTraceLimit = stackTraceLimit
  }
}

/** A place in a stream. */
export interface StreamId {
  readonly ms: number
  readonly seq: number
}

/** An entry of a stream. */
export interface StreamEntry extends StreamId {
  /** Fields and values, in turn. */
  readonly fields: readonly string[]
}

/** Some entries of a stream, of which the first ones may have gone: they count when it is asked whether the block is full. */
export interface StreamBlock {
  readonly entries: StreamEntry[]
  gone: number
}

/** A stream. Entries are kept in blocks, as in Redis: trimming by about so many (`~`) only takes whole ones. */
export interface RedisStream {
  readonly kind: 'stream'
  readonly blocks: StreamBlock[]
  length: number
  last: StreamId
}

/** What is under a key. */
export type RedisValue =
  | { readonly kind: 'string'; readonly bytes: string }
  | { readonly kind: 'hash'; readonly fields: Map<string, string> }
  | { readonly kind: 'zset'; readonly scores: Map<string, number> }
  | RedisStream

/** A key's value and when it goes. */
export interface RedisSlot {
  value: RedisValue
  /** Unix milliseconds on the server's clock. */
  expiresAtMs: number | undefined
}

/** Everything that is in a server. */
export type RedisData = Map<string, RedisSlot>

/**
 * A copy that shares nothing.
 *
 * @param data What is copied.
 */
export function copyData(data: RedisData): RedisData {
  return new Map(Array.from(data, ([key, { value, expiresAtMs }]) => [key, { value: copyValue(value), expiresAtMs }]))
}

function copyValue(value: RedisValue): RedisValue {
  switch (value.kind) {
    case 'string':
      return value
    case 'hash':
      return { kind: 'hash', fields: new Map(value.fields) }
    case 'zset':
      return { kind: 'zset', scores: new Map(value.scores) }
    case 'stream':
      return { ...value, blocks: value.blocks.map(({ entries, gone }) => ({ entries: [...entries], gone })) }
  }
}

/** Below 0 if `one` comes first. */
export function compareIds(one: StreamId, other: StreamId): number {
  return one.ms - other.ms || one.seq - other.seq
}

/** As it is written. */
export function formatId({ ms, seq }: StreamId): string {
  return `${ms}-${seq}`
}

/**
 * Bytes of what a client sends.
 *
 * @param argument Text, bytes or a number.
 */
export function toBytes(argument: string | number | Uint8Array): string {
  if (typeof argument === 'number') return String(argument)
  if (typeof argument !== 'string') {
    return Buffer.from(argument.buffer, argument.byteOffset, argument.byteLength).toString('latin1')
  }
  return isAscii(argument) ? argument : Buffer.from(argument, 'utf8').toString('latin1')
}

/**
 * Text of bytes.
 *
 * @param bytes UTF-8.
 */
export function toText(bytes: string): string {
  return isAscii(bytes) ? bytes : Buffer.from(bytes, 'latin1').toString('utf8')
}

/** Most texts are, and need no conversion. */
function isAscii(text: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are ASCII, too
  return /^[\x00-\x7f]*$/.test(text)
}
