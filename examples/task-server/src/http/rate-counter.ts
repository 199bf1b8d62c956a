import { type Clock, systemClock } from '@breakwater/core'
import type { Redis } from 'ioredis'

/** How much was counted under one key. */
export interface Count {
  /** In this window of time, this included. */
  readonly count: number
  /** Milliseconds until it begins anew. */
  readonly resetMs: number
}

/** Counts in windows of time, by key. */
export interface RateCounter {
  /** Counts one more. */
  take(key: string): Count
  /** Says how many there were. */
  read(key: string): Count
  /** Shares nothing any more. */
  close(): void
}

/** Options of {@link createRateCounter}. */
export interface RateCounterOptions {
  /** What all instances count through; without one, each counts for itself. */
  readonly redis?: Pick<Redis, 'pipeline'> | undefined
  /** What its keys begin with. */
  readonly prefix: string
  /** @defaultValue `systemClock` */
  readonly clock?: Clock | undefined
}

/** How many were counted here, how many of them others were told of, and how many others had by then. */
interface Entry {
  own: number
  told: number
  others: number
}

const WINDOW_MS = 60_000
/** More addresses than are likely at once in a minute. Then the one that came first is forgotten. */
const MAX_KEYS = 20_000
/** What comes in less time through other instances is counted late. */
const SHARE_EVERY_MS = 200
/** In one round. The others wait for the next one. */
const MAX_SHARED_KEYS = 1_000
/** A round that takes longer is given up. */
const SHARE_LIMIT_MS = 1_000

/**
 * Creates a counter. It counts here, at once, and tells other instances through Redis a few times a second: no request ever waits for
 * Redis, and while it is away each instance goes by its own count.
 *
 * The windows are those of the time of day, so that instances agree on them.
 *
 * @param options What it is shared through.
 */
export function createRateCounter({ redis, prefix, clock = systemClock }: RateCounterOptions): RateCounter {
  const entries = new Map<string, Entry>()
  const untold = new Set<string>()
  let window = 0
  let isSharing = false
  let stopTimer = (): void => {}

  function turn(): number {
    const nowMs = clock.epoch()
    const current = Math.floor(nowMs / WINDOW_MS)
    if (current !== window) {
      window = current
      entries.clear()
      untold.clear()
    }
    return (current + 1) * WINDOW_MS - nowMs
  }

  function find(key: string): Entry {
    let entry = entries.get(key)
    if (entry === undefined) {
      const [oldest] = entries.size < MAX_KEYS ? [] : entries.keys()
      if (oldest !== undefined) {
        entries.delete(oldest)
        untold.delete(oldest)
      }
      entry = { own: 0, told: 0, others: 0 }
      entries.set(key, entry)
    }
    return entry
  }

  async function share(client: Pick<Redis, 'pipeline'>): Promise<void> {
    const windowThen = window
    const pipeline = client.pipeline()
    const told = [...untold].slice(0, MAX_SHARED_KEYS).map((key) => {
      const entry = find(key)
      const redisKey = `${prefix}${window}:${key}`
      // Whether it arrives or not: counted too little is better than too much.
      pipeline.incrby(redisKey, entry.own - entry.told).pexpire(redisKey, 2 * WINDOW_MS)
      entry.told = entry.own
      untold.delete(key)
      return { entry, count: entry.own }
    })
    const results = (await pipeline.exec()) ?? []
    if (window !== windowThen) return
    for (const [index, { entry, count }] of told.entries()) {
      const [error, total] = results[2 * index] ?? []
      if (error === null && typeof total === 'number') entry.others = Math.max(0, total - count)
    }
  }

  function onTimer(client: Pick<Redis, 'pipeline'>): void {
    stopTimer = clock.after(SHARE_EVERY_MS, () => onTimer(client))
    turn()
    if (isSharing || untold.size === 0) return
    isSharing = true
    const giveUp = clock.after(SHARE_LIMIT_MS, end)
    function end(): void {
      giveUp()
      isSharing = false
    }
    // That Redis is away, the cache and health tell.
    share(client).then(end, end)
  }

  if (redis !== undefined) onTimer(redis)
  return {
    take(key) {
      const resetMs = turn()
      const entry = find(key)
      entry.own++
      if (redis !== undefined) untold.add(key)
      return { count: entry.own + entry.others, resetMs }
    },
    read(key) {
      const resetMs = turn()
      const { own, others } = entries.get(key) ?? { own: 0, others: 0 }
      return { count: own + others, resetMs }
    },
    close: () => stopTimer(),
  }
}
