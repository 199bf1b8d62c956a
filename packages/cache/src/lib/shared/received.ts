import type { Engine } from '../engine.ts'
import { Entry } from '../entry.ts'
import { eagerAfter } from '../load/times.ts'
import type { Times } from '../options.ts'
import type { TierConnection, TierRecord } from './tier.ts'

/** Between two events of {@link ValueUnreadable}. */
const TELL_EVERY_MS = 60_000

/**
 * Makes an entry of what the shared tier answered, unless it was invalidated, is over, or cannot be read.
 *
 * @param nowMs When it was answered.
 * @returns An entry that may be served. Whether it may be kept as well: {@link keepReceived}.
 */
export function receive(
  engine: Engine,
  key: string,
  shard: number,
  record: TierRecord,
  times: Times,
  nowMs: number,
): Entry | undefined | Promise<Entry | undefined> {
  if (!engine.timeline(shard).isCurrent(record.seq, -1, record.tags)) return undefined
  const decoded = decode(engine, key, record)
  // Most are there at once, and a promise would cost as much as the rest of a read.
  return decoded instanceof Promise
    ? decoded.then((value) => toEntry(engine, record, times, nowMs, value))
    : toEntry(engine, record, times, nowMs, decoded)
}

function toEntry(engine: Engine, record: TierRecord, times: Times, nowMs: number, value: unknown): Entry | undefined {
  if (value === undefined) return undefined
  const { seq, tags, ttlMs } = record
  const { connection } = (engine.shared as { link: { connection: TierConnection } }).link
  // Never younger than now, whatever the clocks of machines say; and so never of use for longer than it was stored for.
  const bornMs = nowMs - Math.max(0, connection.now(nowMs) - record.bornAtMs)
  const life = engine.common.toLifetime(bornMs, record, eagerAfter(ttlMs, times))
  const entry = new Entry(value, seq, engine.tick, engine.common.toTagList(tags), life)
  return nowMs < entry.graceUntilMs ? entry : undefined
}

/** Puts what was received into the first layer, unless its key or tags changed while it was on its way. */
export function keepReceived(engine: Engine, key: string, shard: number, epoch: number, entry: Entry): boolean {
  const timeline = engine.timeline(shard)
  if (timeline.epoch !== epoch || engine.pendingKeys.has(key)) return false
  if (engine.shared?.recent.isOlder(key, entry.seq) !== false) return false
  if (!timeline.isCurrent(entry.seq, -1, entry.tags)) return false
  try {
    const there = engine.memory.peek(key) as Entry | undefined
    // Somebody's newer value came meanwhile.
    if (there !== undefined && engine.isValid(there, shard) && there.bornMs > entry.bornMs) return true
    engine.keep(key, entry)
    return true
  } catch {
    // A first layer of the user's has thrown. It will again, to whoever loads.
    return false
  }
}

function decode(engine: Engine, key: string, { format, body }: TierRecord): unknown {
  try {
    const decoded = engine.options.codec.decode(key, format, body)
    return decoded instanceof Promise ? decoded.catch((error) => onUnreadable(engine, key, error)) : decoded
  } catch (error) {
    return onUnreadable(engine, key, error)
  }
}

function onUnreadable(engine: Engine, key: string, error: unknown): undefined {
  engine.counts.unreadable++
  const nowMs = engine.clock.now()
  if (nowMs < engine.tellUnreadableAtMs) return
  engine.tellUnreadableAtMs = nowMs + TELL_EVERY_MS
  engine.events.emit({ type: 'value:unreadable', key, error })
}
