/** Name of the `node:diagnostics_channel` on which every cache publishes its events. */
export const CACHE_CHANNEL = 'breakwater:cache'

/** Name of the tracing channel on which loads are followed, when anybody subscribes. */
export const LOAD_CHANNEL = 'breakwater:cache:load'

/** What a cache tells. Only what is rare: hits, misses and loads are counted instead. */
export type CacheEvent = LoadFailed | TierEvent | LogEvent | InvalidationEvent | ValueUnreadable

/** A load failed and no caller saw its error: a refresh in the background, or a stale value was served instead. */
export interface LoadFailed {
  /** The kind of event. */
  readonly type: 'load:failed'
  /** Which key. */
  readonly key: string
  /** What the loader threw. */
  readonly error: unknown
}

/** The shared tier stopped answering, or answers again. Told on change only. */
export type TierEvent = TierFailed | TierRecovered

/** The shared tier stopped answering: each process is on its own. */
export interface TierFailed {
  /** The kind of event. */
  readonly type: 'tier:failed'
  /** What went wrong first. */
  readonly error: unknown
}

/** The shared tier answers again, and everything missed has been heard. */
export interface TierRecovered {
  /** The kind of event. */
  readonly type: 'tier:recovered'
  /** Milliseconds for which it was away. */
  readonly awayMs: number
}

/** How this process stands to the log of changes. */
export interface LogEvent {
  /** `log:replayed`: changes missed while cut off were read. `log:lost`: they cannot be, so the first layer was emptied. */
  readonly type: 'log:replayed' | 'log:lost'
  /** Which log. */
  readonly shard: number
  /** Changes that were read; of a lost log, own ones that are repeated. */
  readonly changes: number
}

/** What happens to changes that the shared tier does not have yet. */
export interface InvalidationEvent {
  /**
   * `invalidations:queued`: the first of a queue. `invalidations:applied`: the queue is empty again. `invalidations:collapsed`:
   * the queue was full and became one `clear`. `invalidations:lost`: the cache was closed before they could be applied.
   */
  readonly type: 'invalidations:queued' | 'invalidations:applied' | 'invalidations:collapsed' | 'invalidations:lost'
  /** Changes that wait, were applied, became one, or are lost. */
  readonly count: number
}

/** A value of the shared tier could not be read, and counts as a miss. Told at most once a minute. */
export interface ValueUnreadable {
  /** The kind of event. */
  readonly type: 'value:unreadable'
  /** Which key. */
  readonly key: string
  /** Why. */
  readonly error: unknown
}
