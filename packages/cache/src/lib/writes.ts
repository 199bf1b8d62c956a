import { randomBytes } from 'node:crypto'
import { keyLike, listLike, tagList } from './check.ts'
import type { Engine, Shared } from './engine.ts'
import type { Lifetime } from './entry.ts'
import type { Loads } from './load/loads.ts'
import { eagerAfter, toSpans, toTags, ttlOf, withJitter } from './load/times.ts'
import { type EntryOptions, resolveTimes } from './options.ts'
import { commit } from './shared/commit.ts'
import type { Position, TierConnection, TierRecord, Written } from './shared/tier.ts'
import type { Space } from './space.ts'

/**
 * How a change ended. `applied`: every process has heard of it, or will within a few round trips. `queued`: the shared tier did
 * not answer. This process acts on it already, and it is applied when the tier is back.
 */
export type Applied = 'applied' | 'queued'

/** What becomes void in one step. */
export interface Invalidated<key extends string = string> {
  /**
   * Keys that are deleted.
   *
   * @defaultValue none
   */
  readonly keys?: readonly key[] | undefined
  /**
   * Tags: what carries one of them becomes void, in all namespaces.
   *
   * @defaultValue none
   */
  readonly tags?: readonly string[] | undefined
}

/** A value on its way to the shared tier. */
interface SetUnderWay {
  /** Where the log has it, if it was stored. */
  readonly stored: Promise<Position | undefined>
  readonly tags: readonly string[]
}

/** Times that a value is offered while others change the same key. */
const MAX_ATTEMPTS = 3

/** Everything that changes what is cached. */
export class Writes {
  readonly #engine: Engine
  readonly #loads: Loads
  readonly #nodeId = randomBytes(9).toString('base64url')
  #changes = 0
  /** The latest one of each key. */
  readonly #sets = new Map<string, SetUnderWay>()

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
    const spans = toSpans(value, ttlMs, times)
    const life = engine.common.toLifetime(engine.clock.now(), spans, eagerAfter(ttlMs, times))
    engine.counts.sets++
    if (engine.shared === undefined) {
      const { seq } = engine.timeline(0).advance()
      this.#forget(fullKey, seq)
      engine.install(fullKey, value, seq, tags, life)
      return 'applied'
    }
    // First, as it throws what cannot be serialised.
    const encoding = engine.options.codec.encode(fullKey, value)
    const { format, body } = encoding instanceof Promise ? await encoding : encoding
    const { connection } = engine.shared.link
    const record: TierRecord = { seq: 0, bornAtMs: connection.now(), ...spans, tags, format, body }
    return engine.track(this.#setShared(engine.shared, fullKey, value, record, life))
  }

  async delete(space: Space, keys: readonly string[]): Promise<Applied> {
    this.#engine.assertOpen()
    return this.#void(toFullKeys(space, keys), [])
  }

  async invalidateTags(tags: readonly string[]): Promise<Applied> {
    this.#engine.assertOpen()
    return this.#void([], tagList('`tags`', tags))
  }

  async invalidate(space: Space, { keys = [], tags = [] }: Invalidated): Promise<Applied> {
    this.#engine.assertOpen()
    return this.#void(toFullKeys(space, keys), tagList('`tags`', tags))
  }

  async clear(space: Space): Promise<Applied> {
    const engine = this.#engine
    engine.assertOpen()
    engine.counts.clears++
    const own = space.tags.at(-1)
    if (own !== undefined) return this.#void([], [own])
    const { shared } = engine
    this.#loads.failures.clear()
    if (shared === undefined) {
      engine.timeline(0).clear(engine.timeline(0).advance())
      engine.onChangeOfAll()
      return 'applied'
    }
    for (const timeline of engine.timelines) timeline.holdAll()
    engine.onChangeOfAll()
    return engine.track(allApplied(engine.timelines.map((_, shard) => this.#clearShared(shared, shard))))
  }

  /** Keys are each in one shard, tags in all of them. */
  async #void(keys: readonly string[], tags: readonly string[]): Promise<Applied> {
    const engine = this.#engine
    engine.counts.deletes += keys.length
    engine.counts.tagInvalidations += tags.length
    const { shared, timelines } = engine
    if (shared === undefined) {
      for (const key of keys) this.#forget(key, engine.timeline(0).advance().seq)
      if (tags.length > 0) engine.timeline(0).invalidate(tags, engine.timeline(0).advance())
      return 'applied'
    }
    const byShard = new Map<number, string[]>()
    if (tags.length > 0)
      for (const [shard, timeline] of timelines.entries()) {
        timeline.hold(tags)
        byShard.set(shard, [])
      }
    for (const key of keys) {
      const shard = engine.shardOf(key)
      byShard.set(shard, [...(byShard.get(shard) ?? []), key])
    }
    return engine.track(allApplied([...byShard].map(([shard, list]) => this.#voidShared(shared, shard, list, tags))))
  }

  async #setShared(
    { link, outbox }: Shared,
    key: string,
    value: unknown,
    record: TierRecord,
    life: Lifetime,
  ): Promise<Applied> {
    const engine = this.#engine
    const shard = engine.shardOf(key)
    const timeline = engine.timeline(shard)
    const calledMs = engine.clock.now()
    const known = timeline.head
    const change = this.#begin(key)
    const earlier = this.#sets.get(key)
    // What voids tags that the earlier value did not have may have come between.
    const isLike = earlier !== undefined && record.tags.every((tag) => earlier.tags.includes(tag))
    let isStored = false
    const committed = (async (): Promise<Position> => {
      const position = await earlier?.stored
      const before = isLike ? position : undefined
      if (engine.firstChange !== undefined) await engine.firstChange
      return commit(engine.clock, timeline, async () => {
        // Nothing came between what was known and an own value that was stored after it.
        let since: Position = before !== undefined && before.seq > known.seq ? before : known
        let isLast = false
        for (let attempt = 1; ; attempt++) {
          const id = `${this.#nodeId}.${(++this.#changes).toString(36)}`
          const from: Position = since
          const last: boolean = isLast
          const written: Written = await link.call((tier): Promise<Written> => tier.set(key, record, from, id, last))
          isStored = written.kind === 'stored'
          if (written.kind !== 'conflict') return written.position
          // What was there before the caller came is not newer than the value, only heard of later. All else may be.
          isLast = written.notAfterMs >= calledMs || attempt >= MAX_ATTEMPTS
          // The last time it is to meet the same again, and to give way.
          if (!isLast) since = written.position
        }
      })
    })()
    const stored = committed.then(
      (position) => (isStored ? position : undefined),
      () => undefined,
    )
    const own = { stored, tags: record.tags }
    this.#sets.set(key, own)
    try {
      const { seq } = await committed
      // Loads that began meanwhile do not overwrite it.
      engine.hear(key, seq)
      outbox.remember(shard, { kind: 'delete', keys: [key] })
      // All in one step: what is heard from now on finds it in the first layer.
      if (engine.pendingKeys.end(key, change, seq) && isStored && timeline.isCurrent(seq, -1, record.tags))
        engine.install(key, value, seq, record.tags, life)
      return 'applied'
    } catch {
      // Counted by the link. What was there must go: nobody can say whether the new value arrived.
      engine.counts.queued++
      outbox.queueKeys(shard, [key])
      engine.pendingKeys.end(key, change, 0)
      return 'queued'
    } finally {
      if (this.#sets.get(key) === own) this.#sets.delete(key)
    }
  }

  async #voidShared(
    { link, outbox, recent }: Shared,
    shard: number,
    keys: readonly string[],
    tags: readonly string[],
  ): Promise<Applied> {
    const engine = this.#engine
    const timeline = engine.timeline(shard)
    const changes = keys.map((key) => this.#begin(key))
    const apply = (tier: TierConnection): Promise<Position> =>
      tags.length > 0 ? tier.invalidate(shard, tags, keys) : tier.delete(shard, keys)
    try {
      if (engine.firstChange !== undefined) await engine.firstChange
      const { seq } = await commit(engine.clock, timeline, () => link.call(apply))
      for (const key of keys) recent.hear(key, seq)
      timeline.settle(tags, seq)
      if (keys.length > 0) outbox.remember(shard, { kind: 'delete', keys })
      if (tags.length > 0) outbox.remember(shard, { kind: 'invalidate', tags })
      return 'applied'
    } catch {
      engine.counts.queued++
      if (keys.length > 0) outbox.queueKeys(shard, keys)
      if (tags.length > 0) outbox.queueTags(shard, tags)
      return 'queued'
    } finally {
      for (const [index, key] of keys.entries()) engine.pendingKeys.end(key, changes[index] as number, 0)
    }
  }

  async #clearShared({ link, outbox }: Shared, shard: number): Promise<Applied> {
    const engine = this.#engine
    const timeline = engine.timeline(shard)
    try {
      if (engine.firstChange !== undefined) await engine.firstChange
      const position = await commit(engine.clock, timeline, () => link.call((tier) => tier.clear(shard)))
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

function toFullKeys(space: Space, keys: readonly string[]): readonly string[] {
  return [...new Set(listLike('`keys`', keys).map((key) => space.prefix + keyLike('the key', key)))]
}

async function allApplied(results: readonly Promise<Applied>[]): Promise<Applied> {
  const applied = await Promise.all(results)
  return applied.includes('queued') ? 'queued' : 'applied'
}
