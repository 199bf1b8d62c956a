import type { Engine } from './engine.ts'
import type { Entry } from './entry.ts'
import type { Failures } from './load/failures.ts'
import { receive } from './shared/received.ts'

/** Where a key lives, and what the next read of it comes to. */
export interface Inspection {
  /** The key, with the prefixes of namespaces. */
  readonly key: string
  /** What the next `getOrSet` comes to. */
  readonly next: 'memory-hit' | 'shared-hit' | 'stale-hit' | 'wait-for-load' | 'miss'
  /** Why, in a sentence. */
  readonly why: string
  /** What the first layer has. */
  readonly memory: InspectedValue | undefined
  /** What the shared tier has; `undefined` without one. */
  readonly shared: InspectedShared | undefined
  /** Milliseconds for which it has been loading in this process. */
  readonly loadingForMs: number | undefined
  /** Whether a change by this process waits for the shared tier. */
  readonly isPending: boolean
  /** Milliseconds since the log of changes was last sure to be read; `undefined` without a shared tier, or before it was met. */
  readonly logLagMs: number | undefined
}

/** A value, by its age. */
export interface InspectedValue {
  /** Milliseconds since it was read from its source. */
  readonly ageMs: number
  /** Milliseconds until it is not fresh any more; negative after that. */
  readonly freshForMs: number
  /** Milliseconds until it is of no use at all. */
  readonly usableForMs: number
  /** Its tags, without those of namespaces. */
  readonly tags: readonly string[]
  /** What makes it void, such as `clear()` or `the tag "users"`. */
  readonly invalidatedBy: string | undefined
}

/** What the shared tier said. */
export type InspectedShared =
  | {
      readonly state: 'found'
      readonly value: InspectedValue
      /** Milliseconds after its ttl for which it is served while it is renewed. */
      readonly staleWhileRevalidateMs: number
    }
  | { readonly state: 'absent' | 'busy' | 'failed' | 'unusable' | 'unreachable' }

type Foreseen = Pick<Inspection, 'next' | 'why'>

/** Looks at a key, and changes nothing: not even the order of eviction. */
export async function inspect(engine: Engine, key: string, failures: Failures): Promise<Inspection> {
  const shard = engine.shardOf(key)
  const nowMs = engine.clock.now()
  const timeline = engine.timeline(shard)
  const entry = engine.memory.peek(key) as Entry | undefined
  const memory = entry === undefined ? undefined : toValue(engine, shard, entry, entry.tick, nowMs)
  const shared = engine.shared === undefined ? undefined : await ask(engine, key, shard)
  const flight = engine.flights.get(key)
  const foreseen = foresee(engine, shard, entry, memory, shared, nowMs, flight !== undefined, key)
  const lagMs = nowMs - timeline.confirmedAtMs
  return {
    key,
    ...(failures.get(key) === undefined ? foreseen : heldBack(foreseen, memory)),
    memory,
    shared,
    loadingForMs: flight?.call === undefined ? undefined : nowMs - flight.bornMs,
    isPending: engine.pendingKeys.has(key),
    logLagMs: engine.shared !== undefined && Number.isFinite(lagMs) ? lagMs : undefined,
  }
}

/** Shortly after a failure nothing is loaded. */
function heldBack(foreseen: Foreseen, memory: InspectedValue | undefined): Foreseen {
  const { next, why } = foreseen
  if (next === 'memory-hit' || next === 'stale-hit') return foreseen
  const isUsable = memory !== undefined && memory.invalidatedBy === undefined && memory.usableForMs > 0
  return isUsable
    ? { next: 'stale-hit', why: `${why}, its loader failed a moment ago, and it is in grace` }
    : { next: 'miss', why: `${why}, its loader failed a moment ago, and callers get the same error for now` }
}

function foresee(
  engine: Engine,
  shard: number,
  entry: Entry | undefined,
  memory: InspectedValue | undefined,
  shared: InspectedShared | undefined,
  nowMs: number,
  isLoading: boolean,
  key: string,
): Foreseen {
  let why = 'The first layer does not have it'
  if (entry !== undefined && memory !== undefined) {
    if (memory.invalidatedBy !== undefined)
      why = `The value of the first layer was invalidated by ${memory.invalidatedBy}`
    else if (!engine.isTrusted(entry, shard, nowMs))
      why = 'The log of changes cannot be read, and the value of the first layer is older than maxStalenessMs'
    else if (memory.freshForMs > 0) return { next: 'memory-hit', why: 'The first layer has a fresh value' }
    else if (nowMs < entry.staleUntilMs)
      return { next: 'stale-hit', why: 'The value of the first layer is stale, and served while it is renewed' }
    else why = 'The value of the first layer has expired'
  }
  if (isLoading) return { next: 'wait-for-load', why: `${why}, and a load is under way` }
  if (shared === undefined) return { next: 'miss', why }
  if (engine.pendingKeys.has(key))
    return { next: 'miss', why: `${why}, and a change by this process waits for the shared tier` }
  if (!engine.isConfirmed(shard, nowMs))
    return { next: 'miss', why: `${why}, and the shared tier is not asked while its log cannot be read` }
  if (shared.state === 'busy') return { next: 'wait-for-load', why: `${why}, and another process is loading it` }
  if (shared.state !== 'found') return { next: 'miss', why: `${why}, and the shared tier says: ${shared.state}` }
  const { invalidatedBy, freshForMs } = shared.value
  if (invalidatedBy !== undefined)
    return { next: 'miss', why: `${why}, and the value of the shared tier was invalidated by ${invalidatedBy}` }
  if (freshForMs > 0) return { next: 'shared-hit', why: `${why}, and the shared tier has a fresh value` }
  if (freshForMs + shared.staleWhileRevalidateMs > 0)
    return { next: 'stale-hit', why: `${why}, and that of the shared tier is stale, and served while it is renewed` }
  return { next: 'miss', why: `${why}, and so has that of the shared tier` }
}

async function ask(engine: Engine, key: string, shard: number): Promise<InspectedShared> {
  const { link } = engine.shared as NonNullable<Engine['shared']>
  try {
    const read = await link.call((tier) => tier.read(key))
    if (read.kind !== 'found') return { state: read.kind === 'leased' ? 'busy' : read.kind }
    const { record } = read
    const { seq, tags } = record
    const culprit = engine.timeline(shard).culprit(seq, -1, tags)
    const ageMs = Math.max(0, link.connection.now() - record.bornAtMs)
    const usableMs = record.ttlMs + Math.max(record.graceMs, record.staleWhileRevalidateMs)
    if (
      culprit === undefined &&
      (await receive(engine, key, shard, record, engine.options.times, engine.clock.now())) === undefined
    )
      return { state: 'unusable' }
    return {
      state: 'found',
      staleWhileRevalidateMs: record.staleWhileRevalidateMs,
      value: {
        ageMs,
        freshForMs: record.ttlMs - ageMs,
        usableForMs: usableMs - ageMs,
        tags: own(tags),
        invalidatedBy: name(culprit),
      },
    }
  } catch {
    return { state: 'unreachable' }
  }
}

function toValue(engine: Engine, shard: number, entry: Entry, tick: number, nowMs: number): InspectedValue {
  return {
    ageMs: nowMs - entry.bornMs,
    freshForMs: entry.freshUntilMs - nowMs,
    usableForMs: entry.graceUntilMs - nowMs,
    tags: own(entry.tags),
    invalidatedBy: name(engine.timeline(shard).culprit(entry.seq, tick, entry.tags)),
  }
}

function own(tags: readonly string[]): readonly string[] {
  return tags.filter((tag) => !tag.startsWith('\0'))
}

function name(culprit: string | undefined): string | undefined {
  if (culprit === undefined) return undefined
  return culprit === '' ? 'clear()' : culprit.startsWith('\0') ? 'clear() of its namespace' : `the tag "${culprit}"`
}
