import {
  type Clock,
  callable,
  milliseconds,
  nonEmptyString,
  type Policy,
  positiveInteger,
  positiveMilliseconds,
  ratio,
  systemClock,
} from '@breakwater/core'
import { type Codec, createCodec } from './codec/codec.ts'
import type { Compressor } from './codec/compressor.ts'
import type { Encryptor } from './codec/encryptor.ts'
import type { Serializer } from './codec/serializer.ts'
import { createMemoryStore } from './memory/memory-store.ts'
import type { MemoryStore } from './memory/store.ts'
import type { SharedTier } from './shared/tier.ts'

/** How long values are of use, and how they are loaded. Each call may choose differently. */
export interface TimeOptions {
  /**
   * Milliseconds for which a value is fresh, counted from when its loader was called. `0` keeps nothing.
   *
   * @defaultValue `60_000`, our choice
   */
  readonly ttlMs?: number | undefined
  /**
   * Share of the ttl that is taken off by chance, from 0 to 1, so that what was stored at once does not expire at once.
   *
   * @defaultValue `0`, as FusionCache's `JitterMaxDuration`
   */
  readonly ttlJitterRatio?: number | undefined
  /**
   * Milliseconds after the ttl for which a value is served at once while it is renewed in the background.
   *
   * @defaultValue `0`, as RFC 5861 without `stale-while-revalidate`
   */
  readonly staleWhileRevalidateMs?: number | undefined
  /**
   * Milliseconds after the ttl for which a value is served if its loader fails, or exceeds `softTimeoutMs`. What was
   * invalidated is never served.
   *
   * @defaultValue `0`, as RFC 5861 without `stale-if-error`
   */
  readonly graceMs?: number | undefined
  /**
   * Share of the ttl after which a hit renews the value in the background, from 0 to 1. `0` is never.
   *
   * @defaultValue `0`, as FusionCache's `EagerRefreshThreshold`
   */
  readonly eagerRefreshRatio?: number | undefined
  /**
   * The ttl of `null`, which says that there is nothing.
   *
   * @defaultValue that of other values
   */
  readonly nullTtlMs?: number | undefined
  /**
   * The grace of `null`, which says that there is nothing: what is made during an outage would be denied for as long.
   *
   * @defaultValue `0`, our choice
   */
  readonly nullGraceMs?: number | undefined
  /**
   * Milliseconds after which a caller gets the stale value that is in grace, while the loader goes on. `0` is never.
   *
   * @defaultValue `0`, as FusionCache's `FactorySoftTimeout`
   */
  readonly softTimeoutMs?: number | undefined
  /**
   * Milliseconds after which a loader is aborted, and its callers get a stale value or a `LoadTimeoutError`. So do those who have
   * waited that long for another process, and perhaps for an own loader after it, which goes on for later callers.
   *
   * @defaultValue `30_000`, our choice: under the 60 s after which most proxies give up
   */
  readonly hardTimeoutMs?: number | undefined
}

/** Options of one call that may store a value. */
export interface EntryOptions extends TimeOptions {
  /** Names under which the value can be invalidated together with others. */
  readonly tags?: readonly string[] | undefined
}

/** Options of one call that may load a value. */
export interface LoadOptions extends EntryOptions {
  /** Ends the wait of this caller. The load goes on for others, and for the cache. */
  readonly signal?: AbortSignal | undefined
}

/** Options of {@link createCache}. */
export interface CacheOptions extends TimeOptions {
  /** Name in events, measurements and the shared tier: caches of one name share their values there. */
  readonly name: string
  /**
   * The first layer, in this process.
   *
   * @defaultValue `createMemoryStore()`: 1,000 entries and 64 MiB
   */
  readonly memory?: MemoryStore | undefined
  /**
   * The second layer, which all processes share: `createRedisTier(client)`.
   *
   * @defaultValue none: a cache of this process alone
   */
  readonly shared?: SharedTier | undefined
  /**
   * Guards the calls of the shared tier in place of the cache's own gate: a circuit breaker, for one.
   *
   * @defaultValue a gate that shuts for 100 ms after a failure, and twice as long for each one that follows, up to 5 s
   */
  readonly policy?: Policy | undefined
  /**
   * Milliseconds after which a call of the shared tier is given up.
   *
   * @defaultValue `100`, our choice: two thousand times a round trip on loopback
   */
  readonly tierTimeoutMs?: number | undefined
  /**
   * Milliseconds for which values of the first layer are served while the log of changes cannot be followed, counted from when
   * that was last sure. `Infinity` puts availability first.
   *
   * @defaultValue `1_000`, our choice
   */
  readonly maxStalenessMs?: number | undefined
  /**
   * Milliseconds after which the lease of a process that died is free. It is renewed while a loader runs.
   *
   * @defaultValue `2_000`, our choice
   */
  readonly leaseMs?: number | undefined
  /**
   * Milliseconds for which a failed load is not tried again: callers get a stale value or the same error. Doubles with each
   * failure that follows. `0` tries for each caller.
   *
   * @defaultValue `100`, our choice
   */
  readonly retryDelayMs?: number | undefined
  /**
   * The longest such time, in milliseconds.
   *
   * @defaultValue `5_000`, our choice
   */
  readonly maxRetryDelayMs?: number | undefined
  /**
   * How values become bytes.
   *
   * @defaultValue JSON
   */
  readonly serializer?: Serializer | undefined
  /**
   * Makes large values smaller on their way to the shared tier.
   *
   * @defaultValue none
   */
  readonly compressor?: Compressor | undefined
  /**
   * Makes values unreadable to others on their way to the shared tier.
   *
   * @defaultValue none
   */
  readonly encryptor?: Encryptor | undefined
  /**
   * Tags whose latest invalidation is remembered. Of forgotten ones only the latest of all is: more is invalidated, never less.
   *
   * @defaultValue `10_000`, our choice: about 1 MB
   */
  readonly maxTags?: number | undefined
  /**
   * Changes that wait for the shared tier to come back. More become one `clear`.
   *
   * @defaultValue `10_000`, our choice
   */
  readonly maxQueued?: number | undefined
  /**
   * Where chance comes from: a function that returns numbers from 0 up to 1.
   *
   * @defaultValue `Math.random`
   */
  readonly random?: (() => number) | undefined
  /**
   * Where time comes from.
   *
   * @defaultValue `systemClock`
   */
  readonly clock?: Clock | undefined
}

/** {@link TimeOptions} with nothing left open. */
export interface Times {
  readonly ttlMs: number
  readonly ttlJitterRatio: number
  readonly staleWhileRevalidateMs: number
  readonly graceMs: number
  readonly eagerRefreshRatio: number
  /** That of other values if there is none. */
  readonly nullTtlMs: number | undefined
  readonly nullGraceMs: number
  readonly softTimeoutMs: number
  readonly hardTimeoutMs: number
}

/** {@link CacheOptions} with nothing left open. */
export interface ResolvedCacheOptions {
  readonly name: string
  readonly times: Times
  readonly memory: MemoryStore
  readonly shared: SharedTier | undefined
  readonly policy: Policy | undefined
  readonly tierTimeoutMs: number
  readonly maxStalenessMs: number
  readonly leaseMs: number
  readonly retryDelayMs: number
  readonly maxRetryDelayMs: number
  readonly codec: Codec
  readonly maxTags: number
  readonly maxQueued: number
  readonly random: () => number
  readonly clock: Clock
}

/** Checks what was given, and fills in the rest. */
export function resolveCacheOptions(options: CacheOptions): ResolvedCacheOptions {
  const {
    name,
    memory = createMemoryStore(),
    shared,
    policy,
    tierTimeoutMs = 100,
    maxStalenessMs = 1_000,
    leaseMs = 2_000,
    retryDelayMs = 100,
    maxRetryDelayMs = Math.max(5_000, retryDelayMs),
    serializer,
    compressor,
    encryptor,
    maxTags = 10_000,
    maxQueued = 10_000,
    random = Math.random,
    clock = systemClock,
  } = options
  nonEmptyString('name', name)
  positiveMilliseconds('tierTimeoutMs', tierTimeoutMs)
  if (maxStalenessMs !== Number.POSITIVE_INFINITY) positiveMilliseconds('maxStalenessMs', maxStalenessMs)
  positiveMilliseconds('leaseMs', leaseMs)
  milliseconds('retryDelayMs', retryDelayMs)
  if (milliseconds('maxRetryDelayMs', maxRetryDelayMs) < retryDelayMs)
    throw new RangeError(
      `Expected \`maxRetryDelayMs\` to be at least \`retryDelayMs\`, got ${maxRetryDelayMs} and ${retryDelayMs}`,
    )
  positiveInteger('maxTags', maxTags)
  positiveInteger('maxQueued', maxQueued)
  callable('random', random)
  return {
    name,
    times: resolveTimes(options, DEFAULT_TIMES),
    memory,
    shared,
    policy,
    tierTimeoutMs,
    maxStalenessMs,
    leaseMs,
    retryDelayMs,
    maxRetryDelayMs,
    codec: createCodec({ name, serializer, compressor, encryptor }),
    maxTags,
    maxQueued,
    random,
    clock,
  }
}

const DEFAULT_TIMES: Times = {
  ttlMs: 60_000,
  ttlJitterRatio: 0,
  staleWhileRevalidateMs: 0,
  graceMs: 0,
  eagerRefreshRatio: 0,
  nullTtlMs: undefined,
  nullGraceMs: 0,
  softTimeoutMs: 0,
  hardTimeoutMs: 30_000,
}

/**
 * Checks what one call chose, and fills in the rest. Costs nothing for a call that chose nothing.
 *
 * @param options What was chosen.
 * @param defaults What holds otherwise.
 */
export function resolveTimes(options: TimeOptions | undefined, defaults: Times): Times {
  if (options === undefined) return defaults
  const {
    ttlMs = defaults.ttlMs,
    ttlJitterRatio = defaults.ttlJitterRatio,
    staleWhileRevalidateMs = defaults.staleWhileRevalidateMs,
    graceMs = defaults.graceMs,
    eagerRefreshRatio = defaults.eagerRefreshRatio,
    nullTtlMs = defaults.nullTtlMs,
    nullGraceMs = defaults.nullGraceMs,
    softTimeoutMs = defaults.softTimeoutMs,
    hardTimeoutMs = defaults.hardTimeoutMs,
  } = options
  milliseconds('ttlMs', ttlMs)
  ratio('ttlJitterRatio', ttlJitterRatio)
  milliseconds('staleWhileRevalidateMs', staleWhileRevalidateMs)
  milliseconds('graceMs', graceMs)
  ratio('eagerRefreshRatio', eagerRefreshRatio)
  if (nullTtlMs !== undefined) milliseconds('nullTtlMs', nullTtlMs)
  milliseconds('nullGraceMs', nullGraceMs)
  milliseconds('softTimeoutMs', softTimeoutMs)
  positiveMilliseconds('hardTimeoutMs', hardTimeoutMs)
  return {
    ttlMs,
    ttlJitterRatio,
    staleWhileRevalidateMs,
    graceMs,
    eagerRefreshRatio,
    nullTtlMs,
    nullGraceMs,
    softTimeoutMs,
    hardTimeoutMs,
  }
}
