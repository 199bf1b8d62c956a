import type { Clock } from '@breakwater/core'

/** What is kept of a server's clock: how far it is from this process' own. */
export interface ServerClock {
  /** The server's time in whole Unix milliseconds; this process' until there was an answer. */
  now(): number
  /**
   * Takes an answer of `TIME`.
   *
   * @param answer Seconds and microseconds.
   * @param sentAtMs When it was asked for, on the clock's `now()`.
   */
  hear(answer: unknown, sentAtMs: number): void
}

/** By how much a slower answer becomes acceptable with each that is ignored. */
const PATIENCE = 1.1

/**
 * Estimates a server's time. Each answer is right to half of its round trip, so slow ones are passed over while a quicker one is
 * not long ago.
 *
 * @param clock This process' clock.
 */
export function createServerClock(clock: Clock): ServerClock {
  let aheadMs: number | undefined
  let acceptableMs = Number.POSITIVE_INFINITY
  return {
    now: () => Math.floor(aheadMs === undefined ? clock.epoch() : clock.now() + aheadMs),
    hear(answer, sentAtMs) {
      if (!Array.isArray(answer)) return
      const serverMs = Number(answer[0]) * 1_000 + Number(answer[1]) / 1_000
      const nowMs = clock.now()
      const tripMs = nowMs - sentAtMs
      if (!Number.isFinite(serverMs) || tripMs > acceptableMs) {
        acceptableMs *= PATIENCE
        return
      }
      acceptableMs = Math.max(tripMs, 0.1)
      aheadMs = serverMs - (sentAtMs + tripMs / 2)
    },
  }
}
