/**
 * Policies that keep one slow or failing dependency from taking the service down with it.
 *
 * @module
 */
export { type CircuitBreaker, createCircuitBreaker } from './lib/circuit-breaker/circuit-breaker.ts'
export type { CircuitExplanation } from './lib/circuit-breaker/explain.ts'
export type { CircuitBreakerOptions, Verdict } from './lib/circuit-breaker/options.ts'
export type { CircuitSnapshot, CircuitWindowSnapshot } from './lib/circuit-breaker/snapshot.ts'
export type { CircuitState, ForcedState } from './lib/circuit-breaker/states.ts'
export {
  BulkheadFullError,
  CircuitOpenError,
  isBulkheadFullError,
  isCircuitOpenError,
  isLimitReachedError,
  isRefusalError,
  isTimeoutError,
  LimitReachedError,
  TimeoutError,
} from './lib/errors.ts'
export {
  type AdaptiveLimitEvent,
  type CircuitClosed,
  type CircuitEvent,
  type CircuitForced,
  type CircuitHalfOpened,
  type CircuitOpened,
  EXECUTE_CHANNEL,
  type FilterEvent,
  type RegistryEvent,
  RESILIENCE_CHANNEL,
  type ResilienceEvent,
  type RetryEvent,
} from './lib/events.ts'
export { type ExtraOf, type Pipeline, type PipelinePart, pipeline } from './lib/pipeline/pipeline.ts'
export type {
  CallContext,
  FailureOutcome,
  Outcome,
  Permit,
  Refusal,
  ResiliencePolicy,
  SuccessOutcome,
} from './lib/policy.ts'
export {
  type CircuitBreakerRegistry,
  createCircuitBreakerRegistry,
  type KeyedCircuitBreaker,
} from './lib/registry/circuit-breaker-registry.ts'
export type { CircuitBreakerRegistryOptions } from './lib/registry/options.ts'
