/**
 * Policies that keep one slow or failing dependency from taking the service down with it.
 *
 * @module
 */
export { type AdaptiveLimit, createAdaptiveLimit } from './lib/adaptive-limit/adaptive-limit.ts'
export type { AdaptiveLimitOptions } from './lib/adaptive-limit/options.ts'
export { type Bulkhead, createBulkhead } from './lib/bulkhead/bulkhead.ts'
export type { BulkheadOptions } from './lib/bulkhead/options.ts'
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
  type FallbackEvent,
  type FilterEvent,
  RESILIENCE_CHANNEL,
  type RegistryEvent,
  type ResilienceEvent,
  type RetryEvent,
} from './lib/events.ts'
export { createFallback, type Fallback } from './lib/fallback/fallback.ts'
export type {
  FallbackBaseOptions,
  FallbackOptions,
  FallbackRunOptions,
  FallbackValueOptions,
} from './lib/fallback/options.ts'
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
export type { Backoff } from './lib/retry/backoff.ts'
export { createRetryBudget, type RetryBudget, type RetryBudgetOptions } from './lib/retry/budget.ts'
export type { RetryOptions } from './lib/retry/options.ts'
export { createRetry, type Retry } from './lib/retry/retry.ts'
export { toRetryAfterMs } from './lib/retry/retry-after.ts'
export type { TimeoutMode, TimeoutOptions } from './lib/timeout/options.ts'
export { createTimeout, type Timeout } from './lib/timeout/timeout.ts'
