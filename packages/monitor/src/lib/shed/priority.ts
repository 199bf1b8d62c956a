import type { HttpExchange } from '@breakwater/core'

/**
 * How much a request matters when not all can be served. `vital`: never refused and not counted, such as a probe. `high`: refused
 * last. `normal`. `low`: refused first.
 */
export type ShedPriority = 'vital' | 'high' | 'normal' | 'low'

/** Paths that probes, scrapes and operators ask. */
const VITAL_PATHS: ReadonlySet<string> = new Set([
  '/health',
  '/healthz',
  '/live',
  '/livez',
  '/ready',
  '/readyz',
  '/startup',
  '/startupz',
  '/metrics',
  '/api/health',
  '/api/liveness',
  '/api/readiness',
  '/api/startup',
  '/admin',
])
/** All below them, too. */
const VITAL_PREFIXES: readonly string[] = ['/health/', '/admin/']

/**
 * The priority of a request where nobody said else: health, metrics and admin paths are `vital`, all others `normal`.
 *
 * @param exchange The request.
 */
export function defaultPriority({ path }: HttpExchange): ShedPriority {
  // Most paths begin with none of these letters, and this is asked for every request.
  switch (path.charCodeAt(1)) {
    case 0x68: // h
    case 0x6c: // l
    case 0x72: // r
    case 0x73: // s
    case 0x6d: // m
    case 0x61: // a
      return isVital(path) ? 'vital' : 'normal'
    default:
      return 'normal'
  }
}

function isVital(path: string): boolean {
  return VITAL_PATHS.has(path) || VITAL_PREFIXES.some((prefix) => path.startsWith(prefix))
}
