import type { HttpEndpoint } from '@breakwater/core'
import type { Metrics } from '@breakwater/metrics'

/** Where Prometheus scrapes. */
export const METRICS_PATH = '/metrics'

/**
 * Says at which path what was counted is shown.
 *
 * @param metrics What counts.
 */
export function toMetricEndpoints(metrics: Metrics): Readonly<Record<string, HttpEndpoint>> {
  return { [METRICS_PATH]: metrics.endpoint }
}
