import type { BottleneckReport, JsonFamily } from '@breakwater/metrics'

/** How requests fared. Of a route the time is that up to the head of the response. */
export interface Performance {
  /** How far back `routes` looks, in milliseconds. */
  readonly windowMs: number
  /** What took most time in all first. */
  readonly routes: readonly RoutePerformance[]
  /** All requests since this process began. */
  readonly sinceStart: {
    readonly requests: number
    /** By status. */
    readonly statuses: Readonly<Record<string, number>>
    /** By route, and by status. */
    readonly routes: Readonly<Record<string, Readonly<Record<string, number>>>>
  }
}

/** How the requests of a route fared lately. */
export interface RoutePerformance {
  /** Such as `GET /api/v1/tasks/:id`. */
  readonly route: string
  readonly requests: number
  readonly requestsPerSecond: number
  /** Those that this side failed. */
  readonly errors: number
  readonly errorRatio: number
  readonly meanMs: number
  readonly p50Ms: number
  readonly p95Ms: number
  readonly p99Ms: number
  readonly maxMs: number
  /** Compared with the hour before. */
  readonly trend: string
}

/** Family of requests, as `metrics` names it. */
const REQUESTS = 'http_request_duration_seconds'

/**
 * Says how requests fared.
 *
 * @param report The routes of the last minutes.
 * @param families What was counted since the start.
 */
export function toPerformance(
  { windowMs, kinds }: Pick<BottleneckReport, 'windowMs' | 'kinds'>,
  families: readonly JsonFamily[],
): Performance {
  const routes = kinds.flatMap(({ top }) =>
    top.map(({ name, calls, callsPerSecond, failures, failureRatio, trend, meanMs, p50Ms, p95Ms, p99Ms, maxMs }) => ({
      route: name,
      requests: calls,
      requestsPerSecond: callsPerSecond,
      errors: failures,
      errorRatio: failureRatio,
      meanMs,
      p50Ms,
      p95Ms,
      p99Ms,
      maxMs,
      trend: trend.direction,
    })),
  )
  return { windowMs, routes, sinceStart: countAll(families) }
}

function countAll(families: readonly JsonFamily[]): Performance['sinceStart'] {
  let requests = 0
  const statuses: Record<string, number> = {}
  const routes: Record<string, Record<string, number>> = {}
  for (const { labels, value } of families.find(({ name }) => name === REQUESTS)?.series ?? []) {
    const { method, route, status_code: status = '' } = labels
    const count = typeof value === 'object' ? (value?.count ?? 0) : 0
    const name = `${method} ${route}`
    const ofRoute = routes[name] ?? {}
    requests += count
    statuses[status] = (statuses[status] ?? 0) + count
    routes[name] = { ...ofRoute, [status]: (ofRoute[status] ?? 0) + count }
  }
  return { requests, statuses, routes }
}
