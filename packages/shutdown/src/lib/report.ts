/** Why a process stops. */
export interface ShutdownReason {
  /**
   * `signal`: it was told to by a signal. `request`: its own code called `begin`. `failure`: its own code called `fail`.
   * `crash`: an error that nobody caught.
   */
  readonly kind: 'signal' | 'request' | 'failure' | 'crash'
  /** Which signal, if it was one. */
  readonly signal?: NodeJS.Signals | undefined
  /** Whether another process takes its place at once: clients are told to come back. */
  readonly isRestart?: boolean | undefined
  /** What was thrown, of a failure or a crash. */
  readonly error?: unknown
}

/**
 * How a process stopped. `clean`: everything was answered and closed. `failed`: a hook threw, or its own code said that it cannot
 * go on. `forced`: a request, a connection or a hook was cut, as the time was over. `crashed`: an error that nobody caught.
 */
export type ShutdownOutcome = 'clean' | 'failed' | 'forced' | 'crashed'

/** What became of a hook. `skipped`: the time was over before its turn came. */
export type HookOutcome = 'done' | 'failed' | 'late' | 'skipped'

/** How a hook went. */
export interface HookReport {
  /** Its name. */
  readonly name: string
  /** What became of it. */
  readonly outcome: HookOutcome
  /** Milliseconds that it took. */
  readonly durationMs: number
  /** What it threw, or that it was late. */
  readonly error?: unknown
}

/** How the draining of a server went. */
export interface DrainReport {
  /** The server's name. */
  readonly name: string
  /** Milliseconds until its last connection was gone. */
  readonly durationMs: number
  /** Requests that were answered since draining began. */
  readonly answered: number
  /** Requests that were under way when the time was over. */
  readonly cutRequests: number
  /** Connections that were cut then, those of these requests among them. */
  readonly cutConnections: number
}

/** What happened, from the first sign to the end. */
export interface ShutdownReport {
  /** Why. */
  readonly reason: ShutdownReason
  /** How it ended. */
  readonly outcome: ShutdownOutcome
  /** `0` clean, `1` failed or crashed, `70` forced (`EX_SOFTWARE` of BSD's sysexits). */
  readonly exitCode: number
  /** Milliseconds from the first sign to the end. */
  readonly durationMs: number
  /** The servers, in the order in which they were added. */
  readonly servers: readonly DrainReport[]
  /** The hooks, in the order in which they were added. */
  readonly hooks: readonly HookReport[]
}
