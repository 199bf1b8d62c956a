import type { Measurement } from '@breakwater/core'
import { counter, gauge, labelled } from '../measurements.ts'
import { type CircuitState, STATES } from './states.ts'

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
  const { succeeded: success, failed: failure, ignored, late } = counts
  const help = 'Calls that were let through and ended, by what they said of what was called'
  return [
    ...labelled(counter, 'breaker_calls_total', help, 'outcome', { success, failure, ignored, late }),
    counter('breaker_refused_total', 'Calls that were refused', counts.refused),
    counter('breaker_opened_total', 'Times a circuit opened', counts.opened),
    counter('breaker_probes_expired_total', 'Probes that did not end within their lease', counts.expiredProbes),
    counter('breaker_open_seconds_total', 'Time spent open, half-open or forced open', openMs / 1_000),
  ]
}

/**
 * How many circuits are in each state.
 *
 * @param count Counts those in one.
 */
export function measureStates(count: (state: CircuitState) => number): Measurement[] {
  const counts = Object.fromEntries(STATES.map((state) => [state, count(state)]))
  return labelled(gauge, 'breaker_state', 'Circuits in each state', 'state', counts)
}
