import type { TierListener } from '../shared/tier.ts'

/** Puts together what several connections are sure of. */
export interface Confirmation {
  /** The watch over the keys begins anew, and so does everything else. */
  restart(): void
  /** A shard has been read anew. */
  onHistory(shard: number): void
  /** A log was read to its end. */
  byLog(shard: number, atMs: number): void
  /** The watch over the keys has told everything. */
  byTracking(atMs: number): void
}

/** With tracking, something is certain only once both the log and the watch over the keys have got that far. */
export function createConfirmation(
  isTracking: boolean,
  shards: number,
  listener: Pick<TierListener, 'onConfirmed'>,
): Confirmation {
  const byLogMs = new Array<number | undefined>(shards)
  let byTrackingMs = isTracking ? undefined : Number.POSITIVE_INFINITY
  /** Shards whose whole state is read again: until then their log says nothing of what was missed besides it. */
  const restarting = new Set<number>()
  function tell(shard: number): void {
    const atMs = byLogMs[shard]
    if (atMs !== undefined && byTrackingMs !== undefined) listener.onConfirmed(shard, Math.min(atMs, byTrackingMs))
  }
  return {
    restart() {
      for (let shard = 0; shard < shards; shard++) restarting.add(shard)
      byLogMs.fill(undefined)
    },
    onHistory: (shard) => void restarting.delete(shard),
    byLog(shard, atMs) {
      if (restarting.has(shard)) return
      byLogMs[shard] = atMs
      tell(shard)
    },
    byTracking(atMs) {
      byTrackingMs = atMs
      for (let shard = 0; shard < shards; shard++) tell(shard)
    },
  }
}
