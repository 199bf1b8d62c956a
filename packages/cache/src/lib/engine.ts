import { type Clock, createEmitter, type Emitter } from '@breakwater/core'
import { estimateBytes } from './codec/estimate.ts'
import { Counts } from './counts.ts'
import { Deadlines } from './deadlines.ts'
import { Entry, type Lifetime } from './entry.ts'
import { CacheClosedError } from './errors.ts'
import { CACHE_CHANNEL, type CacheEvent } from './events.ts'
import { HitWindows } from './hit-windows.ts'
import type { Flight } from './load/flight.ts'
import type { MemoryStore } from './memory/store.ts'
import type { ResolvedCacheOptions } from './options.ts'
import { Link } from './shared/link.ts'
import { Outbox } from './shared/outbox.ts'
import { PendingKeys } from './shared/pending-keys.ts'
import { RecentChanges } from './shared/recent-changes.ts'
import type { History, Mutation, Position, TierConnection, TierListener } from './shared/tier.ts'
import { type Ticker, Timeline } from './timeline.ts'

/** The shared tier, with everything that this process keeps of it. */
export interface Shared {
  readonly link: Link
  readonly outbox: Outbox
  readonly recent: RecentChanges
}

/** How often the hit rate is noted. */
const SAMPLE_MS = 10_000

/**
 * What a cache and its namespaces share: the first layer, the order of changes, and what is under way. It decides what may be
 * served and what may be kept; `load/`, `reads.ts` and `writes.ts` do the work.
 */
export class Engine implements Ticker, TierListener {
  /** Counts what invalidates more than one key. An entry checked at this count needs no look at its tags. */
  tick = 0
  /** Until then a hit of the first layer need not ask whether it is still allowed. */
  quietUntilMs = Number.NEGATIVE_INFINITY
  readonly options: ResolvedCacheOptions
  readonly clock: Clock
  readonly memory: MemoryStore
  readonly events: Emitter<CacheEvent>
  readonly counts: Counts = new Counts()
  readonly windows: HitWindows
  readonly deadlines: Deadlines
  readonly flights = new Map<string, Flight>()
  readonly pendingKeys: PendingKeys = new PendingKeys()
  readonly timelines: readonly Timeline[]
  readonly shared: Shared | undefined
  /** Resolves when every log was met, or could have been: who comes earlier waits that long. */
  firstContact: Promise<void> | undefined = undefined
  isClosed = false
  /** When the next unreadable value is told of. */
  tellUnreadableAtMs = Number.NEGATIVE_INFINITY
  #awaySinceMs = -1
  #missed = 0
  #nextSampleMs: number
  /** Work in the background that {@link close} waits for. */
  readonly #background = new Set<Promise<unknown>>()

  constructor(options: ResolvedCacheOptions) {
    const { name, clock, memory, shared, maxTags, maxStalenessMs, maxQueued } = options
    this.options = options
    this.clock = clock
    this.memory = memory
    this.events = createEmitter(CACHE_CHANNEL, name)
    this.windows = new HitWindows()
    this.deadlines = new Deadlines(clock)
    this.#nextSampleMs = clock.now()
    const connection = shared?.connect({ name, clock, maxStalenessMs }, this)
    this.timelines = Array.from({ length: connection?.shards ?? 1 }, () => new Timeline(this, maxTags))
    if (connection === undefined) {
      const [timeline] = this.timelines as [Timeline]
      timeline.isKnown = true
      timeline.confirmedAtMs = Number.POSITIVE_INFINITY
    } else {
      const link = new Link(connection, this.deadlines, options)
      const { timelines, pendingKeys } = this
      const tell = (event: CacheEvent): void => this.events.emit(event)
      const outbox = new Outbox(link, { clock, maxQueued, timelines, pendingKeys, tell })
      this.shared = { link, outbox, recent: new RecentChanges() }
      this.firstContact = this.#meet(connection, options.tierTimeoutMs)
    }
    this.sample(clock.now())
  }

  assertOpen(): void {
    if (this.isClosed) throw new CacheClosedError(this.options.name)
  }

  shardOf(key: string): number {
    return this.shared === undefined || this.timelines.length === 1 ? 0 : this.shared.link.connection.shardOf(key)
  }

  timeline(shard: number): Timeline {
    return this.timelines[shard] as Timeline
  }

  /** Whether the log of a shard can be followed: what the tier and the first layer say is as good as promised. */
  isConfirmed(shard: number, nowMs: number): boolean {
    const { isKnown, confirmedAtMs } = this.timeline(shard)
    return isKnown && nowMs - confirmedAtMs <= this.options.maxStalenessMs
  }

  /** Whether the shared tier may be asked for a key. */
  isShared(key: string, shard: number): boolean {
    return this.shared !== undefined && !this.pendingKeys.has(key) && this.isConfirmed(shard, this.clock.now())
  }

  /** What the first layer has of a key that was not invalidated: fresh, stale or in grace. */
  find(key: string, nowMs: number): Entry | undefined {
    const entry = this.memory.get(key) as Entry | undefined
    if (entry === undefined) return undefined
    const shard = this.shardOf(key)
    if (nowMs >= entry.graceUntilMs || !this.isValid(entry, shard)) {
      this.memory.delete(key)
      return undefined
    }
    return this.isTrusted(entry, shard, nowMs) ? entry : undefined
  }

  /** Whether no invalidation concerns an entry. */
  isValid(entry: Entry, shard: number): boolean {
    if (entry.tick === this.tick) return true
    if (!this.timeline(shard).isCurrent(entry.seq, entry.tick, entry.tags)) return false
    entry.tick = this.tick
    return true
  }

  /** Whether an entry is not older than what is promised to those who are cut off. */
  isTrusted(entry: Entry, shard: number, nowMs: number): boolean {
    return nowMs - entry.bornMs <= this.options.maxStalenessMs || this.isConfirmed(shard, nowMs)
  }

  /** Puts a value into the first layer. Whether it may be kept is for the caller to know. */
  install(key: string, value: unknown, seq: number, tags: readonly string[], life: Lifetime): Entry {
    const entry = new Entry(value, seq, this.tick, tags, life)
    this.memory.set(key, entry, estimateBytes(value) + key.length + ENTRY_BYTES)
    return entry
  }

  /** A key changed, as the log says with `seq`, or by this process just now with `Infinity`. */
  onChange(key: string, seq: number): void {
    const entry = this.memory.peek(key) as Entry | undefined
    if (entry !== undefined && entry.seq < seq) this.memory.delete(key)
    const flight = this.flights.get(key)
    if (flight === undefined) return
    flight.fence(seq)
    // Who asks from now on must not get what was read before.
    if (flight.fencedSeq > 0) this.flights.delete(key)
  }

  /** Everything changed. */
  onChangeOfAll(): void {
    this.memory.clear()
    for (const [key, flight] of this.flights) {
      flight.fence(Number.POSITIVE_INFINITY)
      this.flights.delete(key)
    }
  }

  onHistory(shard: number, history: History): void {
    const timeline = this.timeline(shard)
    const wasKnown = timeline.isKnown
    timeline.begin(history)
    this.onChangeOfAll()
    const { outbox } = this.shared as Shared
    if (history.isNew) outbox.forget(shard)
    const changes = history.isNew ? 0 : outbox.repeat(shard)
    if (wasKnown) this.events.emit({ type: 'log:lost', shard, changes })
  }

  onMutations(shard: number, mutations: readonly Mutation[], position: Position): void {
    for (const mutation of mutations) this.#apply(this.timeline(shard), mutation)
    this.timeline(shard).reach(position)
    if (this.#awaySinceMs >= 0) this.#missed += mutations.length
  }

  onConfirmed(shard: number, atMs: number): void {
    const { link, outbox } = this.shared as Shared
    this.timeline(shard).confirmedAtMs = atMs
    this.#updateQuiet()
    const nowMs = this.clock.now()
    if (this.#awaySinceMs >= 0 && this.timelines.every((_, index) => this.isConfirmed(index, nowMs))) {
      if (this.#missed > 0) this.events.emit({ type: 'log:replayed', shard, changes: this.#missed })
      this.events.emit({ type: 'tier:recovered', awayMs: nowMs - this.#awaySinceMs })
      this.#awaySinceMs = -1
      this.#missed = 0
      link.onSign()
    }
    if (outbox.size > 0) outbox.flush()
  }

  onForeignChange(key: string): void {
    const { link } = this.shared as Shared
    const entry = this.memory.peek(key) as Entry | undefined
    if (entry === undefined) return
    // Own loads and those of other processes are changes, too: only what is not there any more has to go.
    this.inBackground(
      link
        .call((tier) => tier.read(key))
        .then(
          (read) => {
            if (read.kind !== 'found' || read.record.seq !== entry.seq) this.onChange(key, Number.POSITIVE_INFINITY)
          },
          () => this.onChange(key, Number.POSITIVE_INFINITY),
        ),
    )
  }

  onFailure(error: unknown): void {
    if (this.#awaySinceMs >= 0) return
    this.#awaySinceMs = this.clock.now()
    this.events.emitFailure({ type: 'tier:failed', error })
  }

  /** Work that nobody awaits, until the cache is closed. */
  inBackground(work: Promise<unknown>): void {
    const tracked = work.catch(() => {}).finally(() => this.#background.delete(tracked))
    this.#background.add(tracked)
  }

  /** Notes the hits so far, if it is time. */
  sample(nowMs: number): void {
    if (nowMs < this.#nextSampleMs) return
    this.windows.add(nowMs, this.counts)
    this.#nextSampleMs = nowMs + SAMPLE_MS
    this.#updateQuiet()
  }

  async close(): Promise<void> {
    if (this.isClosed) return
    this.isClosed = true
    this.#updateQuiet()
    const closed = new CacheClosedError(this.options.name)
    for (const flight of this.flights.values()) {
      flight.isOver = true
      flight.stopRenewal?.()
      flight.call?.abort(closed)
      flight.reject(closed)
    }
    this.flights.clear()
    if (this.shared !== undefined) {
      await Promise.all([this.shared.outbox.close(), ...this.#background])
      await this.shared.link.connection.close()
    }
    this.memory.clear()
  }

  #apply(timeline: Timeline, mutation: Mutation): void {
    const { seq } = mutation.position
    if (mutation.kind === 'invalidate') timeline.invalidate(mutation.tags, seq)
    else if (mutation.kind === 'clear') timeline.clear(seq)
    else if (mutation.kind === 'set') this.#hear(mutation.key, seq)
    else for (const key of mutation.keys) this.#hear(key, seq)
  }

  #hear(key: string, seq: number): void {
    this.pendingKeys.hear(key, seq)
    this.shared?.recent.hear(key, seq)
    this.onChange(key, seq)
  }

  #updateQuiet(): void {
    let quietUntilMs = this.#nextSampleMs
    for (const { confirmedAtMs } of this.timelines)
      quietUntilMs = Math.min(quietUntilMs, confirmedAtMs + this.options.maxStalenessMs)
    this.quietUntilMs = this.isClosed ? Number.NEGATIVE_INFINITY : quietUntilMs
  }

  /** Waits until every log was met and commands can be sent, but not for long. */
  async #meet(connection: TierConnection, limitMs: number): Promise<void> {
    const giveUpMs = this.clock.now() + limitMs
    const isMet = (): boolean =>
      connection.isReady && this.timelines.every((_, shard) => this.isConfirmed(shard, this.clock.now()))
    while (!isMet() && !this.isClosed && this.clock.now() < giveUpMs) await this.clock.sleep(MEET_MS)
    this.firstContact = undefined
  }
}

/** How often it is looked whether the shared tier was met. */
const MEET_MS = 2
/** What an entry costs besides its key and value: measured, see docs/benchmarks.md. */
const ENTRY_BYTES = 220
