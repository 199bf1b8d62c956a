/** What of a process is too small for what is wanted: its event loop, or something that requests wait for. */
export type ShedCause = 'event-loop' | 'concurrency'

/** A request was refused, for the first time in a second. */
export interface SheddingStarted {
  /** The kind of event. */
  readonly type: 'shedding:started'
  /** Why. */
  readonly cause: ShedCause
  /** How much of this process's capacity was wanted: 2 is twice what it can do. */
  readonly demandRatio: number
}

/** No request has been refused for a second. */
export interface SheddingEnded {
  /** The kind of event. */
  readonly type: 'shedding:ended'
  /** How many were refused. */
  readonly refused: number
  /** Milliseconds from the first to the last of them. */
  readonly lastedMs: number
}

/** `priority` threw or returned what is no priority: the request was `normal`. Told once. */
export interface PriorityFailed {
  /** The kind of event. */
  readonly type: 'priority:failed'
  /** What it threw. */
  readonly error: unknown
}

/** What load shedding tells. */
export type ShedEvent = SheddingStarted | SheddingEnded | PriorityFailed
