import type { HttpEndpoint } from '@breakwater/core'
import type { Health } from '@breakwater/health'

/** At which path each question is answered. */
const QUESTIONS = {
  // For people and dashboards.
  '/health': 'summary',
  '/health/detailed': 'detailed',
  '/health/dependencies': 'dependencies',
  // For Kubernetes.
  '/api/health': 'liveness',
  '/api/readiness': 'readiness',
  '/api/startup': 'startup',
} as const

/**
 * Says at which path each question is answered.
 *
 * @param health What answers.
 */
export function toHealthEndpoints(health: Health): Readonly<Record<string, HttpEndpoint>> {
  return Object.fromEntries(Object.entries(QUESTIONS).map(([path, question]) => [path, health[question]]))
}

/**
 * Whether this path asks how the server is.
 *
 * @param path The path.
 */
export function isHealthPath(path: string): boolean {
  return Object.hasOwn(QUESTIONS, path)
}
