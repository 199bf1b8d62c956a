import type { Measurement } from '@breakwater/core'
import type { Check } from './check/check.ts'
import type { HealthStatus } from './report.ts'

const VALUES: Readonly<Record<HealthStatus, number>> = { healthy: 1, degraded: 0.5, unhealthy: 0 }

/** What a scrape sees. What nobody knows yet is left out: it would look like an outage. */
export function measureHealth(
  checks: readonly Check[],
  groups: readonly { readonly name: string; readonly status: HealthStatus | undefined }[],
): readonly Measurement[] {
  return [
    ...groups.flatMap(({ name, status }) => gauge('health_status', 'group', name, status)),
    ...checks.flatMap(({ added, status }) => gauge('health_check_status', 'check', added.name, status)),
    ...checks.flatMap(({ added: { name }, runs, failures, recoveries, seconds }): readonly Measurement[] => [
      counter('health_check_runs_total', 'Runs of a check.', name, runs),
      counter('health_check_failures_total', 'Results of a check that were unhealthy.', name, failures),
      counter('health_recoveries_total', 'Tries to recover a check.', name, recoveries),
      {
        name: 'health_check_seconds',
        help: 'How long runs of a check took.',
        kind: 'histogram',
        labels: { check: name },
        value: seconds.snapshot(),
      },
    ]),
  ]
}

function gauge(name: string, label: string, of: string, status: HealthStatus | undefined): readonly Measurement[] {
  if (status === undefined) return []
  const help = `How a ${label} is: 1 healthy, 0.5 degraded, 0 unhealthy.`
  return [{ name, help, kind: 'gauge', labels: { [label]: of }, value: VALUES[status] }]
}

function counter(name: string, help: string, check: string, value: number): Measurement {
  return { name, help, kind: 'counter', labels: { check }, value }
}
