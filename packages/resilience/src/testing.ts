/**
 * What tests of policies need: a reference model of the circuit breaker with the checker that holds others against it, and
 * cases that every policy should pass.
 *
 * @module
 */
export type { ResolvedCircuitBreakerOptions } from './lib/circuit-breaker/options.ts'
export {
  assertCircuitBreaker,
  type CircuitCheckFailure,
  type CircuitCheckOptions,
  type CircuitCheckReport,
  checkCircuitBreaker,
} from './lib/testing/check-circuit-breaker.ts'
export type { ModelCall } from './lib/testing/circuit-ledger.ts'
export {
  type CircuitModel,
  createCircuitModel,
  type ModelAdmission,
  type ModelCounts,
  type ModelEnding,
} from './lib/testing/circuit-model.ts'
export type { CircuitPlan } from './lib/testing/circuit-plan.ts'
export type {
  AbortStep,
  AdvanceStep,
  CallStep,
  CircuitStep,
  Ending,
  EndStep,
  ForceStep,
  ListenStep,
  PlainStep,
  RandomStep,
  RestoreStep,
  SetWallClockStep,
} from './lib/testing/circuit-steps.ts'
export { type CircuitSubject, type CircuitUnderTest, toCircuitSubject } from './lib/testing/circuit-subject.ts'
export {
  createDependency,
  type Dependency,
  type DependencyCall,
  type DependencyOptions,
} from './lib/testing/dependency.ts'
export { CIRCUIT_HAZARDS, type CircuitHazard } from './lib/testing/hazards.ts'
export {
  type PolicyCase,
  type PolicyConformanceOptions,
  policyConformance,
} from './lib/testing/policy-conformance.ts'
export type { PolicyUnderTest } from './lib/testing/policy-trials.ts'
