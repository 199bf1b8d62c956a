import type { Clock } from '@breakwater/core'
import type { Answering } from './aggregate/cluster.ts'
import * as clusters from './aggregate/cluster.ts'
import type { GaugeRule } from './aggregate/gauge-rule.ts'
import type { Aggregate } from './aggregate/options.ts'
import type { ThreadAggregate, ThreadPort } from './aggregate/workers.ts'
import * as threads from './aggregate/workers.ts'
import type { ScrapeSource } from './exposition/scrape.ts'
import type { Metrics } from './metrics.ts'
import { SOURCE } from './scrapes.ts'

/** What is added up, and how. */
export interface AggregateMetricsOptions {
  /**
   * The metrics of this process or thread, if they are to be in it.
   *
   * @defaultValue none: those of all others
   */
  readonly own?: Metrics | undefined
  /**
   * Milliseconds that each may take to answer. Of who does not, what it last counted stands.
   *
   * @defaultValue `2_000`, our choice: well below the 10 seconds of a Prometheus scrape
   */
  readonly timeoutMs?: number | undefined
  /**
   * How gauges become one, by name.
   *
   * @defaultValue amounts are added up, of times, ratios, limits and states the largest is taken
   */
  readonly gauges?: Readonly<Record<string, GaugeRule>> | undefined
  /**
   * Hears of who did not answer in time, and of what cannot be shown.
   *
   * @defaultValue nobody does
   */
  readonly onFailure?: ((name: string, error: unknown) => void) | undefined
  /**
   * Where time comes from.
   *
   * @defaultValue `systemClock`
   */
  readonly clock?: Clock | undefined
}

/**
 * Adds up the metrics of all workers of a `node:cluster`. Call it in the primary, and {@link answerCluster} in each worker.
 *
 * @param options What is waited for, and how gauges become one.
 * @throws {Error} In a worker.
 */
export function createClusterAggregate({ own, ...options }: AggregateMetricsOptions = {}): Aggregate {
  return clusters.createClusterAggregate({ ...options, own: own && sourceOf(own) })
}

/**
 * Lets the primary ask this worker. Does nothing in a process that is no worker.
 *
 * @param metrics What this worker has.
 */
export function answerCluster(metrics: Metrics): Answering {
  return clusters.answerCluster(sourceOf(metrics))
}

/**
 * Adds up the metrics of threads. Call it in the one that is scraped, and {@link answerThread} in each other one.
 *
 * @param options What is waited for, and how gauges become one.
 */
export function createThreadAggregate({ own, ...options }: AggregateMetricsOptions = {}): ThreadAggregate {
  return threads.createThreadAggregate({ ...options, own: own && sourceOf(own) })
}

/**
 * Lets another thread ask this one.
 *
 * @param metrics What this thread has.
 * @param port Where it asks; not needed in a `Worker` that its parent asks.
 * @throws {TypeError} If this is the main thread and no port is given.
 */
export function answerThread(metrics: Metrics, port?: ThreadPort): Answering {
  return threads.answerThread(sourceOf(metrics), port)
}

function sourceOf(metrics: Metrics): ScrapeSource {
  const source = (metrics as (Metrics & { readonly [SOURCE]?: ScrapeSource }) | undefined)?.[SOURCE]
  if (source === undefined) throw new TypeError('Expected `metrics` to be what `createMetrics` made')
  return source
}
