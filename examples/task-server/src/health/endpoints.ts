import type { HttpEndpoint } from '@breakwater/core'
import type { Health } from '@breakwater/health'

/**
 * Says at which path each question is answered.
 *
 * @param health What answers.
 */
export function toHealthEndpoints(health: Health): Readonly<Record<string, HttpEndpoint>> {
  return {
    // For people and dashboards.
    '/health': health.summary,
    '/health/detailed': health.detailed,
    '/health/dependencies': health.dependencies,
    // For Kubernetes.
    '/api/health': health.liveness,
    '/api/readiness': health.readiness,
    '/api/startup': health.startup,
  }
}
