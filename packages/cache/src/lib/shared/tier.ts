import type { Clock } from '@breakwater/core'

/**
 * The second layer: one store for several processes, which also hands out the order of all changes and tells each process
 * of them. Store, leases and log are one thing, because a change and its announcement must be one atomic step.
 */
export interface SharedTier {
  /**
   * Begins to follow the log, in the background: a tier that cannot be reached is one that comes later.
   *
   * @param options What it needs to know of the cache.
   * @param listener What is told, in order for each shard.
   */
  connect(options: TierOptions, listener: TierListener): TierConnection
}

/** What a tier needs to know of the cache that uses it. */
export interface TierOptions {
  /** Name of the cache: caches of one name share their values. */
  readonly name: string
  /** Milliseconds within which a connection that was lost without a word has to be noticed. */
  readonly maxStalenessMs: number
  /**
   * Where chance comes from: a function that returns numbers from 0 up to 1.
   *
   * @defaultValue `Math.random`
   */
  readonly random?: (() => number) | undefined
  /** Clock of all limits and of {@link TierListener.onConfirmed}. */
  readonly clock: Clock
}

/**
 * A place in the log of one shard. A later change has a higher `seq`. The `id` cannot be guessed: two histories that went
 * different ways, such as after a failover, differ in it.
 */
export interface Position {
  /** Number in the order of changes. */
  readonly seq: number
  /** Name of exactly this change. */
  readonly id: string
}

/** A change of the shared state, as the log tells it. */
export type Mutation =
  | { readonly kind: 'delete'; readonly keys: readonly string[]; readonly position: Position }
  | { readonly kind: 'set'; readonly key: string; readonly position: Position }
  | { readonly kind: 'invalidate'; readonly tags: readonly string[]; readonly position: Position }
  | { readonly kind: 'clear'; readonly position: Position }

/** The state of a shard's log when a process begins to follow it. */
export interface History {
  /** Up to where this state reaches. */
  readonly position: Position
  /** Whether everything stored before is void: another incarnation of the shared state, or the first one met. */
  readonly isNew: boolean
  /** `seq` of the latest clear, `0` without one. */
  readonly clearedSeq: number
  /** Tags that are not in `tags` were not invalidated after this `seq`. */
  readonly floorSeq: number
  /** `seq` of the latest invalidation of each tag. */
  readonly tags: ReadonlyMap<string, number>
}

/** What a process hears. */
export interface TierListener {
  /** First contact, or what was followed is not there any more: whatever is known of this shard is void. */
  onHistory(shard: number, history: History): void
  /** Changes after the latest position, in order, each once; `position` is that of the last one. */
  onMutations(shard: number, mutations: readonly Mutation[], position: Position): void
  /** Every change that was committed before `atMs` (on this process' clock) has been told. */
  onConfirmed(shard: number, atMs: number): void
  /** Somebody who is no cache of this kind changed a key. Only if the tier watches for that. */
  onForeignChange(key: string): void
  /** Following the log failed; it goes on trying. */
  onFailure(error: unknown): void
}

/** A value as it is stored in the shared tier. */
export interface TierRecord {
  /** All changes up to this one were committed before the value was read from its source. */
  readonly seq: number
  /** When that was, on the tier's own clock ({@link TierConnection.now}). */
  readonly bornAtMs: number
  /** Milliseconds from then on for which it is fresh. */
  readonly ttlMs: number
  /** Milliseconds after that for which it may be served while it is renewed. */
  readonly staleWhileRevalidateMs: number
  /** Milliseconds after the first ones for which it may be served if it cannot be renewed. */
  readonly graceMs: number
  /** Tags of the value. */
  readonly tags: readonly string[]
  /** How the body was made: the codec's business. */
  readonly format: number
  /** The value's bytes. */
  readonly body: Uint8Array
}

/** Asks for the right to load a key, for a while. */
export interface LeaseRequest {
  /** Unique for each attempt, printable, at most 64 characters. */
  readonly token: string
  /** Milliseconds after which it is free again, unless renewed. */
  readonly forMs: number
}

/** What is stored under a key. */
export type TierRead =
  /** A value. Whether it is fresh and not invalidated is for the reader to say. */
  | { readonly kind: 'found'; readonly record: TierRecord }
  /** Nothing that can be used, and nobody loads it. */
  | { readonly kind: 'absent' }
  /** Nothing that can be used; the lease that was asked for is granted. */
  | { readonly kind: 'leased' }
  /** Somebody else has the lease. */
  | { readonly kind: 'busy' }
  /** Somebody else's loader failed a moment ago, and said this. */
  | { readonly kind: 'failed'; readonly body: Uint8Array }
  /** Something is there that is no value of this cache: another format, version or incarnation. Lease it by `lease()`. */
  | { readonly kind: 'unusable' }

/** How a `set` ended: stored; or only deleted, as something newer may exist; or not done, as the key changed meanwhile. */
export type Written =
  | { readonly kind: 'stored' | 'deleted'; readonly position: Position }
  | {
      readonly kind: 'conflict'
      readonly position: Position
      /** The latest change in the way was not made after this moment of the process' clock. `Infinity` if nobody can say. */
      readonly notAfterMs: number
    }

/** A failure that other processes are told of. */
export interface SharedFailure {
  /** What is said. */
  readonly body: Uint8Array
  /** Milliseconds for which nobody else need try. */
  readonly forMs: number
}

/**
 * A tier in use. Every method talks to a server and may take any time or fail: limits are the caller's. Each may be
 * executed late or twice by a client that sends again after a lost connection; that does no harm.
 */
export interface TierConnection {
  /** How many logs there are. A key belongs to one, and only its order matters for it. */
  readonly shards: number
  /** Which log a key belongs to. */
  shardOf(key: string): number
  /** Whether commands can be sent right now, as far as is known without sending one. */
  readonly isReady: boolean
  /**
   * The tier's own time in Unix milliseconds, estimated from its answers; this process' until there is one.
   *
   * @param atMs At which moment of the process' clock: now, if it is left out. Who has just read that clock saves a reading.
   */
  now(atMs?: number): number
  /** Reads; with `lease`, and nothing there, asks for it in the same command. One round trip. */
  read(key: string, lease?: LeaseRequest): Promise<TierRead>
  /** The same for several keys: one round trip, and another one for the leases of those that are not there. */
  readMany(keys: readonly string[], lease?: LeaseRequest): Promise<readonly TierRead[]>
  /** Asks for the right to load a key under which something is that cannot be used. */
  lease(
    key: string,
    lease: LeaseRequest,
  ): Promise<'leased' | 'busy' | { readonly kind: 'failed'; readonly body: Uint8Array }>
  /** Prolongs a lease. */
  renew(key: string, lease: LeaseRequest): Promise<boolean>
  /** Gives a lease back; with `failure`, tells others of it. */
  release(key: string, token: string, failure?: SharedFailure): Promise<void>
  /**
   * Stores a loaded value, if the lease is still held and the log still has `since`: then no change of the key came between.
   *
   * @param since Position that was known when the loader was called; `record.seq` is its `seq`.
   */
  fill(key: string, token: string, record: TierRecord, since: Position): Promise<boolean>
  /**
   * Stores a value and tells everybody, in one step.
   *
   * If the log is not the one of `since`, or too much happened after it, the key is only deleted. If it tells of another change of
   * the key, or an invalidation of the value's tags, nothing is done (`conflict`), or with `isLast` the key is deleted.
   *
   * @param record `seq` is ignored: it becomes that of this change.
   * @param since Position known when the caller wanted it. With `0` for its `seq` none was: everything that the log tells of counts as later,
   *   and so does what it does not tell of any more.
   * @param id Unique for each wanted change: executed twice, it is one.
   */
  set(key: string, record: TierRecord, since: Position, id: string, isLast: boolean): Promise<Written>
  /** Deletes keys of one shard, their leases, and tells everybody. */
  delete(shard: number, keys: readonly string[]): Promise<Position>
  /**
   * Makes everything void that carries one of these tags and was read from its source before; and deletes keys in the same step,
   * if there are any.
   */
  invalidate(shard: number, tags: readonly string[], keys?: readonly string[]): Promise<Position>
  /** Makes everything void that was read from its source before. */
  clear(shard: number): Promise<Position>
  /** Stops following and gives back what it opened; what the user gave is left open. */
  close(): Promise<void>
}
