import type { Dice } from '../../src/lib/testing/dice.ts'

/** How the caches of a schedule are set up. */
export interface CachePlan {
  /** Repeats the world. */
  readonly seed: number
  /** Processes. */
  readonly nodes: number
  /** Logs. */
  readonly shards: number
  /** What servers say they are. Below 7 they know no `SET` with `NX` and `GET`. */
  readonly version: string
  /** Whether anything goes wrong besides loaders. */
  readonly isCalm: boolean
  /** Option of the cache. */
  readonly ttlMs: number
  /** Option of the cache. */
  readonly staleWhileRevalidateMs: number
  /** Option of the cache. */
  readonly graceMs: number
  /** Option of the cache. */
  readonly eagerRefreshRatio: number
  /** Option of the cache. */
  readonly softTimeoutMs: number
  /** Option of the cache. */
  readonly hardTimeoutMs: number
  /** Option of the cache. */
  readonly maxStalenessMs: number
  /** Option of the cache. */
  readonly tierTimeoutMs: number
  /** Option of the cache. */
  readonly leaseMs: number
  /** Option of the cache. */
  readonly retryDelayMs: number
  /** Option of the cache. */
  readonly maxRetryDelayMs: number
  /** Option of the cache: fewer than the tags that are used, now and then. */
  readonly maxTags: number
  /** Option of the cache. */
  readonly maxQueued: number
  /** Option of the shared tier. */
  readonly maxLog: number
}

/** What differs from nothing special. */
export const PLAIN_PLAN: CachePlan = {
  seed: 1,
  nodes: 3,
  shards: 1,
  version: '7.0.15',
  isCalm: false,
  ttlMs: 600_000,
  staleWhileRevalidateMs: 0,
  graceMs: 0,
  eagerRefreshRatio: 0,
  softTimeoutMs: 0,
  hardTimeoutMs: 3_000,
  maxStalenessMs: 1_000,
  tierTimeoutMs: 100,
  leaseMs: 2_000,
  retryDelayMs: 100,
  maxRetryDelayMs: 1_000,
  maxTags: 10_000,
  maxQueued: 10_000,
  maxLog: 10_000,
}

/**
 * Makes up a plan.
 *
 * @param dice What decides.
 * @param fixed What is not left to chance.
 */
export function drawPlan(dice: Dice, fixed: Partial<CachePlan> = {}): CachePlan {
  return {
    ...PLAIN_PLAN,
    seed: dice.between(1, 1_000_000_000),
    nodes: dice.pick([2, 3, 3]),
    shards: dice.pick([1, 1, 3]),
    version: dice.pick(['7.0.15', '7.0.15', '6.2.14']),
    isCalm: dice.chance(0.25),
    ttlMs: dice.pick([600_000, 600_000, 100, 700]),
    staleWhileRevalidateMs: dice.pick([0, 0, 300, 5_000]),
    graceMs: dice.pick([0, 0, 500, 10_000]),
    eagerRefreshRatio: dice.pick([0, 0, 0.5]),
    softTimeoutMs: dice.pick([0, 0, 30]),
    maxStalenessMs: dice.pick([1_000, 1_000, 300]),
    retryDelayMs: dice.pick([100, 100, 0]),
    maxTags: dice.pick([10_000, 10_000, 1]),
    maxQueued: dice.pick([10_000, 10_000, 1]),
    maxLog: dice.pick([10_000, 10_000, 4]),
    ...fixed,
  }
}
