import type { HistogramSnapshot, Measurement } from '@breakwater/core'
import type { Engine } from './engine.ts'

/** Windows of the hit rate, by the names they have in labels. */
const WINDOWS: Readonly<Record<string, number>> = { '1m': 60_000, '5m': 300_000, '15m': 900_000 }

/** All numbers of a cache. */
export function measureCache(engine: Engine): readonly Measurement[] {
  const { counts, memory, timelines, shared, clock } = engine
  const nowMs = clock.now()
  const list = [
    ...labelled('counter', 'cache_hits_total', 'Reads that found a fresh value.', 'layer', {
      memory: counts.memoryHits,
      ...(shared === undefined ? {} : { shared: counts.sharedHits }),
    }),
    counter('cache_misses_total', 'Reads that found no fresh value in any layer.', counts.misses),
    ...labelled('counter', 'cache_stale_serves_total', 'Callers served with a stale value.', 'reason', {
      revalidate: counts.staleServes,
      grace: counts.graceServes,
    }),
    ...hitRatios(engine, nowMs),
    ...labelled('counter', 'cache_loads_total', 'Keys whose load by this process has ended.', 'outcome', {
      success: counts.loads - counts.loadFailures,
      failure: counts.loadFailures - counts.loadTimeouts,
      timeout: counts.loadTimeouts,
    }),
    histogram('cache_load_seconds', 'How long loaders took that succeeded.', counts.loadSeconds.snapshot()),
    gauge('cache_loads_under_way', 'Keys that are being loaded.', engine.flights.size + engine.retired.size),
    counter('cache_loads_joined_total', 'Callers that shared the load of another one.', counts.joined),
    counter('cache_loads_held_back_total', 'Callers that came too early after a failure.', counts.heldBack),
    counter('cache_loads_fenced_total', 'Loaded values not kept, as they were invalidated meanwhile.', counts.fenced),
    gauge('cache_memory_entries', 'Entries of the first layer.', memory.size),
    gauge('cache_memory_bytes', 'Estimated size of the first layer.', memory.bytes),
    counter('cache_memory_evictions_total', 'Entries that had to make room.', memory.evictions),
    counter('cache_sets_total', 'Values set.', counts.sets),
    counter('cache_deletes_total', 'Keys deleted.', counts.deletes),
    counter('cache_tag_invalidations_total', 'Tags invalidated.', counts.tagInvalidations),
    counter('cache_clears_total', 'Times that all of it, or a namespace, was cleared.', counts.clears),
    gauge(
      'cache_tags',
      'Tags whose invalidation is remembered.',
      timelines.reduce((sum, { tags }) => sum + tags, 0),
    ),
  ]
  if (shared === undefined) return list
  const { link, outbox } = shared
  const lagMs = Math.max(...timelines.map(({ confirmedAtMs }) => nowMs - confirmedAtMs))
  list.push(
    histogram('cache_shared_seconds', 'How long reads of the shared tier took.', counts.tierSeconds.snapshot()),
    counter('cache_shared_failures_total', 'Calls of the shared tier that failed or took too long.', link.failures),
    counter('cache_shared_refusals_total', 'Calls not made, as the shared tier does not answer.', link.refusals),
    counter('cache_lease_waits_total', "Times that a load waited for another process'.", counts.leaseWaits),
    ...labelled('counter', 'cache_fills_total', 'Loaded values offered to the shared tier.', 'outcome', {
      stored: counts.fills,
      refused: counts.fillsRefused,
    }),
    counter('cache_values_unreadable_total', 'Values of the shared tier that could not be read.', counts.unreadable),
    // Before the first contact there is no number that would be true.
    ...(Number.isFinite(lagMs)
      ? [gauge('cache_log_lag_seconds', 'Since when the log of changes was last sure to be read.', lagMs / 1_000)]
      : []),
    gauge('cache_invalidations_queued', 'Changes that wait for the shared tier.', outbox.size),
    counter('cache_invalidations_queued_total', 'Changes that had to wait for the shared tier.', counts.queued),
  )
  return list
}

function hitRatios(engine: Engine, nowMs: number): Measurement[] {
  const ratios: Record<string, number> = {}
  for (const [name, windowMs] of Object.entries(WINDOWS)) {
    const { hitRatio } = engine.windows.since(windowMs, nowMs, engine.counts)
    if (hitRatio !== undefined) ratios[name] = hitRatio
  }
  return labelled('gauge', 'cache_hit_ratio', 'Share of reads that were hits, lately.', 'window', ratios)
}

function counter(name: string, help: string, value: number): Measurement {
  return { name, help, kind: 'counter', value }
}

function gauge(name: string, help: string, value: number): Measurement {
  return { name, help, kind: 'gauge', value }
}

function histogram(name: string, help: string, value: HistogramSnapshot): Measurement {
  return { name, help, kind: 'histogram', value }
}

function labelled(
  kind: 'counter' | 'gauge',
  name: string,
  help: string,
  label: string,
  values: Readonly<Record<string, number>>,
): Measurement[] {
  return Object.entries(values).map(([key, value]) => ({ name, help, kind, value, labels: { [label]: key } }))
}
