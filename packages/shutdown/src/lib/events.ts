import type { HookReport, ShutdownReason, ShutdownReport } from './report.ts'

/** Name of the `node:diagnostics_channel` on which every shutdown publishes its events. */
export const SHUTDOWN_CHANNEL = 'breakwater:shutdown'

/** What a shutdown tells. */
export type ShutdownEvent =
  | ShutdownStarted
  | ShutdownDraining
  | ShutdownDrained
  | ShutdownHookFailed
  | ShutdownCrashed
  | ShutdownUntold
  | ShutdownFinished

/** The process was told to stop. It serves as before. */
export interface ShutdownStarted {
  /** The kind of event. */
  readonly type: 'shutdown:started'
  /** Why. */
  readonly reason: ShutdownReason
  /** Milliseconds for which it still takes what is new. */
  readonly drainDelayMs: number
}

/** Nothing new is taken any more, and what is under way is answered. */
export interface ShutdownDraining {
  /** The kind of event. */
  readonly type: 'shutdown:draining'
}

/** Every server is done, or was cut. */
export interface ShutdownDrained {
  /** The kind of event. */
  readonly type: 'shutdown:drained'
  /** Requests that were answered since draining began. */
  readonly answered: number
  /** Requests that were cut. */
  readonly cutRequests: number
}

/** A hook threw, or took too long. The others go on. */
export interface ShutdownHookFailed {
  /** The kind of event. */
  readonly type: 'hook:failed'
  /** Its name. */
  readonly hook: string
  /** What became of it. */
  readonly outcome: HookReport['outcome']
  /** What it threw, or that it was late. */
  readonly error: unknown
}

/** Nobody caught an error: the process ends. */
export interface ShutdownCrashed {
  /** The kind of event. */
  readonly type: 'process:crashed'
  /** What was thrown. */
  readonly error: unknown
}

/** Somebody else could not be told: systemd, the reader of the crash file, or a worker of a cluster. */
export interface ShutdownUntold {
  /** The kind of event. */
  readonly type: 'systemd:failed' | 'crash-file:failed' | 'drain:failed'
  /** Why. */
  readonly error: unknown
}

/** It is over. What listeners do now must be synchronous. */
export interface ShutdownFinished {
  /** The kind of event. */
  readonly type: 'shutdown:finished'
  /** What happened. */
  readonly report: ShutdownReport
}
