import { type Clock, systemClock } from '@breakwater/core'

/**
 * Makes what says yes so many times a second, evenly, and a second's worth at once after a pause.
 *
 * @param perSecond How many times.
 * @param clock Fills it. It may be some milliseconds late.
 */
export function createTokenBucket(perSecond: number, clock: Clock = systemClock): () => boolean {
  let tokens = perSecond
  let filledAtMs = clock.coarse()
  return () => {
    const nowMs = clock.coarse()
    tokens = Math.min(perSecond, tokens + ((nowMs - filledAtMs) * perSecond) / 1_000)
    filledAtMs = nowMs
    if (tokens < 1) return false
    tokens--
    return true
  }
}
