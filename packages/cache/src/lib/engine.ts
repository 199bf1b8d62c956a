import { type Clock, createEmitter, type Emitter } from '@breakwater/core'
import { estimateBytes } from './codec/estimate.ts'
import { CommonParts } from './common-parts.ts'
import { Counts } from './counts.ts'
import { Deadlines } from './deadlines.ts'
import { Entry, type Lifetime } from './entry.ts'
import { CacheClosedError } from './errors.ts'
import { CACHE_CHANNEL, type CacheEvent } from './events.ts'
import { HitWindows, SAMPLE_MS } from './hit-windows.ts'
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

/**
 * What a cache and its namespaces share: the first layer, the order of changes, and what is under way. It decides what may be
 * served and what may be kept; `load/`, `reads.ts` and `writes.ts` do the work.
 */
export class Engine implements Ticker, TierListener {
  /** Counts what invalidates more than one key. An entry checked at this count needs no look at its tags. */
  tick = 0
  /** Until then a hit of the first layer need not ask whether it is still allowed. */
  quietUntilMs: number = Number.NEGATIVE_INFINITY
  readonly options: ResolvedCacheOptions
  readonly clock: Clock
  readonly memory: MemoryStore
  readonly events: Emitter<CacheEvent>
  readonly counts: Counts = new Counts()
  readonly windows: HitWindows
  readonly deadlines: Deadlines
  readonly common: CommonParts = new CommonParts()
  /** Loads that who asks for their key joins. */
  readonly flights: Map<string, Flight> = new Map()
  /** Loads that nobody joins any more, as their key changed or another one took their place. */
  readonly retired: Set<Flight> = new Set()
  readonly pendingKeys: PendingKeys = new PendingKeys()
  readonly timelines: readonly Timeline[]
  readonly shared: Shared | undefined
  /** Resolves when every log was met, or could have been: who comes earlier waits that long. */
  firstContact: Promise<void> | undefined = undefined
  /** The same for those who change something: they wait longer. */
  firstChange: Promise<void> | undefined = undefined
  isClosed = false
  /** When the next unreadable value is told of. */
  tellUnreadableAtMs: number = Number.NEGATIVE_INFINITY
  #awaySinceMs = -1
  #missed = 0
  #nextSampleMs: number
  #closing: Promise<void> | undefined = undefined
  /** Work in the background that {@link close} waits for. */
  readonly #background = new Set<Promise<unknown>>()

  constructor(options: ResolvedCacheOptions) {
    const { name, clock, memory, shared, maxTags, maxStalenessMs, maxQueued } = options
    this.options = options
    this.clock = clock
    this.memory = memory
    this.events = createEmitter(CACHE_CHANNEL, name)
    this.windows = new HitWindows()
    this.deadlines = new Deadlines(clock, [this.flights, this.retired])
    this.#nextSampleMs = clock.now()
    const connection = shared?.connect({ name, clock, maxStalenessMs, random: options.random }, this)
    this.timelines = Array.from({ length: connection?.shards ?? 1 }, () => new Timeline(this, maxTags))
    if (connection === undefined) {
      const [timeline] = this.timelines as [Timeline]
      timeline.isKnown = true
      timeline.confirmedAtMs = Number.POSITIVE_INFINITY
    } else {
      const link = new Link(connection, this.deadlines, options)
      const { timelines, pendingKeys } = this
      const tell = (event: CacheEvent): void => this.events.emit(event)
      const recent = new RecentChanges()
      const outbox = new Outbox(link, { clock, maxQueued, timelines, pendingKeys, recent, tell })
      this.shared = { link, outbox, recent }
      this.firstContact = this.#meet(connection, options.tierTimeoutMs).then(() => {
        this.firstContact = undefined
      })
      this.firstChange = this.#meet(connection, Math.max(FIRST_CHANGE_MS, options.tierTimeoutMs)).then(() => {
        this.firstChange = undefined
      })
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
  isShared(key: string, shard: number, nowMs: number): boolean {
    return this.shared !== undefined && !this.pendingKeys.has(key) && this.isConfirmed(shard, nowMs)
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
    const entry = new Entry(value, seq, this.tick, this.common.toTagList(tags), life)
    this.keep(key, entry)
    return entry
  }

  /** Puts an entry into the first layer that was checked at this tick. */
  keep(key: string, entry: Entry): void {
    entry.tick = this.tick
    this.memory.set(key, entry, estimateBytes(entry.value) + key.length + ENTRY_BYTES)
  }

  /** A key changed, as the log says with `seq`, or by this process just now with `Infinity`. */
  onChange(key: string, seq: number): void {
    const entry = this.memory.peek(key) as Entry | undefined
    if (entry !== undefined && entry.seq < seq) this.memory.delete(key)
    const flight = this.flights.get(key)
    if (flight === undefined) return
    flight.fence(seq)
    if (flight.fencedSeq > 0) this.#retire(flight)
  }

  /** A change is committed, as the log or an answer says. */
  hear(key: string, seq: number): void {
    this.pendingKeys.hear(key, seq)
    this.shared?.recent.hear(key, seq)
    this.onChange(key, seq)
  }

  /** Everything changed. */
  onChangeOfAll(): void {
    this.memory.clear()
    for (const flight of this.flights.values()) this.#retire(flight)
  }

  /** A load begins. If there is one of the same key, it takes its place. */
  enlist(flight: Flight): void {
    const other = this.flights.get(flight.key)
    if (other !== undefined) this.#retire(other)
    this.flights.set(flight.key, flight)
  }

  /**
   * A loader is about to be called: what changed before does not matter to it.
   *
   * @returns Whether changes from now on reach the load. If another one took its place they do not, and its value is not kept.
   */
  reinstate(flight: Flight): boolean {
    if (this.retired.size === 0 || !this.retired.has(flight)) return true
    if (this.flights.has(flight.key)) return false
    this.retired.delete(flight)
    this.flights.set(flight.key, flight)
    return true
  }

  /** A load has ended. */
  dismiss(flight: Flight): void {
    if (this.flights.get(flight.key) === flight) this.flights.delete(flight.key)
    else this.retired.delete(flight)
  }

  onHistory(shard: number, history: History): void {
    const timeline = this.timeline(shard)
    const wasKnown = timeline.isKnown
    timeline.begin(history)
    this.onChangeOfAll()
    // In a new one what was changed before does not matter. But it may have begun before this process heard of it.
    const toldMs = history.isNew ? timeline.confirmedAtMs : Number.NEGATIVE_INFINITY
    const changes = (this.shared as Shared).outbox.repeat(shard, toldMs)
    if (wasKnown) this.events.emit({ type: 'log:lost', shard, changes })
  }

  /** A change that was answered is not in the log: a failover forgot it, though nothing else that this process knew. */
  #onForgotten(shard: number): void {
    this.timeline(shard).forget()
    this.onChangeOfAll()
    this.events.emit({
      type: 'log:lost',
      shard,
      changes: (this.shared as Shared).outbox.repeat(shard, Number.NEGATIVE_INFINITY),
    })
  }

  onMutations(shard: number, mutations: readonly Mutation[], position: Position): void {
    const timeline = this.timeline(shard)
    for (const mutation of mutations) this.#apply(timeline, mutation)
    timeline.reach(position)
    if (mutations.some(({ position }) => timeline.contradicts(position))) this.#onForgotten(shard)
    if (this.#awaySinceMs >= 0) this.#missed += mutations.length
  }

  onConfirmed(shard: number, atMs: number): void {
    const { link, outbox } = this.shared as Shared
    this.timeline(shard).confirmedAtMs = atMs
    if (this.timeline(shard).misses(atMs)) this.#onForgotten(shard)
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
            if (read.kind === 'found' && read.record.seq === entry.seq) return
            // Somebody's lease says nothing against a load of this process, which may be what it is for.
            if (read.kind === 'busy') this.memory.delete(key)
            else this.onChange(key, Number.POSITIVE_INFINITY)
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

  /** Work that somebody awaits, and {@link close} as well. */
  track<result>(work: Promise<result>): Promise<result> {
    this.inBackground(work)
    return work
  }

  /** Notes the hits so far, if it is time. */
  sample(nowMs: number): void {
    if (nowMs < this.#nextSampleMs) return
    this.windows.add(nowMs, this.counts)
    this.#nextSampleMs = nowMs + SAMPLE_MS
    this.#updateQuiet()
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    this.isClosed = true
    this.#updateQuiet()
    // Whatever it did lately, the tier gets one last chance.
    this.shared?.link.onSign()
    for (const flight of [...this.flights.values(), ...this.retired]) this.#abandon(flight)
    this.flights.clear()
    this.retired.clear()
    if (this.shared !== undefined) {
      const { link, outbox } = this.shared
      // What they cannot apply is queued.
      await Promise.all(this.#background)
      await link.idle()
      await outbox.close()
      await link.connection.close()
    }
    this.deadlines.close()
    this.memory.clear()
  }

  #abandon(flight: Flight): void {
    const { call, token, key } = flight
    const closed = new CacheClosedError(this.options.name)
    flight.isOver = true
    flight.stopRenewal?.()
    call?.abort(closed)
    flight.reject(closed)
    const { link } = this.shared ?? {}
    if (token !== undefined && link !== undefined) this.inBackground(link.call((tier) => tier.release(key, token)))
  }

  /** Who asks from now on must not get what this load reads. */
  #retire(flight: Flight): void {
    flight.fence(Number.POSITIVE_INFINITY)
    this.flights.delete(flight.key)
    this.retired.add(flight)
  }

  #apply(timeline: Timeline, mutation: Mutation): void {
    const { position } = mutation
    const { seq } = position
    if (mutation.kind === 'invalidate') timeline.invalidate(mutation.tags, position)
    else if (mutation.kind === 'clear') timeline.clear(position)
    else if (mutation.kind === 'set') this.hear(mutation.key, seq)
    else for (const key of mutation.keys) this.hear(key, seq)
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
    const isHopeless = (): boolean => this.isClosed || this.#awaySinceMs >= 0 || this.clock.now() >= giveUpMs
    while (!isMet() && !isHopeless()) await this.clock.sleep(MEET_MS)
  }
}

/** How long changes wait for a tier that is only being connected to. A read has a loader, a change would have to be queued. */
const FIRST_CHANGE_MS = 1_000
/** How often it is looked whether the shared tier was met. */
const MEET_MS = 2
/** What an entry costs besides its key and value: measured, see docs/benchmarks.md. */
const ENTRY_BYTES = 220
