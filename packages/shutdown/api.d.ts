// What @breakwater/shutdown offers, written by `pnpm check api --update`. A difference here decides the next version.

declare module '@breakwater/shutdown' {
  import type { Clock, HttpServer, Measured, Observable, OperationalError } from '@breakwater/core'
  import type { Server } from 'node:net'

  export interface BeginOptions {
    readonly isRestart?: boolean | undefined
  }
  export interface ClusterLike {
    readonly isPrimary: boolean
    readonly workers?: Readonly<Record<string, ClusterWorkerLike | undefined>> | undefined
  }
  export interface ClusterWorkerLike {
    readonly process: {
      kill(signal: NodeJS.Signals): unknown
    }
    once(event: 'exit', listener: () => void): unknown
    isDead(): boolean
  }
  export interface Crashes {
    readonly crashes: number
    readonly lastAt: number
    readonly lastError: string
  }
  export interface DrainReport {
    readonly name: string
    readonly durationMs: number
    readonly answered: number
    readonly cutRequests: number
    readonly cutConnections: number
  }
  export type Drainable = HttpServer | Server | WebSocketServerLike | ClusterLike
  export interface HookContext {
    readonly signal: AbortSignal
    readonly reason: ShutdownReason
  }
  export interface HookOptions {
    readonly dependsOn?: readonly string[] | undefined
    readonly limitMs?: number | undefined
  }
  export type HookOutcome = 'done' | 'failed' | 'late' | 'skipped'
  export interface HookReport {
    readonly name: string
    readonly outcome: HookOutcome
    readonly durationMs: number
    readonly error?: unknown
  }
  export class HookTimeoutError extends OperationalError {
    readonly name: 'HookTimeoutError'
    readonly code: 'ERR_HOOK_TIMEOUT'
    readonly hook: string
    constructor(hook: string, limitMs: number)
  }
  export const SHUTDOWN_CHANNEL = "breakwater:shutdown"
  export interface Shutdown extends Measured, Observable<ShutdownEvent> {
    readonly kind: string
    readonly started: boolean
    readonly signal: AbortSignal
    serve(server: Drainable, name?: string): this
    add(name: string, hook: ShutdownHook, options?: HookOptions): this
    ready(): void
    begin(options?: BeginOptions): Promise<ShutdownReport>
    fail(error: unknown): Promise<ShutdownReport>
  }
  export interface ShutdownCrashed {
    readonly type: 'process:crashed'
    readonly error: unknown
  }
  export interface ShutdownDrained {
    readonly type: 'shutdown:drained'
    readonly answered: number
    readonly cutRequests: number
  }
  export interface ShutdownDraining {
    readonly type: 'shutdown:draining'
  }
  export type ShutdownEvent = ShutdownStarted | ShutdownDraining | ShutdownDrained | ShutdownHookFailed | ShutdownCrashed | ShutdownUntold | ShutdownFinished
  export interface ShutdownFinished {
    readonly type: 'shutdown:finished'
    readonly report: ShutdownReport
  }
  export type ShutdownHook = (context: HookContext) => unknown
  export interface ShutdownHookFailed {
    readonly type: 'hook:failed'
    readonly hook: string
    readonly outcome: HookReport['outcome']
    readonly error: unknown
  }
  export interface ShutdownOptions {
    readonly name?: string | undefined
    readonly drainDelayMs?: number | undefined
    readonly lingerMs?: number | undefined
    readonly deadlineMs?: number | undefined
    readonly crashDeadlineMs?: number | undefined
    readonly signals?: readonly NodeJS.Signals[] | undefined
    readonly restartSignals?: readonly NodeJS.Signals[] | undefined
    readonly handleCrashes?: boolean | undefined
    readonly crashFile?: string | undefined
    readonly exit?: boolean | undefined
    readonly clock?: Clock | undefined
  }
  export type ShutdownOutcome = 'clean' | 'failed' | 'forced' | 'crashed'
  export interface ShutdownReason {
    readonly kind: 'signal' | 'request' | 'failure' | 'crash'
    readonly signal?: NodeJS.Signals | undefined
    readonly isRestart?: boolean | undefined
    readonly error?: unknown
  }
  export interface ShutdownReport {
    readonly reason: ShutdownReason
    readonly outcome: ShutdownOutcome
    readonly exitCode: number
    readonly durationMs: number
    readonly servers: readonly DrainReport[]
    readonly hooks: readonly HookReport[]
  }
  export interface ShutdownStarted {
    readonly type: 'shutdown:started'
    readonly reason: ShutdownReason
    readonly drainDelayMs: number
  }
  export class ShutdownStartedError extends OperationalError {
    readonly name: 'ShutdownStartedError'
    readonly code: 'ERR_SHUTDOWN_STARTED'
    constructor(what: string)
  }
  export interface ShutdownUntold {
    readonly type: 'systemd:failed' | 'crash-file:failed' | 'drain:failed'
    readonly error: unknown
  }
  export interface WebSocketLike {
    close(code: number, reason: string): void
    terminate?(): void
  }
  export interface WebSocketServerLike {
    readonly clients: Iterable<WebSocketLike>
  }
  export function createShutdown(options?: ShutdownOptions): Shutdown
  export function isHookTimeoutError(error: unknown): error is HookTimeoutError
  export function isShutdownStartedError(error: unknown): error is ShutdownStartedError
}
