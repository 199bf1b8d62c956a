/** Name of the `node:diagnostics_channel` on which every policy publishes its events. */
export const RESILIENCE_CHANNEL = 'breakwater:resilience'

/** Name of the tracing channel on which calls through policies are followed, when anybody subscribes. */
export const EXECUTE_CHANNEL = 'breakwater:resilience:execute'

/** What policies tell. */
export type ResilienceEvent =
  | CircuitEvent
  | RetryEvent
  | AdaptiveLimitEvent
  | RegistryEvent
  | FallbackEvent
  | FilterEvent

/** What a circuit breaker tells. `key` is there if it belongs to a registry. */
export type CircuitEvent = CircuitOpened | CircuitHalfOpened | CircuitClosed | CircuitForced

/** A circuit opened: calls are refused from now on. */
export interface CircuitOpened {
  /** The kind of event. */
  readonly type: 'circuit:opened'
  /** Which circuit of a registry. */
  readonly key?: string | undefined
  /** What opened it. */
  readonly cause: 'failures-in-a-row' | 'failure-ratio' | 'slow-call-ratio' | 'probes-failed' | 'restored'
  /** Failures that opened it: in a row, in the window, or of probes. */
  readonly failures: number
  /** Calls in the window. */
  readonly calls: number
  /** Of these, the slow ones, with those still under way. */
  readonly slowCalls: number
  /** What the latest failure threw; `undefined` if it threw nothing: a result, or slowness. */
  readonly latestError: unknown
  /** Milliseconds until a probe is let through. */
  readonly retryAfterMs: number
}

/** The open time is over: probes are let through. */
export interface CircuitHalfOpened {
  /** The kind of event. */
  readonly type: 'circuit:half-opened'
  /** Which circuit of a registry. */
  readonly key?: string | undefined
}

/** Calls pass again. */
export interface CircuitClosed {
  /** The kind of event. */
  readonly type: 'circuit:closed'
  /** Which circuit of a registry. */
  readonly key?: string | undefined
}

/** Somebody put a circuit in a state by hand. */
export interface CircuitForced {
  /** The kind of event. */
  readonly type: 'circuit:forced'
  /** Which circuit of a registry. */
  readonly key?: string | undefined
  /** In which state it is held. */
  readonly state: 'forced-open' | 'disabled' | 'metrics-only'
}

/** What a retry tells of its own budget, or a shared budget of itself. */
export interface RetryEvent {
  /** `exhausted`: a retry was refused. `recovered`: none was for a whole window. Told on change only. */
  readonly type: 'retry-budget:exhausted' | 'retry-budget:recovered'
}

/** What an adaptive limit tells. */
export interface AdaptiveLimitEvent {
  /** It refused its first call after a second or more without refusals. */
  readonly type: 'limit:reached'
  /** Calls at once that it lets through now. */
  readonly limit: number
}

/** What a registry of circuit breakers tells. */
export interface RegistryEvent {
  /** All that it may hold is open: further keys get a circuit breaker that is not kept. Told on change only. */
  readonly type: 'registry:full'
  /** How many it holds. */
  readonly entries: number
}

/** What a fallback tells: its function failed. */
export interface FallbackEvent {
  /** The kind of event. */
  readonly type: 'fallback:failed'
  /** What the fallback threw, and its caller was rejected with. */
  readonly error: unknown
  /** What it should have made up for. */
  readonly original: unknown
}

/** A function among the options threw. Its default was used instead. */
export interface FilterEvent {
  /** The kind of event. */
  readonly type: 'filter:failed'
  /** What it threw. */
  readonly error: unknown
}
