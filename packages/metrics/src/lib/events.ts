/** Name of the `node:diagnostics_channel` on which every `createMetrics` publishes its events. */
export const METRICS_CHANNEL = 'breakwater:metrics'

/** What metrics tell of themselves. */
export type MetricsEvent = SeriesCapped | CollectFailed | BottlenecksFull

/** A family has as many series as it may: what is new goes into one series for all. Told once for each family. */
export interface SeriesCapped {
  /** The kind of event. */
  readonly type: 'series:capped'
  /** The family. */
  readonly family: string
  /** How many series it may have. */
  readonly maxSeries: number
}

/** Something could not be collected. Its lines are missing, all others are there. */
export interface CollectFailed {
  /** The kind of event. */
  readonly type: 'collect:failed'
  /** Who failed, such as `cache:tasks`, or the name of a metric in your registry. */
  readonly collector: string
  /** What was thrown. */
  readonly error: unknown
}

/** The views of what is slow have as many names as they may: what is new is counted as `(other)`. */
export interface BottlenecksFull {
  /** The kind of event. */
  readonly type: 'bottlenecks:full'
  /** Kind of the name that had no place. */
  readonly kind: string
  /** How many names there may be. */
  readonly maxNames: number
}
