import type { HttpServerHook } from '@breakwater/core'
import { createMetrics, type Metrics } from '@breakwater/metrics'
import { parseExposition } from '@breakwater/testing/exposition'

/** Metrics, and how many requests they have counted. */
export interface CountedMetrics {
  /** Ours. */
  readonly metrics: Metrics
  /** What the raw server is to have. */
  readonly serverHooks: readonly HttpServerHook[]
  /** How many there were. */
  work(): Promise<number>
}

/**
 * Creates our metrics. What is told of the process is left out, as peers do not tell of it either.
 *
 * @param isWhole Whether upgrades, what is not HTTP and bytes of responses are counted as well.
 */
export function createCounted(isWhole: boolean): CountedMetrics {
  const metrics = createMetrics({ process: false })
  return {
    metrics,
    serverHooks: isWhole ? [metrics.serverHook] : [],
    work: async () => countIn(await metrics.text()),
  }
}

/**
 * How many requests a scrape tells of.
 *
 * @param text The scrape.
 */
export function countIn(text: string): number {
  return parseExposition(text)
    .samples.filter(({ name }) => name === 'http_request_duration_seconds_count')
    .reduce((sum, { value }) => sum + value, 0)
}
