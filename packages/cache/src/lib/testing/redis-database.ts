import {
  compareIds,
  type RedisData,
  RedisReplyError,
  type RedisSlot,
  type RedisStream,
  type RedisValue,
  type StreamBlock,
  type StreamEntry,
  type StreamId,
} from './redis-values.ts'

/** What a database tells of. */
export interface DatabaseEvents {
  /** A key was changed, or went. */
  readonly onChange: (key: string) => void
  /** A stream got an entry. */
  readonly onAppend: (key: string) => void
}

/** Keys and values of a simulated server. */
export class RedisDatabase {
  /** Replaced as a whole when the server loses or restores its data. */
  data: RedisData = new Map()
  /** Entries in a block of a stream: `stream-node-max-entries`. */
  readonly blockEntries: number
  readonly #nowMs: () => number
  readonly #events: DatabaseEvents

  /**
   * @param nowMs Unix milliseconds on the server's clock.
   * @param blockEntries Entries in a block of a stream.
   * @param events Who hears of changes.
   */
  constructor(nowMs: () => number, blockEntries: number, events: DatabaseEvents) {
    this.#nowMs = nowMs
    this.blockEntries = blockEntries
    this.#events = events
  }

  /** Unix milliseconds on the server's clock. */
  get nowMs(): number {
    return this.#nowMs()
  }

  /** The keys that are there, in order of their bytes. */
  keys(): readonly string[] {
    return [...this.data.keys()].filter((key) => this.find(key) !== undefined).sort()
  }

  /** What is under a key; what has expired goes now. */
  find(key: string): RedisSlot | undefined {
    const slot = this.data.get(key)
    if (slot?.expiresAtMs === undefined || slot.expiresAtMs > this.nowMs) return slot
    this.data.delete(key)
    this.#events.onChange(key)
    return undefined
  }

  /** Whether a key's value is of a kind. */
  isOf(key: string, kind: RedisValue['kind']): boolean {
    return this.find(key)?.value.kind === kind
  }

  /** The value under a key, if it is of a kind; an error if it is of another one. */
  read<kind extends RedisValue['kind']>(key: string, kind: kind): Extract<RedisValue, { kind: kind }> | undefined {
    const value = this.find(key)?.value
    if (value !== undefined && value.kind !== kind) {
      throw new RedisReplyError('WRONGTYPE Operation against a key holding the wrong kind of value')
    }
    return value as Extract<RedisValue, { kind: kind }> | undefined
  }

  /** Says that a key's value, or when it goes, was changed. */
  touch(key: string): void {
    this.#events.onChange(key)
  }

  /** Puts a value under a key. */
  write(key: string, value: RedisValue, expiresAtMs?: number): void {
    this.data.set(key, { value, expiresAtMs })
    // A time that is past is none to write for: Redis deletes at once, or at the next look.
    this.touch(key)
  }

  /** Takes a key out. */
  remove(key: string): boolean {
    if (this.find(key) === undefined) return false
    this.data.delete(key)
    this.touch(key)
    return true
  }

  /** The collection under a key, a new one if there is none. */
  ensure<kind extends 'hash' | 'zset' | 'stream'>(key: string, kind: kind): Extract<RedisValue, { kind: kind }> {
    const found = this.read(key, kind)
    if (found !== undefined) return found
    const made = { hash: newHash, zset: newZset, stream: newStream }[kind]() as Extract<RedisValue, { kind: kind }>
    this.data.set(key, { value: made, expiresAtMs: undefined })
    return made
  }

  /** Adds an entry to a stream. */
  append(key: string, stream: RedisStream, entry: StreamEntry): void {
    const block = stream.blocks.at(-1)
    if (block === undefined || block.entries.length + block.gone >= this.blockEntries) {
      stream.blocks.push({ entries: [entry], gone: 0 })
    } else block.entries.push(entry)
    stream.length++
    stream.last = { ms: entry.ms, seq: entry.seq }
    this.touch(key)
    this.#events.onAppend(key)
  }
}

function newHash(): RedisValue {
  return { kind: 'hash', fields: new Map() }
}

function newZset(): RedisValue {
  return { kind: 'zset', scores: new Map() }
}

function newStream(): RedisValue {
  return { kind: 'stream', blocks: [], length: 0, last: { ms: 0, seq: 0 } }
}

/**
 * Takes the oldest entries out of a stream.
 *
 * @param stream Where.
 * @param keep How many are to stay.
 * @param limit If only whole blocks go: how many entries at most. Else `undefined`.
 * @returns How many went.
 */
export function trimStream(stream: RedisStream, keep: number, limit: number | undefined): number {
  let gone = 0
  while (stream.length > keep) {
    const block = stream.blocks[0] as StreamBlock
    const { length } = block.entries
    if (limit !== undefined && gone + length > limit) break
    const isWhole = stream.length - length >= keep
    if (!isWhole && limit !== undefined) break
    const over = isWhole ? length : stream.length - keep
    if (isWhole) stream.blocks.shift()
    else block.entries.splice(0, over)
    block.gone += over
    stream.length -= over
    gone += over
  }
  return gone
}

/**
 * Entries from one place to another.
 *
 * @param stream Where.
 * @param from The first one that may be among them.
 * @param to The last one that may be.
 * @param count How many at most.
 */
export function rangeOf(stream: RedisStream, from: StreamId, to: StreamId, count: number): StreamEntry[] {
  const found: StreamEntry[] = []
  for (const block of stream.blocks) {
    if (compareIds(block.entries.at(-1) as StreamEntry, from) < 0) continue
    for (const entry of block.entries) {
      if (compareIds(entry, from) < 0) continue
      if (compareIds(entry, to) > 0 || found.length >= count) return found
      found.push(entry)
    }
  }
  return found
}

/**
 * The same from the end.
 *
 * @param stream Where.
 * @param from The first one that may be among them.
 * @param to The last one that may be.
 * @param count How many at most.
 */
export function rangeBackOf(stream: RedisStream, from: StreamId, to: StreamId, count: number): StreamEntry[] {
  const found: StreamEntry[] = []
  for (let index = stream.blocks.length - 1; index >= 0; index--) {
    const block = (stream.blocks[index] as StreamBlock).entries
    for (let at = block.length - 1; at >= 0; at--) {
      const entry = block[at] as StreamEntry
      if (compareIds(entry, to) > 0) continue
      if (compareIds(entry, from) < 0 || found.length >= count) return found
      found.push(entry)
    }
  }
  return found
}

/** Members of a sorted set, the lowest score first, those of one score in order of their bytes. */
export function sortedMembers(scores: ReadonlyMap<string, number>): readonly (readonly [string, number])[] {
  return [...scores].sort(([one, low], [other, high]) => low - high || (one < other ? -1 : one > other ? 1 : 0))
}
