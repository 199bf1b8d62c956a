/**
 * One answer to "are you alive, are you ready", from many checks.
 *
 * @module
 */
export type {
  CheckContext,
  CheckOptions,
  CheckResult,
  HealthCheck,
  RecoveryContext,
  RecoveryOptions,
} from './lib/check/options.ts'
export type { EndpointOptions } from './lib/endpoint/endpoint.ts'
export type { HealthFormat } from './lib/endpoint/formats/formats.ts'
export {
  CheckFailedError,
  CheckTimeoutError,
  isCheckFailedError,
  isCheckTimeoutError,
  isLivenessError,
  LivenessError,
} from './lib/errors.ts'
export {
  HEALTH_CHANNEL,
  type HealthCheckChanged,
  type HealthCheckHung,
  type HealthDetailsFailed,
  type HealthEvent,
  type HealthFileFailed,
  type HealthLivenessFailed,
  type HealthRecoveryExhausted,
  type HealthRecoveryTried,
  type HealthStatusChanged,
} from './lib/events.ts'
export type { WriteOptions } from './lib/file/write-report.ts'
export { createHealth, type Health } from './lib/health.ts'
export type { LivenessOptions } from './lib/liveness/options.ts'
export type { LivenessServer } from './lib/liveness/serve-liveness.ts'
export type { HealthOptions } from './lib/options.ts'
export type { CheckReport, HealthReport, HealthStatus, HistoryEntry, RecoveryOutcome } from './lib/report.ts'
