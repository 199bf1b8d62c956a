// What @breakwater/resilience offers, written by `pnpm check api --update`. A difference here decides the next version.

declare module '@breakwater/resilience' {
  import type { Clock, Measured, Observable, OperationalError, Policy, PolicyCallOptions, PolicyContext, RefusalError } from '@breakwater/core'

  export interface AdaptiveLimit extends ResiliencePolicy {
    readonly limit: number
    readonly underWay: number
  }
  export interface AdaptiveLimitEvent {
    readonly type: 'limit:reached'
    readonly limit: number
  }
  export interface AdaptiveLimitOptions {
    readonly name: string
    readonly initialLimit?: number | undefined
    readonly minLimit?: number | undefined
    readonly maxLimit?: number | undefined
    readonly isOverload?: ((error: unknown) => boolean) | undefined
    readonly clock?: Clock | undefined
  }
  export type Backoff = 'full-jitter' | 'decorrelated-jitter' | 'exponential'
  export interface Bulkhead extends ResiliencePolicy {
    readonly underWay: number
    readonly queued: number
  }
  export class BulkheadFullError extends RefusalError {
    readonly name: 'BulkheadFullError'
    readonly code: 'ERR_BULKHEAD_FULL'
    readonly policy: string
    readonly retryAfterMs: number
    constructor(policy: string, retryAfterMs: number)
    get message(): string
  }
  export interface BulkheadOptions {
    readonly name: string
    readonly maxConcurrent: number
    readonly maxQueued?: number | undefined
    readonly maxWaitMs?: number | undefined
    readonly clock?: Clock | undefined
  }
  export interface CallContext extends PolicyContext {
    readonly attempt: number
  }
  export interface CircuitBreaker extends ResiliencePolicy {
    readonly state: CircuitState
    explain(): CircuitExplanation
    force(state: ForcedState): void
    reset(): void
    snapshot(): CircuitSnapshot
    restore(snapshot: CircuitSnapshot): void
  }
  export interface CircuitBreakerOptions {
    readonly name: string
    readonly failureThreshold?: number | undefined
    readonly failureRatio?: number | undefined
    readonly slowCallRatio?: number | undefined
    readonly slowCallMs?: number | undefined
    readonly windowCalls?: number | undefined
    readonly windowMs?: number | undefined
    readonly minimumCalls?: number | undefined
    readonly openForMs?: number | undefined
    readonly openBackoffFactor?: number | undefined
    readonly maxOpenForMs?: number | undefined
    readonly openJitterRatio?: number | undefined
    readonly probes?: number | undefined
    readonly probeSuccessRatio?: number | undefined
    readonly probeLeaseMs?: number | undefined
    readonly rampMs?: number | undefined
    readonly classifyError?: ((error: unknown) => Verdict) | undefined
    readonly classifyResult?: ((result: unknown) => Verdict) | undefined
    readonly random?: (() => number) | undefined
    readonly clock?: Clock | undefined
  }
  export interface CircuitBreakerRegistry extends Measured, Observable<ResilienceEvent> {
    readonly size: number
    get(key: string): KeyedCircuitBreaker
    delete(key: string): boolean
    entries(): IterableIterator<[
      string,
      KeyedCircuitBreaker
    ]>
  }
  export interface CircuitBreakerRegistryOptions extends CircuitBreakerOptions {
    readonly name: string
    readonly maxEntries?: number | undefined
  }
  export interface CircuitClosed {
    readonly type: 'circuit:closed'
    readonly key?: string | undefined
  }
  export type CircuitEvent = CircuitOpened | CircuitHalfOpened | CircuitClosed | CircuitForced
  export interface CircuitExplanation {
    readonly state: CircuitState
    readonly reason: string
    readonly sinceMs: number
    readonly retryAfterMs: number
    readonly latestError: unknown
    readonly failuresInARow: number
    readonly calls: number
    readonly failures: number
    readonly slowCalls: number
    readonly probesUnderWay: number
    readonly probesSucceeded: number
    readonly probesFailed: number
  }
  export interface CircuitForced {
    readonly type: 'circuit:forced'
    readonly key?: string | undefined
    readonly state: 'forced-open' | 'disabled' | 'metrics-only'
  }
  export interface CircuitHalfOpened {
    readonly type: 'circuit:half-opened'
    readonly key?: string | undefined
  }
  export class CircuitOpenError extends RefusalError {
    readonly name: 'CircuitOpenError'
    readonly code: 'ERR_CIRCUIT_OPEN'
    readonly policy: string
    readonly retryAfterMs: number
    constructor(policy: string, retryAfterMs: number)
    get message(): string
  }
  export interface CircuitOpened {
    readonly type: 'circuit:opened'
    readonly key?: string | undefined
    readonly cause: 'failures-in-a-row' | 'failure-ratio' | 'slow-call-ratio' | 'probes-failed' | 'restored'
    readonly failures: number
    readonly calls: number
    readonly slowCalls: number
    readonly latestError: unknown
    readonly retryAfterMs: number
  }
  export interface CircuitSnapshot {
    readonly version: 1
    readonly state: 'closed' | 'open'
    readonly remainingMs: number
    readonly openings: number
    readonly failuresInARow: number
    readonly window: CircuitWindowSnapshot | null
  }
  export type CircuitState = 'closed' | 'open' | 'half-open' | ForcedState
  export interface CircuitWindowSnapshot {
    readonly calls: number
    readonly ms: number
    readonly marks: readonly number[]
  }
  export const EXECUTE_CHANNEL = "breakwater:resilience:execute"
  export type ExtraOf<part> = part extends {
    readonly '~extra'?: (() => infer extra) | undefined
  } ? extra : never
  export interface FailureOutcome {
    readonly ok: false
    readonly error: unknown
    readonly refusal: Refusal | undefined
  }
  export type Fallback<value> = ResiliencePolicy<value>
  export interface FallbackBaseOptions {
    readonly name: string
    readonly isHandled?: ((error: unknown) => boolean) | undefined
  }
  export interface FallbackEvent {
    readonly type: 'fallback:failed'
    readonly error: unknown
    readonly original: unknown
  }
  export type FallbackOptions<value> = FallbackValueOptions<value> | FallbackRunOptions<value>
  export interface FallbackRunOptions<value> extends FallbackBaseOptions {
    readonly run: (error: unknown, context: CallContext) => PromiseLike<value> | value
    readonly value?: undefined
  }
  export interface FallbackValueOptions<value> extends FallbackBaseOptions {
    readonly value: value
    readonly run?: undefined
  }
  export interface FilterEvent {
    readonly type: 'filter:failed'
    readonly error: unknown
  }
  export type ForcedState = 'forced-open' | 'disabled' | 'metrics-only'
  export type KeyedCircuitBreaker = Omit<CircuitBreaker, 'measure' | 'kind'>
  export class LimitReachedError extends RefusalError {
    readonly name: 'LimitReachedError'
    readonly code: 'ERR_LIMIT_REACHED'
    readonly policy: string
    readonly retryAfterMs: number
    constructor(policy: string, retryAfterMs: number)
    get message(): string
  }
  export type Outcome<result> = SuccessOutcome<result> | FailureOutcome
  export interface Permit {
    readonly admitted: true
    readonly signal: AbortSignal
    succeed(result?: unknown): void
    fail(error: unknown): number | undefined
    release(): void
    retry(): Permit | Refusal
  }
  export interface Pipeline<extra = never> extends ResiliencePolicy<extra> {
    readonly policies: readonly PipelinePart[]
  }
  export type PipelinePart = Policy | ResiliencePolicy<unknown>
  export const RESILIENCE_CHANNEL = "breakwater:resilience"
  export interface Refusal {
    readonly admitted: false
    readonly retryAfterMs: number
    readonly error: Error & {
      readonly code: `ERR_${string}`
    }
  }
  export interface RegistryEvent {
    readonly type: 'registry:full'
    readonly entries: number
  }
  export type ResilienceEvent = CircuitEvent | RetryEvent | AdaptiveLimitEvent | RegistryEvent | FallbackEvent | FilterEvent
  export interface ResiliencePolicy<extra = never> extends Measured, Observable<ResilienceEvent> {
    readonly '~extra'?: (() => extra) | undefined
    execute<result>(run: (context: CallContext) => PromiseLike<result> | result, options?: PolicyCallOptions): Promise<result | extra>
    tryExecute<result>(run: (context: CallContext) => PromiseLike<result> | result, options?: PolicyCallOptions): Promise<Outcome<result | extra>>
    tryAcquire(): Permit | Refusal
  }
  export interface Retry extends ResiliencePolicy {
    readonly balance: number
  }
  export interface RetryBudget extends Measured, Observable<RetryEvent> {
    readonly balance: number
    deposit(): void
    withdraw(): boolean
  }
  export interface RetryBudgetOptions {
    readonly name?: string | undefined
    readonly ratio?: number | undefined
    readonly minPerSecond?: number | undefined
    readonly windowMs?: number | undefined
    readonly clock?: Clock | undefined
  }
  export interface RetryEvent {
    readonly type: 'retry-budget:exhausted' | 'retry-budget:recovered'
  }
  export interface RetryOptions {
    readonly name: string
    readonly maxAttempts?: number | undefined
    readonly baseDelayMs?: number | undefined
    readonly maxDelayMs?: number | undefined
    readonly backoff?: Backoff | undefined
    readonly backoffFactor?: number | undefined
    readonly isRetryable?: ((error: unknown) => boolean) | undefined
    readonly isRetryableResult?: ((result: unknown) => boolean) | undefined
    readonly retryAfter?: ((failure: unknown) => number | undefined) | undefined
    readonly maxRetryAfterMs?: number | undefined
    readonly budget?: RetryBudget | false | undefined
    readonly random?: (() => number) | undefined
    readonly clock?: Clock | undefined
  }
  export interface SuccessOutcome<result> {
    readonly ok: true
    readonly value: result
  }
  export interface Timeout extends ResiliencePolicy {
    readonly limitMs: number
    readonly underWay: number
  }
  export class TimeoutError extends OperationalError {
    readonly name: 'TimeoutError'
    readonly code: 'ERR_TIMEOUT'
    readonly policy: string
    readonly limitMs: number
    constructor(policy: string, limitMs: number, options?: ErrorOptions)
  }
  export type TimeoutMode = 'hard' | 'cooperative'
  export interface TimeoutOptions {
    readonly name: string
    readonly limitMs: number
    readonly mode?: TimeoutMode | undefined
    readonly clock?: Clock | undefined
  }
  export type Verdict = 'success' | 'failure' | 'ignored'
  export function createAdaptiveLimit(options: AdaptiveLimitOptions): AdaptiveLimit
  export function createBulkhead(options: BulkheadOptions): Bulkhead
  export function createCircuitBreaker(options: CircuitBreakerOptions): CircuitBreaker
  export function createCircuitBreakerRegistry(options: CircuitBreakerRegistryOptions): CircuitBreakerRegistry
  export function createFallback<value>(options: FallbackOptions<value>): Fallback<value>
  export function createRetry(options: RetryOptions): Retry
  export function createRetryBudget(options?: RetryBudgetOptions): RetryBudget
  export function createTimeout(options: TimeoutOptions): Timeout
  export function isBulkheadFullError(error: unknown): error is BulkheadFullError
  export function isCircuitOpenError(error: unknown): error is CircuitOpenError
  export function isLimitReachedError(error: unknown): error is LimitReachedError
  export function isRefusalError(error: unknown): error is RefusalError & {
    readonly retryAfterMs: number
  }
  export function isTimeoutError(error: unknown): error is TimeoutError
  export function pipeline<parts extends readonly PipelinePart[]>(...policies: parts): Pipeline<ExtraOf<parts[number]>>
  export function toRetryAfterMs(header: string | null | undefined, epochMs: number): number | undefined
}

declare module '@breakwater/resilience/testing' {
  import type { Clock, Measurement, PolicyCallOptions, PolicyContext } from '@breakwater/core'
  import type { ManualClock } from '@breakwater/core/testing'
  import type { CallContext, CircuitBreaker, CircuitBreakerOptions, CircuitExplanation, CircuitSnapshot, CircuitState, ForcedState, Outcome, Permit, Refusal, ResilienceEvent, ResiliencePolicy, Verdict } from '@breakwater/resilience'

  export interface AbortStep {
    readonly do: 'abort'
    readonly call: number
  }
  export interface AdvanceStep {
    readonly do: 'advance'
    readonly ms: number
  }
  export const CIRCUIT_HAZARDS: readonly [
    "late-ends",
    "refused-calls",
    "crowds",
    "hung-probes",
    "nested-calls",
    "aborted-probes",
    "aborted-calls",
    "deaf-functions",
    "ignored-probes",
    "old-calls",
    "wall-clock",
    "throwing-listeners",
    "calling-listeners",
    "throwing-filters",
    "odd-values",
    "by-hand"
  ]
  export interface CallStep {
    readonly do: 'call'
    readonly call: number
    readonly door: 'execute' | 'tryExecute' | 'tryAcquire'
    readonly returns: 'promise' | 'thenable' | Ending
    readonly signal: 'none' | 'live' | 'aborted' | 'inside'
    readonly isDeaf: boolean
    readonly nested?: CallStep | undefined
  }
  export interface CircuitCheckFailure {
    readonly schedule: number
    readonly problem: string
    readonly plan: CircuitPlan
    readonly steps: readonly CircuitStep[]
    readonly text: string
  }
  export interface CircuitCheckOptions {
    readonly seed?: number | undefined
    readonly from?: number | undefined
    readonly schedules?: number | undefined
    readonly steps?: number | undefined
    readonly hazards?: readonly CircuitHazard[] | undefined
    readonly plan?: CircuitPlan | undefined
    readonly only?: ((step: CircuitStep, model: CircuitModel) => boolean) | undefined
    readonly shrinkRuns?: number | undefined
  }
  export interface CircuitCheckReport {
    readonly seed: number
    readonly schedules: number
    readonly steps: number
    readonly failure: CircuitCheckFailure | undefined
  }
  export type CircuitHazard = (typeof CIRCUIT_HAZARDS)[number]
  export interface CircuitModel {
    readonly options: ResolvedCircuitBreakerOptions
    readonly state: CircuitState
    readonly events: readonly ResilienceEvent[]
    subscribe(listener: (event: ResilienceEvent) => void): void
    admit(): ModelAdmission
    end(call: ModelCall, ending: ModelEnding): void
    isLate(call: ModelCall): boolean
    readonly callsUnderWay: number
    readonly probesUnderWay: readonly ModelCall[]
    readonly hasPlace: boolean
    readonly waitMs: number
    readonly limitsMs: readonly number[]
    readonly windowSize: number
    force(state: ForcedState): void
    reset(): void
    explain(): Omit<CircuitExplanation, 'reason'>
    snapshot(): CircuitSnapshot
    restore(snapshot: CircuitSnapshot): void
    count(): ModelCounts
  }
  export interface CircuitPlan extends Omit<CircuitBreakerOptions, 'name' | 'classifyError' | 'classifyResult' | 'random' | 'clock'> {
    readonly classifies?: boolean | undefined
  }
  export type CircuitStep = CallStep | EndStep | AbortStep | AdvanceStep | SetWallClockStep | ListenStep | RandomStep | ForceStep | RestoreStep | PlainStep
  export interface CircuitSubject {
    readonly name: string
    create(options: CircuitBreakerOptions): CircuitUnderTest
  }
  export interface CircuitUnderTest {
    readonly state: string
    readonly pendingTimers?: number | undefined
    advance(ms: number): void
    stepWallClock(byMs: number): void
    execute(run: (context: {
      readonly signal?: AbortSignal
    }) => unknown, options?: PolicyCallOptions): Promise<unknown>
    refusalOf(error: unknown): {
      readonly retryAfterMs?: number | undefined
    } | undefined
    disturb?(listener: () => void): void
    tryExecute?(run: (context: CallContext) => unknown, options?: PolicyCallOptions): Promise<Outcome<unknown>>
    tryAcquire?(): Permit | Refusal
    subscribe?(listener: (event: ResilienceEvent) => void): () => void
    explain?(): CircuitExplanation
    measure?(): readonly Measurement[]
    force?(state: ForcedState): void
    reset?(): void
    snapshot?(): CircuitSnapshot
    restore?(snapshot: CircuitSnapshot): void
    close?(): void
  }
  export interface Dependency {
    readonly call: (context?: {
      readonly signal?: AbortSignal
      readonly attempt?: number
    }) => Promise<unknown>
    readonly calls: readonly DependencyCall[]
    readonly underWay: number
    readonly mostUnderWay: number
    succeed(result?: unknown): void
    fail(error: unknown): void
  }
  export interface DependencyCall {
    readonly signal: AbortSignal | undefined
    readonly attempt: number | undefined
    readonly state: 'under way' | 'succeeded' | 'failed' | 'aborted'
    succeed(result?: unknown): void
    fail(error: unknown): void
  }
  export interface DependencyOptions {
    readonly isDeaf?: boolean | undefined
  }
  export interface EndStep extends Ending {
    readonly do: 'end'
    readonly call: number
  }
  export interface Ending {
    readonly ok: boolean
    readonly what: 'plain' | 'undefined' | 'refusal' | 'unreadable' | 'throws' | 'rubbish' | Verdict
  }
  export interface ForceStep {
    readonly do: 'force'
    readonly state: ForcedState
  }
  export interface ListenStep {
    readonly do: 'listen'
    readonly trouble: 'throws' | 'succeeds' | 'fails' | 'resets'
  }
  export type ModelAdmission = {
    readonly admitted: true
    readonly call: ModelCall
  } | {
    readonly admitted: false
    readonly retryAfterMs: number
  }
  export interface ModelCall {
    readonly epoch: number
    readonly startedAtMs: number
    endedAtMs: number | undefined
    verdict: Verdict | 'late' | undefined
    isOverdue: boolean
    lease: 'held' | 'failed' | 'expired'
  }
  export interface ModelCounts {
    readonly calls: Readonly<Record<Verdict | 'late', number>>
    readonly refused: number
    readonly opened: number
    readonly expiredProbes: number
    readonly openMs: number
  }
  export type ModelEnding = {
    readonly ok: boolean
    readonly value: unknown
  } | 'aborted'
  export interface PlainStep {
    readonly do: 'reset' | 'explain' | 'snapshot'
  }
  export interface PolicyCase {
    readonly name: string
    run(): Promise<void>
  }
  export interface PolicyConformanceOptions {
    create(clock: ManualClock): PolicyUnderTest
    createRefusing?: ((clock: ManualClock) => PolicyUnderTest | Promise<PolicyUnderTest>) | undefined
  }
  export interface PolicyUnderTest extends Partial<Pick<ResiliencePolicy<unknown>, 'tryExecute' | 'tryAcquire' | 'subscribe'>> {
    execute(run: (context: PolicyContext) => unknown, options?: PolicyCallOptions): Promise<unknown>
  }
  export interface RandomStep {
    readonly do: 'random'
    readonly gives: number | 'an error'
  }
  export interface ResolvedCircuitBreakerOptions {
    readonly name: string
    readonly failureThreshold: number
    readonly failureRatio: number
    readonly slowCallRatio: number
    readonly slowCallMs: number
    readonly windowCalls: number
    readonly windowMs: number
    readonly minimumCalls: number
    readonly openForMs: number
    readonly openBackoffFactor: number
    readonly maxOpenForMs: number
    readonly openJitterRatio: number
    readonly probes: number
    readonly probesToClose: number
    readonly probeLeaseMs: number
    readonly rampMs: number
    readonly classifyError: ((error: unknown) => Verdict) | undefined
    readonly classifyResult: ((result: unknown) => Verdict) | undefined
    readonly random: () => number
    readonly clock: Clock
  }
  export interface RestoreStep {
    readonly do: 'restore'
    readonly edit: Partial<Omit<CircuitSnapshot, 'version' | 'window'>>
    readonly spoilt?: 'version' | 'state' | 'remainingMs' | 'openings' | 'failuresInARow' | 'window' | undefined
  }
  export interface SetWallClockStep {
    readonly do: 'set wall clock'
    readonly byMs: number
  }
  export function assertCircuitBreaker(subject: CircuitSubject, options?: CircuitCheckOptions): Promise<CircuitCheckReport>
  export function checkCircuitBreaker(subject: CircuitSubject, { seed, from, schedules, steps, hazards, plan, only, shrinkRuns, }?: CircuitCheckOptions): Promise<CircuitCheckReport>
  export function createCircuitModel(options: CircuitBreakerOptions): CircuitModel
  export function createDependency({ isDeaf }?: DependencyOptions): Dependency
  export function policyConformance({ create, createRefusing }: PolicyConformanceOptions): readonly PolicyCase[]
  export function toCircuitSubject(create: (options: CircuitBreakerOptions) => CircuitBreaker, name?: string): CircuitSubject
}
