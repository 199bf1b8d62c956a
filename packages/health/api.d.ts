// What @breakwater/health offers, written by `pnpm check api --update`. A difference here decides the next version.

declare module '@breakwater/health' {
  import type { Clock, HttpEndpoint, HttpExchange, Measured, Observable, OperationalError } from '@breakwater/core'

  export interface CheckContext {
    readonly signal: AbortSignal
    readonly name: string
  }
  export class CheckFailedError extends OperationalError {
    readonly name: 'CheckFailedError'
    readonly code: 'ERR_CHECK_FAILED'
    readonly check: string
    constructor(check: string, message: string)
  }
  export interface CheckOptions {
    readonly critical?: boolean | undefined
    readonly groups?: readonly string[] | undefined
    readonly limitMs?: number | undefined
    readonly cacheMs?: number | undefined
    readonly failureThreshold?: number | undefined
    readonly successThreshold?: number | undefined
    readonly intervalMs?: number | undefined
    readonly dependsOn?: readonly string[] | undefined
    readonly recover?: RecoveryOptions | undefined
  }
  export interface CheckReport {
    readonly name: string
    readonly status: HealthStatus
    readonly critical: boolean
    readonly groups: readonly string[]
    readonly dependsOn: readonly string[]
    readonly cause?: string | undefined
    readonly data?: Readonly<Record<string, unknown>> | undefined
    readonly checkedAt?: number | undefined
    readonly changedAt?: number | undefined
    readonly durationMs?: number | undefined
    readonly failuresInARow: number
    readonly history: readonly HistoryEntry[]
  }
  export interface CheckResult {
    readonly status: HealthStatus
    readonly data?: Readonly<Record<string, unknown>> | undefined
    readonly cause?: unknown
  }
  export class CheckTimeoutError extends OperationalError {
    readonly name: 'CheckTimeoutError'
    readonly code: 'ERR_CHECK_TIMEOUT'
    readonly check: string
    constructor(check: string, limitMs: number, what?: 'check' | 'recovery of')
  }
  export interface EndpointOptions {
    readonly group?: string | undefined
    readonly details?: boolean | undefined
    readonly format?: HealthFormat | undefined
  }
  export const HEALTH_CHANNEL = "breakwater:health"
  export interface Health extends Measured, Observable<HealthEvent> {
    readonly kind: string
    readonly liveness: HttpEndpoint
    readonly readiness: HttpEndpoint
    readonly startup: HttpEndpoint
    readonly summary: HttpEndpoint
    readonly detailed: HttpEndpoint
    readonly dependencies: HttpEndpoint
    add(name: string, check: HealthCheck, options?: CheckOptions): this
    check(group?: string): Promise<HealthReport>
    report(group?: string): HealthReport
    endpoint(options?: EndpointOptions): HttpEndpoint
    serveLiveness(options?: LivenessOptions): Promise<LivenessServer>
    writeTo(path: string, options?: WriteOptions): () => Promise<void>
    close(): Promise<void>
    [Symbol.asyncDispose](): Promise<void>
  }
  export type HealthCheck = (context: CheckContext) => unknown
  export interface HealthCheckChanged {
    readonly type: 'check:changed'
    readonly check: string
    readonly from: HealthStatus | undefined
    readonly to: HealthStatus
    readonly cause: unknown
  }
  export interface HealthCheckHung {
    readonly type: 'check:hung'
    readonly check: string
    readonly runs: number
  }
  export interface HealthDetailsFailed {
    readonly type: 'details:failed'
    readonly error: unknown
  }
  export type HealthEvent = HealthCheckChanged | HealthStatusChanged | HealthCheckHung | HealthRecoveryTried | HealthRecoveryExhausted | HealthDetailsFailed | HealthFileFailed | HealthLivenessFailed
  export interface HealthFileFailed {
    readonly type: 'file:failed'
    readonly path: string
    readonly error: unknown
  }
  export type HealthFormat = 'breakwater' | 'health+json' | 'plain' | 'spring' | 'microprofile'
  export interface HealthLivenessFailed {
    readonly type: 'liveness:failed'
    readonly error: unknown
  }
  export interface HealthOptions {
    readonly name?: string | undefined
    readonly version?: string | undefined
    readonly limitMs?: number | undefined
    readonly cacheMs?: number | undefined
    readonly failureThreshold?: number | undefined
    readonly successThreshold?: number | undefined
    readonly degradedStatus?: 200 | 503 | undefined
    readonly showsDetails?: ((exchange: HttpExchange) => boolean) | undefined
    readonly clock?: Clock | undefined
  }
  export interface HealthRecoveryExhausted {
    readonly type: 'recovery:exhausted'
    readonly check: string
    readonly tries: number
  }
  export interface HealthRecoveryTried {
    readonly type: 'recovery:tried'
    readonly check: string
    readonly attempt: number
    readonly outcome: RecoveryOutcome
    readonly error?: unknown
  }
  export interface HealthReport {
    readonly name: string
    readonly group?: string | undefined
    readonly status: HealthStatus
    readonly at: number
    readonly uptimeMs: number
    readonly version?: string | undefined
    readonly checks: readonly CheckReport[]
  }
  export type HealthStatus = 'healthy' | 'degraded' | 'unhealthy'
  export interface HealthStatusChanged {
    readonly type: 'status:changed'
    readonly group: string
    readonly from: HealthStatus | undefined
    readonly to: HealthStatus
  }
  export interface HistoryEntry {
    readonly at: number
    readonly what: 'changed' | 'tried'
    readonly from?: HealthStatus | undefined
    readonly to?: HealthStatus | undefined
    readonly attempt?: number | undefined
    readonly outcome?: RecoveryOutcome | undefined
    readonly cause?: string | undefined
  }
  export class LivenessError extends OperationalError {
    readonly name: 'LivenessError'
    readonly code: 'ERR_LIVENESS'
    constructor(where: string, why: string, options?: ErrorOptions)
  }
  export interface LivenessOptions {
    readonly port?: number | undefined
    readonly host?: string | undefined
    readonly stallMs?: number | undefined
  }
  export interface LivenessServer {
    readonly port: number
    close(): Promise<void>
  }
  export interface RecoveryContext {
    readonly signal: AbortSignal
    readonly attempt: number
    readonly cause: unknown
  }
  export interface RecoveryOptions {
    readonly run: (context: RecoveryContext) => unknown
    readonly maxTries?: number | undefined
    readonly delayMs?: number | undefined
    readonly maxDelayMs?: number | undefined
    readonly limitMs?: number | undefined
  }
  export type RecoveryOutcome = 'recovered' | 'unchanged' | 'failed'
  export interface WriteOptions {
    readonly everyMs?: number | undefined
  }
  export function createHealth(options?: HealthOptions): Health
  export function isCheckFailedError(error: unknown): error is CheckFailedError
  export function isCheckTimeoutError(error: unknown): error is CheckTimeoutError
  export function isLivenessError(error: unknown): error is LivenessError
}

declare module '@breakwater/health/checks' {
  import type { CheckContext, CheckResult } from '@breakwater/health'

  export interface DiskCheckOptions {
    readonly path: string
    readonly minFreeRatio?: number | undefined
    readonly minFreeBytes?: number | undefined
    readonly warnFreeRatio?: number | undefined
  }
  export interface HttpCheckOptions {
    readonly status?: number | ((status: number) => boolean) | undefined
    readonly method?: string | undefined
    readonly headers?: Readonly<Record<string, string>> | undefined
  }
  export interface Pingable {
    ping(): unknown
  }
  export interface Queryable {
    query(text: string): unknown
  }
  export type ReadyCheck = (context: Pick<CheckContext, 'signal'>) => Promise<CheckResult>
  export interface RemoteCheckOptions {
    readonly headers?: Readonly<Record<string, string>> | undefined
    readonly maxBytes?: number | undefined
  }
  export interface TcpCheckOptions {
    readonly host?: string | undefined
    readonly port: number
  }
  export function diskCheck({ path, minFreeRatio, minFreeBytes, warnFreeRatio, }: DiskCheckOptions): ReadyCheck
  export function httpCheck(url: string | URL, { status, method, headers }?: HttpCheckOptions): ReadyCheck
  export function pingCheck(target: Pingable | Queryable): ReadyCheck
  export function remoteCheck(url: string | URL, { headers, maxBytes }?: RemoteCheckOptions): ReadyCheck
  export function tcpCheck({ host, port }: TcpCheckOptions): ReadyCheck
}
