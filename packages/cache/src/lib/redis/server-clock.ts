import type { Clock } from '@breakwater/core'

/** What is kept of a server's clock: how far it is from this process' own. */
export interface ServerClock {
  /**
   * The server's time in whole Unix milliseconds; this process' until there was an answer.
   *
   * @param atMs At which moment of this process' clock: now, if it is left out.
   */
  now(atMs?: number): number
  /**
   * Takes an answer of `TIME`.
   *
   * @param answer Seconds and microseconds.
   * @param sentAtMs When it was asked for, on the clock's `now()`.
   */
  hear(answer: unknown, sentAtMs: number): void
  /**
   * The latest moment, on this process' clock, at which something may have happened on the server.
   *
   * @param eventMs When it happened, on the server's clock.
   * @param answerMs What that clock said when the answer that has just arrived was made.
   * @returns `Infinity` if nobody can say, as the server's clock was set, or is not known yet.
   */
  toLatest(eventMs: number, answerMs: number): number
}

/** By how much an answer's time may be off what was expected, besides its round trip. */
const TOLERANCE_MS = 5
/** The longest that it may have been on its way. */
const MAX_TRIP_MS = 1_000

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
  /** Since when it was not set, as far as its answers show. */
  let steadySinceMs = Number.NEGATIVE_INFINITY
  let acceptableMs = Number.POSITIVE_INFINITY
  return {
    toLatest(eventMs, answerMs) {
      const nowMs = clock.now()
      const ageMs = answerMs - eventMs
      // It was made before now, so this counts from the latest moment that it can have been made.
      const expectedMs = nowMs + (aheadMs ?? Number.NaN)
      const isSteady = answerMs <= expectedMs + TOLERANCE_MS && answerMs >= expectedMs - MAX_TRIP_MS
      // What seems to be from before the clock was set may be younger: its age counts the step, too.
      return isSteady && ageMs >= 0 ? Math.max(nowMs - ageMs, steadySinceMs) : Number.POSITIVE_INFINITY
    },
    now: (atMs = clock.now()) => Math.floor(aheadMs === undefined ? clock.epoch() : atMs + aheadMs),
    hear(answer, sentAtMs) {
      if (!Array.isArray(answer)) return
      const serverMs = Number(answer[0]) * 1_000 + Number(answer[1]) / 1_000
      const nowMs = clock.now()
      const tripMs = nowMs - sentAtMs
      if (!Number.isFinite(serverMs) || tripMs > acceptableMs) {
        acceptableMs *= PATIENCE
        return
      }
      const heardMs = serverMs - (sentAtMs + tripMs / 2)
      if (aheadMs !== undefined && Math.abs(heardMs - aheadMs) > TOLERANCE_MS + acceptableMs) steadySinceMs = nowMs
      acceptableMs = Math.max(tripMs, 0.1)
      aheadMs = heardMs
    },
  }
}
