import type { CheckReport, HealthStatus } from '../../report.ts'
import { byName } from './breakwater.ts'
import { type Format, toIso } from './format.ts'

const WORDS: Readonly<Record<HealthStatus, string>> = { healthy: 'pass', degraded: 'warn', unhealthy: 'fail' }

/**
 * `application/health+json`.
 *
 * @see draft-inadarei-api-health-check, "Health Check Response Format for HTTP APIs".
 */
export const healthJsonFormat: Format = {
  type: 'application/health+json',
  brief: (status) => JSON.stringify({ status: WORDS[status] }),
  full: ({ status, version, name, checks }) =>
    JSON.stringify({ status: WORDS[status], version, serviceId: name, checks: byName(checks, toChecks) }),
}

function toChecks(check: CheckReport): readonly unknown[] {
  const { status, checkedAt, durationMs, cause, data } = check
  return [
    {
      status: WORDS[status],
      time: toIso(checkedAt),
      observedValue: durationMs,
      observedUnit: durationMs === undefined ? undefined : 'ms',
      output: cause,
      data,
    },
  ]
}
