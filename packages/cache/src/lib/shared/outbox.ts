import type { Clock } from '@breakwater/core'
import type { InvalidationEvent } from '../events.ts'
import type { Timeline } from '../timeline.ts'
import { commit } from './commit.ts'
import type { Link } from './link.ts'
import type { PendingKeys } from './pending-keys.ts'
import type { RecentChanges } from './recent-changes.ts'
import type { Position, TierConnection } from './tier.ts'

/** A change by this process that was applied, kept in case a failover forgets it. */
export type OwnChange =
  | { readonly kind: 'delete'; readonly keys: readonly string[] }
  | { readonly kind: 'invalidate'; readonly tags: readonly string[] }
  | { readonly kind: 'clear' }

/** What an outbox needs to know. */
export interface OutboxOptions {
  readonly clock: Clock
  readonly maxQueued: number
  readonly timelines: readonly Timeline[]
  readonly pendingKeys: PendingKeys
  readonly recent: RecentChanges
  tell(event: InvalidationEvent): void
}

/** Own changes that are remembered for each shard. */
const REMEMBERED = 4_096
/** Keys or tags of one call of the tier. */
const BATCH = 100
const FIRST_RETRY_MS = 50
const LONGEST_RETRY_MS = 2_000

/**
 * Changes that could not be applied: they are tried again until they are. Keys and tags that wait are there once each, and too
 * many become one `clear`, so that an outage of any length needs bounded memory.
 */
export class Outbox {
  readonly #link: Link
  readonly #options: OutboxOptions
  readonly #queues: readonly Queue[]
  /** Whether listeners were told of a queue, and not yet of its end. */
  #isTold = false
  /** Changes of that queue that were applied. */
  #applied = 0
  #retryMs = FIRST_RETRY_MS
  #stopRetry: (() => void) | undefined = undefined
  #isClosed = false

  constructor(link: Link, options: OutboxOptions) {
    this.#link = link
    this.#options = options
    this.#queues = options.timelines.map(() => new Queue())
  }

  /** Changes that wait. */
  get size(): number {
    return this.#queues.reduce((sum, queue) => sum + queue.size, 0)
  }

  queueKeys(shard: number, keys: readonly string[]): void {
    const queue = this.#queue(shard)
    for (const key of keys) {
      queue.keys.add(key)
      this.#options.pendingKeys.queue(key)
    }
    this.#onQueued(shard)
  }

  /** Tags that are held in the timeline already. */
  queueTags(shard: number, tags: readonly string[]): void {
    const queue = this.#queue(shard)
    for (const tag of tags) queue.tags.set(tag, (queue.tags.get(tag) ?? 0) + 1)
    this.#onQueued(shard)
  }

  /** Everything, held in the timeline already. */
  queueAll(shard: number): void {
    this.#queue(shard).all++
    this.#onQueued(shard)
  }

  /** An own change was applied. */
  remember(shard: number, change: OwnChange): void {
    const { recent } = this.#queue(shard)
    recent.push({ change, atMs: this.#options.clock.now() })
    // Twice the number, so that moving them down is rare.
    if (recent.length >= 2 * REMEMBERED) recent.splice(0, recent.length - REMEMBERED)
  }

  /**
   * The log went another way: own changes may not be in it, and are made again.
   *
   * @param toldMs What was answered until then need not be, as it belongs to what is void.
   * @returns How many.
   */
  repeat(shard: number, toldMs: number): number {
    const changes = this.#queue(shard)
      .recent.splice(0)
      .filter(({ atMs }) => atMs > toldMs)
    const timeline = this.#timeline(shard)
    for (const { change } of changes) {
      if (change.kind === 'delete') this.queueKeys(shard, change.keys)
      else if (change.kind === 'invalidate') {
        timeline.hold(change.tags)
        this.queueTags(shard, change.tags)
      } else {
        timeline.holdAll()
        this.queueAll(shard)
      }
    }
    return changes.length
  }

  /** Tries what waits, now. */
  flush(): void {
    this.#stopRetry?.()
    this.#stopRetry = undefined
    for (let shard = 0; shard < this.#queues.length; shard++) void this.#flush(shard)
  }

  /** Tries a last time. What is left is lost, and told. */
  async close(): Promise<void> {
    this.#isClosed = true
    this.#stopRetry?.()
    await Promise.all(this.#queues.map(({ flushing }) => flushing))
    await Promise.all(this.#queues.map((_, shard) => this.#flush(shard)))
    if (this.size > 0) this.#options.tell({ type: 'invalidations:lost', count: this.size })
  }

  #flush(shard: number): Promise<void> {
    const queue = this.#queue(shard)
    if (queue.flushing === undefined && queue.size > 0)
      queue.flushing = this.#applyAll(shard, queue).finally(() => {
        queue.flushing = undefined
      })
    return queue.flushing ?? DONE
  }

  async #applyAll(shard: number, queue: Queue): Promise<void> {
    try {
      while (queue.size > 0) await this.#applyNext(shard, queue)
      this.#retryMs = FIRST_RETRY_MS
    } catch {
      // Counted by the link, and told when it began.
      this.#retryLater()
    }
    if (this.#isTold && this.size === 0) {
      this.#isTold = false
      this.#options.tell({ type: 'invalidations:applied', count: this.#applied })
    }
  }

  /** One call of the tier. */
  async #applyNext(shard: number, queue: Queue): Promise<void> {
    const { pendingKeys, recent } = this.#options
    const timeline = this.#timeline(shard)
    const apply = (change: (tier: TierConnection) => Promise<Position>): Promise<Position> =>
      commit(this.#options.clock, timeline, () => this.#link.call(change))
    const batch = queue.take()
    queue.taken = batch
    try {
      if (batch.all > 0) {
        const { seq } = await apply((tier) => tier.clear(shard))
        for (let n = 0; n < batch.all; n++) timeline.settleAll(seq)
        this.remember(shard, { kind: 'clear' })
      } else if (batch.tags.size > 0) {
        const tags = [...batch.tags.keys()]
        const { seq } = await apply((tier) => tier.invalidate(shard, tags))
        for (const [tag, times] of batch.tags) for (let n = 0; n < times; n++) timeline.settle([tag], seq)
        this.remember(shard, { kind: 'invalidate', tags })
      } else {
        const keys = [...batch.keys]
        const { seq } = await apply((tier) => tier.delete(shard, keys))
        for (const key of keys) {
          // A read that began before it was queued may still be answered.
          recent.hear(key, seq)
          if (!queue.keys.has(key)) pendingKeys.unqueue(key)
        }
        this.remember(shard, { kind: 'delete', keys })
      }
      this.#applied += sizeOf(batch)
    } catch (error) {
      queue.putBack(batch)
      throw error
    } finally {
      queue.taken = undefined
    }
  }

  #onQueued(shard: number): void {
    if (this.size > this.#options.maxQueued) this.#collapse(shard)
    if (!this.#isTold) {
      this.#isTold = true
      this.#applied = 0
      this.#options.tell({ type: 'invalidations:queued', count: this.size })
    }
    if (this.#stopRetry === undefined) this.#retryLater()
  }

  /** Too much waits: everything becomes void instead. */
  #collapse(shard: number): void {
    const queue = this.#queue(shard)
    const timeline = this.#timeline(shard)
    const count = queue.size
    timeline.holdAll()
    queue.all++
    for (const [tag, times] of queue.tags) for (let n = 0; n < times; n++) timeline.settle([tag], 0)
    for (const key of queue.keys) this.#options.pendingKeys.unqueue(key)
    queue.tags.clear()
    queue.keys.clear()
    this.#options.tell({ type: 'invalidations:collapsed', count })
  }

  #retryLater(): void {
    if (this.#isClosed) return
    this.#stopRetry?.()
    this.#stopRetry = this.#options.clock.after(this.#retryMs, () => this.flush())
    this.#retryMs = Math.min(LONGEST_RETRY_MS, this.#retryMs * 2)
  }

  #queue(shard: number): Queue {
    return this.#queues[shard] as Queue
  }

  #timeline(shard: number): Timeline {
    return this.#options.timelines[shard] as Timeline
  }
}

const DONE: Promise<void> = Promise.resolve()

/** What one call of the tier applies: everything, or tags, or keys. */
class Batch {
  keys = new Set<string>()
  /** How often each is held in the timeline. */
  tags = new Map<string, number>()
  /** How often everything is. */
  all = 0
}

function sizeOf({ keys, tags, all }: Batch): number {
  return keys.size + tags.size + Math.min(1, all)
}

/** What waits for one shard. */
class Queue extends Batch {
  /** While it is being applied. */
  flushing: Promise<void> | undefined = undefined
  /** What one call is applying. */
  taken: Batch | undefined = undefined
  /** With when they were answered. */
  readonly recent: { readonly change: OwnChange; readonly atMs: number }[] = []

  /** What waits, and what is under way. */
  get size(): number {
    return sizeOf(this) + (this.taken === undefined ? 0 : sizeOf(this.taken))
  }

  /** Takes the next batch out, so that what is queued while it is under way is another change. */
  take(): Batch {
    const batch = new Batch()
    if (this.all > 0) {
      batch.all = this.all
      this.all = 0
      return batch
    }
    for (const [tag, times] of this.tags) {
      if (batch.tags.size === BATCH) break
      batch.tags.set(tag, times)
      this.tags.delete(tag)
    }
    if (batch.tags.size > 0) return batch
    for (const key of this.keys) {
      if (batch.keys.size === BATCH) break
      batch.keys.add(key)
      this.keys.delete(key)
    }
    return batch
  }

  putBack({ keys, tags, all }: Batch): void {
    this.all += all
    for (const [tag, times] of tags) this.tags.set(tag, (this.tags.get(tag) ?? 0) + times)
    for (const key of keys) this.keys.add(key)
  }
}
