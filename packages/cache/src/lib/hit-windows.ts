import type { Counts } from './counts.ts'

/** Hits of the latest stretch of time. */
export interface HitWindow {
  /** Milliseconds that it really reaches back: less while the cache is young, and up to ten seconds more or less after that. */
  readonly windowMs: number
  /** Reads answered from a layer, stale values that were renewed meanwhile included. */
  readonly hits: number
  /** Reads that needed a loader, or found nothing. */
  readonly misses: number
  /** Share of reads that were hits, `undefined` without reads. */
  readonly hitRatio: number | undefined
}

interface Sample {
  readonly atMs: number
  readonly hits: number
  readonly misses: number
}

/** How often the hit rate is noted, if there are reads. */
export const SAMPLE_MS = 10_000
/** Fifteen minutes. */
const SAMPLES = 90

/** Hit rates over the latest minutes, from the counters as they were noted now and then: no timer, and nothing per hit. */
export class HitWindows {
  readonly #samples: Sample[] = []

  add(atMs: number, counts: Counts): void {
    this.#samples.push(toSample(atMs, counts))
    if (this.#samples.length > SAMPLES) this.#samples.shift()
  }

  /** From the oldest sample that is within `windowMs` until now. */
  since(windowMs: number, nowMs: number, counts: Counts): HitWindow {
    const now = toSample(nowMs, counts)
    const startMs = nowMs - windowMs
    const latest = this.#samples.at(-1) ?? now
    // A read that came later than this would have made another sample.
    if (latest.atMs + SAMPLE_MS <= startMs) return { windowMs, hits: 0, misses: 0, hitRatio: undefined }
    const from = this.#samples.find(({ atMs }) => atMs >= startMs) ?? latest
    const hits = now.hits - from.hits
    const misses = now.misses - from.misses
    const reads = hits + misses
    return { windowMs: nowMs - from.atMs, hits, misses, hitRatio: reads === 0 ? undefined : hits / reads }
  }
}

function toSample(atMs: number, { memoryHits, sharedHits, staleServes, misses }: Counts): Sample {
  return { atMs, hits: memoryHits + sharedHits + staleServes, misses }
}
