import type { HealthStatus, RecoveryOutcome } from './report.ts'

/** Name of the `node:diagnostics_channel` on which every health publishes its events. */
export const HEALTH_CHANNEL = 'breakwater:health'

/** What a health tells. */
export type HealthEvent =
  | HealthCheckChanged
  | HealthStatusChanged
  | HealthCheckHung
  | HealthRecoveryTried
  | HealthRecoveryExhausted
  | HealthDetailsFailed
  | HealthFileFailed
  | HealthLivenessFailed

/** A check's status changed, hysteresis included. The first run of each is told as well. */
export interface HealthCheckChanged {
  /** The kind of event. */
  readonly type: 'check:changed'
  /** Its name. */
  readonly check: string
  /** Its status before; `undefined` before the first run. */
  readonly from: HealthStatus | undefined
  /** Its status now. */
  readonly to: HealthStatus
  /** What the check threw or gave as its cause; `undefined` when it is healthy. */
  readonly cause: unknown
}

/** The status of a group changed. */
export interface HealthStatusChanged {
  /** The kind of event. */
  readonly type: 'status:changed'
  /** Which group. */
  readonly group: string
  /** Its status before; `undefined` while it was not known. */
  readonly from: HealthStatus | undefined
  /** Its status now. */
  readonly to: HealthStatus
}

/** So many runs of a check have not ended, long after their limit, that no other is begun until one does. */
export interface HealthCheckHung {
  /** The kind of event. */
  readonly type: 'check:hung'
  /** Its name. */
  readonly check: string
  /** How many. */
  readonly runs: number
}

/** A recovery was tried. */
export interface HealthRecoveryTried {
  /** The kind of event. */
  readonly type: 'recovery:tried'
  /** Name of the check. */
  readonly check: string
  /** Which try it was, from 1. */
  readonly attempt: number
  /** How it went. */
  readonly outcome: RecoveryOutcome
  /** What it threw, or that it was late. */
  readonly error?: unknown
}

/** All tries of a recovery are used up. The check is still run when somebody asks. */
export interface HealthRecoveryExhausted {
  /** The kind of event. */
  readonly type: 'recovery:exhausted'
  /** Name of the check. */
  readonly check: string
  /** How many there were. */
  readonly tries: number
}

/** `showsDetails` threw: nothing was shown. */
export interface HealthDetailsFailed {
  /** The kind of event. */
  readonly type: 'details:failed'
  /** What it threw. */
  readonly error: unknown
}

/** The report could not be written. */
export interface HealthFileFailed {
  /** The kind of event. */
  readonly type: 'file:failed'
  /** Which file. */
  readonly path: string
  /** Why. */
  readonly error: unknown
}

/** The thread that serves liveness ended. */
export interface HealthLivenessFailed {
  /** The kind of event. */
  readonly type: 'liveness:failed'
  /** Why. */
  readonly error: unknown
}
