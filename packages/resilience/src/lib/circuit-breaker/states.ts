/**
 * `closed`: calls pass. `open`: calls are refused. `half-open`: probes decide. Three more are held by hand: `forced-open`
 * refuses every call, `disabled` lets every call through and looks at none, `metrics-only` lets every call through and
 * looks at all.
 */
export type CircuitState = 'closed' | 'open' | 'half-open' | ForcedState

/** The states that are held by hand. */
export type ForcedState = 'forced-open' | 'disabled' | 'metrics-only'

// Numbers, because they are compared on each call.
/** See {@link CircuitState}. */
export const CLOSED = 0
/** See {@link CircuitState}. */
export const OPEN = 1
/** See {@link CircuitState}. */
export const HALF_OPEN = 2
/** See {@link CircuitState}. */
export const FORCED_OPEN = 3
/** See {@link CircuitState}. */
export const DISABLED = 4
/** See {@link CircuitState}. */
export const METRICS_ONLY = 5

/** A state by its number. */
export const STATES: readonly CircuitState[] = [
  'closed',
  'open',
  'half-open',
  'forced-open',
  'disabled',
  'metrics-only',
]
