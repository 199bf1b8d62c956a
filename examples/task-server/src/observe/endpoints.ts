import type { HttpEndpoint } from '@breakwater/core'
import type { Metrics } from '@breakwater/metrics'
import { forAdministrators } from '../http/admin.ts'

/** Where Prometheus scrapes. */
export const METRICS_PATH = '/metrics'

/**
 * Says at which path what was counted is shown.
 *
 * @param metrics What counts.
 * @param adminToken What administrators know, who alone see what is slow.
 */
export function toMetricEndpoints(
  metrics: Metrics,
  adminToken: string | undefined,
): Readonly<Record<string, HttpEndpoint>> {
  return {
    [METRICS_PATH]: metrics.endpoint,
    '/admin/performance/bottlenecks': forAdministrators(adminToken, () => ({
      status: 200,
      headers: { 'content-type': 'application/json; charset=utf-8' },
      body: JSON.stringify(metrics.bottlenecks()),
    })),
  }
}
