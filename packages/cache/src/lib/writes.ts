import { randomBytes } from 'node:crypto'
import { keyLike, tagList } from './check.ts'
import type { Engine, Shared } from './engine.ts'
import { toLifetime } from './entry.ts'
import { TierUnavailableError } from './errors.ts'
import type { Loads } from './load/loads.ts'
import { eagerAfter, toTags, ttlOf, withJitter } from './load/times.ts'
import { type EntryOptions, resolveTimes } from './options.ts'
import type { Position, TierRecord } from './shared/tier.ts'
import type { Space } from './space.ts'
import type { Timeline } from './timeline.ts'

/**
 * How a change ended. `applied`: every process has heard of it, or will within a few round trips. `queued`: the shared tier did
 * not answer. This process acts on it already, and it is applied when the tier is back.
 */
export type Applied = 'applied' | 'queued'

/** Times that a value is offered while others change the same key. */
const MAX_ATTEMPTS = 3

/** Everything that changes what is cached. */
export class Writes {
  readonly #engine: Engine
  readonly #loads: Loads
  readonly #nodeId = randomBytes(9).toString('base64url')
  #changes = 0

  constructor(engine: Engine, loads: Loads) {
    this.#engine = engine
    this.#loads = loads
  }

  async set(space: Space, key: string, value: unknown, options?: EntryOptions): Promise<Applied> {
    const engine = this.#engine
    engine.assertOpen()
    const fullKey = space.prefix + keyLike('the key', key)
    if (value === undefined) throw new TypeError(`Expected the value of "${key}" to be anything but undefined`)
    const times = resolveTimes(options, engine.options.times)
    const tags = toTags(space, options?.tags)
    const ttlMs = withJitter(ttlOf(value, times), times, engine.options.random)
    if (ttlMs === 0) return this.delete(space, [key])
    const spans = { ttlMs, staleWhileRevalidateMs: times.staleWhileRevalidateMs, graceMs: times.graceMs }
    const life = toLifetime(engine.clock.now(), spans, eagerAfter(ttlMs, times))
    engine.counts.sets++
    if (engine.shared === undefined) {
      const seq = engine.timeline(0).advance()
      this.#forget(fullKey, seq)
      engine.install(fullKey, value, seq, tags, life)
      return 'applied'
    }
    // First, as it throws what cannot be serialised.
    const encoding = engine.options.codec.encode(fullKey, value)
    const { format, body } = encoding instanceof Promise ? await encoding : encoding
    const { connection } = engine.shared.link
    const record: TierRecord = { seq: 0, bornAtMs: connection.now(), ...spans, tags, format, body }
    const { seq, isKept } = await this.#setShared(engine.shared, fullKey, record)
    if (seq === undefined) return 'queued'
    if (isKept && engine.timeline(engine.shardOf(fullKey)).isCurrent(seq, -1, tags))
      engine.install(fullKey, value, seq, tags, life)
    return 'applied'
  }

  async delete(space: Space, keys: readonly string[]): Promise<Applied> {
    const engine = this.#engine
    engine.assertOpen()
    const fullKeys = [...new Set(keys.map((key) => space.prefix + keyLike('the key', key)))]
    engine.counts.deletes += fullKeys.length
    const { shared } = engine
    if (shared === undefined) {
      for (const key of fullKeys) this.#forget(key, engine.timeline(0).advance())
      return 'applied'
    }
    const byShard = new Map<number, string[]>()
    for (const key of fullKeys) {
      const shard = engine.shardOf(key)
      byShard.set(shard, [...(byShard.get(shard) ?? []), key])
    }
    return allApplied([...byShard].map(([shard, list]) => this.#deleteShared(shared, shard, list)))
  }

  async invalidateTags(tags: readonly string[]): Promise<Applied> {
    this.#engine.assertOpen()
    const list = tagList('`tags`', tags)
    return list.length === 0 ? 'applied' : this.#invalidate(list)
  }

  async clear(space: Space): Promise<Applied> {
    const engine = this.#engine
    engine.assertOpen()
    engine.counts.clears++
    const own = space.tags.at(-1)
    if (own !== undefined) return this.#invalidate([own])
    const { shared } = engine
    this.#loads.failures.clear()
    if (shared === undefined) {
      engine.timeline(0).clear(engine.timeline(0).advance())
      engine.onChangeOfAll()
      return 'applied'
    }
    for (const timeline of engine.timelines) timeline.holdAll()
    engine.onChangeOfAll()
    return allApplied(engine.timelines.map((_, shard) => this.#clearShared(shared, shard)))
  }

  async #invalidate(tags: readonly string[]): Promise<Applied> {
    const engine = this.#engine
    engine.counts.tagInvalidations += tags.length
    const { shared } = engine
    if (shared === undefined) {
      engine.timeline(0).invalidate(tags, engine.timeline(0).advance())
      return 'applied'
    }
    for (const timeline of engine.timelines) timeline.hold(tags)
    return allApplied(engine.timelines.map((_, shard) => this.#invalidateShared(shared, shard, tags)))
  }

  /** `seq` is there if it was applied. */
  async #setShared(
    { link, outbox, recent }: Shared,
    key: string,
    record: TierRecord,
  ): Promise<{ seq?: number; isKept: boolean }> {
    const engine = this.#engine
    const shard = engine.shardOf(key)
    const timeline = engine.timeline(shard)
    const change = this.#begin(key)
    let seq: number | undefined
    let isStored = false
    try {
      if (engine.firstContact !== undefined) await engine.firstContact
      const position = await commit(timeline, async () => {
        let since = timeline.head
        for (let attempt = 1; ; attempt++) {
          const id = `${this.#nodeId}.${(++this.#changes).toString(36)}`
          const from = since
          const written = await link.call((tier) => tier.set(key, record, from, id, attempt >= MAX_ATTEMPTS))
          isStored = written.kind === 'stored'
          if (written.kind !== 'conflict') return written.position
          since = written.position
        }
      })
      seq = position.seq
      recent.hear(key, seq)
      outbox.remember(shard, { kind: 'delete', keys: [key] })
    } catch {
      // Counted by the link. What was there must go: nobody can say whether the new value arrived.
      engine.counts.queued++
      outbox.queueKeys(shard, [key])
    }
    const isLatest = engine.pendingKeys.end(key, change, seq ?? 0)
    return seq === undefined ? { isKept: false } : { seq, isKept: isStored && isLatest }
  }

  async #deleteShared({ link, outbox, recent }: Shared, shard: number, keys: readonly string[]): Promise<Applied> {
    const engine = this.#engine
    const timeline = engine.timeline(shard)
    const changes = keys.map((key) => this.#begin(key))
    try {
      if (engine.firstContact !== undefined) await engine.firstContact
      const position = await commit(timeline, () => link.call((tier) => tier.delete(shard, keys)))
      for (const key of keys) recent.hear(key, position.seq)
      outbox.remember(shard, { kind: 'delete', keys })
      return 'applied'
    } catch {
      engine.counts.queued++
      outbox.queueKeys(shard, keys)
      return 'queued'
    } finally {
      for (const [index, key] of keys.entries()) engine.pendingKeys.end(key, changes[index] as number, 0)
    }
  }

  async #invalidateShared({ link, outbox }: Shared, shard: number, tags: readonly string[]): Promise<Applied> {
    const engine = this.#engine
    const timeline = engine.timeline(shard)
    try {
      if (engine.firstContact !== undefined) await engine.firstContact
      const position = await commit(timeline, () => link.call((tier) => tier.invalidate(shard, tags)))
      timeline.settle(tags, position.seq)
      outbox.remember(shard, { kind: 'invalidate', tags })
      return 'applied'
    } catch {
      engine.counts.queued++
      outbox.queueTags(shard, tags)
      return 'queued'
    }
  }

  async #clearShared({ link, outbox }: Shared, shard: number): Promise<Applied> {
    const engine = this.#engine
    const timeline = engine.timeline(shard)
    try {
      if (engine.firstContact !== undefined) await engine.firstContact
      const position = await commit(timeline, () => link.call((tier) => tier.clear(shard)))
      timeline.settleAll(position.seq)
      outbox.remember(shard, { kind: 'clear' })
      return 'applied'
    } catch {
      engine.counts.queued++
      outbox.queueAll(shard)
      return 'queued'
    }
  }

  /** From now on, what is known of a key here is void. */
  #begin(key: string): number {
    this.#forget(key, Number.POSITIVE_INFINITY)
    return this.#engine.pendingKeys.begin(key)
  }

  #forget(key: string, seq: number): void {
    this.#engine.onChange(key, seq)
    this.#loads.failures.delete(key)
  }
}

/**
 * Makes a change and notes it.
 *
 * A change comes after all that was known before it. If it does not, or another history began meanwhile, a failover came
 * between, and nobody can say on which side of it the change is: it is as good as not answered.
 */
async function commit(timeline: Timeline, change: () => Promise<Position>): Promise<Position> {
  const { epoch, head } = timeline
  const position = await change()
  if (timeline.epoch !== epoch || position.seq <= head.seq) throw new TierUnavailableError('its history changed')
  timeline.note(position)
  return position
}

async function allApplied(results: readonly Promise<Applied>[]): Promise<Applied> {
  const applied = await Promise.all(results)
  return applied.includes('queued') ? 'queued' : 'applied'
}
