import type { Clock } from '@breakwater/core'
import type { ShutdownReason } from '../report.ts'

/** What is stopped: a server with its connections. */
export interface Drain {
  /** Its name in the report. */
  readonly name: string
  /** Requests that were answered since it began. */
  readonly answered: number
  /** The process was told to stop, and serves on until its delay is over. */
  onStart?(reason: ShutdownReason): void
  /** Takes no new connections any more. Those that are open go on as before. */
  stopListening?(): Promise<void>
  /**
   * Takes nothing new any more. Resolves when nothing is left.
   *
   * @param reason Why.
   * @param others Resolves when the servers that connections come from are done.
   */
  begin(reason: ShutdownReason, others: Promise<unknown>): Promise<void>
  /** The time is over: cuts what is left. */
  cut(): Cut
}

/** What was cut. */
export interface Cut {
  readonly requests: number
  readonly connections: number
}

/** What drains share. */
export interface DrainOptions {
  readonly clock: Clock
  readonly lingerMs: number
}
