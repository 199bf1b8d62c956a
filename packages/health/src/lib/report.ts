/**
 * How something is. `healthy`: as it should be. `degraded`: it works, but not as it should. `unhealthy`: it does not work, or
 * nobody knows yet.
 */
export type HealthStatus = 'healthy' | 'degraded' | 'unhealthy'

/** Something that happened to a check. */
export interface HistoryEntry {
  /** When, in Unix milliseconds. */
  readonly at: number
  /** `changed`: its status did. `tried`: its recovery was. */
  readonly what: 'changed' | 'tried'
  /** Its status before; `undefined` before the first run. */
  readonly from?: HealthStatus | undefined
  /** Its status after. */
  readonly to?: HealthStatus | undefined
  /** Which try it was, from 1. */
  readonly attempt?: number | undefined
  /** How the try went. */
  readonly outcome?: RecoveryOutcome | undefined
  /** Why, on one line. */
  readonly cause?: string | undefined
}

/** How a try to recover went. `recovered`: the check passes. `unchanged`: it does not. `failed`: the try threw, or took too long. */
export type RecoveryOutcome = 'recovered' | 'unchanged' | 'failed'

/** What is known of a check. */
export interface CheckReport {
  /** Its name. */
  readonly name: string
  /** How it is, with hysteresis. */
  readonly status: HealthStatus
  /** Whether everything is unhealthy when it is. */
  readonly critical: boolean
  /** The groups that it belongs to. */
  readonly groups: readonly string[]
  /** The checks that it depends on. */
  readonly dependsOn: readonly string[]
  /** Why it is not healthy, on one line of at most 1,000 characters. */
  readonly cause?: string | undefined
  /** What it said of itself in its last run. */
  readonly data?: Readonly<Record<string, unknown>> | undefined
  /** When its last run ended, in Unix milliseconds; `undefined` before the first. */
  readonly checkedAt?: number | undefined
  /** When its status changed last, in Unix milliseconds; `undefined` before the first run. */
  readonly changedAt?: number | undefined
  /** Milliseconds that its last run took. */
  readonly durationMs?: number | undefined
  /** Runs that failed in a row by now. */
  readonly failuresInARow: number
  /** Its last changes and tries to recover, oldest first, at most 20. */
  readonly history: readonly HistoryEntry[]
}

/** What is known of some checks, or of all. */
export interface HealthReport {
  /** Whose it is. */
  readonly name: string
  /** Which group; `undefined` for all checks. */
  readonly group?: string | undefined
  /** How all of them are together. */
  readonly status: HealthStatus
  /** When this was put together, in Unix milliseconds. */
  readonly at: number
  /** Milliseconds since the process began. */
  readonly uptimeMs: number
  /** What it was told to be its version. */
  readonly version?: string | undefined
  /** The checks, in the order in which they were added. */
  readonly checks: readonly CheckReport[]
}

/** From the best to the worst. */
export const STATUSES: readonly HealthStatus[] = ['healthy', 'degraded', 'unhealthy']
