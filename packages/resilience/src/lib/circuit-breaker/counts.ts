import type { Measurement } from '@breakwater/core'

/** What circuit breakers count: one for each breaker, or one for all of a registry. */
export class CircuitCounts {
  succeeded = 0
  failed = 0
  ignored = 0
  late = 0
  refused = 0
  opened = 0
  expiredProbes = 0
  /** Of states that ended. */
  openMs = 0
}

/**
 * The counters of circuit breakers.
 *
 * @param counts What was counted.
 * @param openMs Milliseconds spent open, with those of states that have not ended.
 */
export function measureCounts(counts: CircuitCounts, openMs: number): Measurement[] {
  const help = 'Calls that were let through and ended, by what they said of what was called'
  const calls = (outcome: string, value: number): Measurement => ({
    name: 'breaker_calls_total',
    help,
    kind: 'counter',
    labels: { outcome },
    value,
  })
  return [
    calls('success', counts.succeeded),
    calls('failure', counts.failed),
    calls('ignored', counts.ignored),
    calls('late', counts.late),
    { name: 'breaker_refused_total', help: 'Calls that were refused', kind: 'counter', value: counts.refused },
    { name: 'breaker_opened_total', help: 'Times a circuit opened', kind: 'counter', value: counts.opened },
    {
      name: 'breaker_probes_expired_total',
      help: 'Probes that did not end within their lease',
      kind: 'counter',
      value: counts.expiredProbes,
    },
    {
      name: 'breaker_open_seconds_total',
      help: 'Time spent open, half-open or forced open',
      kind: 'counter',
      value: openMs / 1_000,
    },
  ]
}
