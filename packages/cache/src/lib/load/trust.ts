import type { Engine } from '../engine.ts'
import type { Flight } from './flight.ts'

/** Whether what a flight's loader reads is not older than what is promised to those who are cut off. */
export function isNewEnough(engine: Engine, { call, bornMs, shard }: Flight, nowMs: number): boolean {
  return call === undefined || nowMs - bornMs <= engine.options.maxStalenessMs || engine.isConfirmed(shard, nowMs)
}

/** Whether the stale value of a flight may be served in need. */
export function hasServableFallback(engine: Engine, flight: Flight): boolean {
  const { fallback, shard } = flight
  const nowMs = engine.clock.now()
  if (fallback === undefined || nowMs >= fallback.graceUntilMs) return false
  return hasCurrentFallback(engine, flight) && engine.isTrusted(fallback, shard, nowMs)
}

/** Whether it was not invalidated meanwhile. */
export function hasCurrentFallback(engine: Engine, { fallback, fencedSeq, epoch, shard }: Flight): boolean {
  const timeline = engine.timeline(shard)
  if (fallback === undefined || fencedSeq > 0 || epoch !== timeline.epoch) return false
  return timeline.isCurrent(fallback.seq, fallback.tick, fallback.tags)
}
