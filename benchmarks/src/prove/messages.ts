import type { Call, LiveHistory } from './history.ts'
import type { KnownTask, MixName } from './load/mix.ts'

/** Load that stays the same for a while. */
export interface Stretch {
  /** Requests per second, on average. */
  readonly ratePerSecond: number
  readonly durationMs: number
}

/** What a process of the load is told first, as JSON. */
export type LoadTask = {
  /** Where to send. */
  readonly url: string
  /** Milliseconds from when a call was due, after which nobody waits for it any more. */
  readonly timeoutMs: number
} & (
  | { readonly kind: 'http'; readonly users: number }
  | { readonly kind: 'socket'; readonly sockets: number; readonly boards: readonly string[] }
)

/** What a process of the load is asked. */
export type LoadQuestion =
  /** To load, from a moment of the machine's clock on. */
  | {
      readonly type: 'run'
      readonly startAtMs: number
      readonly stretches: readonly Stretch[]
      readonly seed: number
      readonly mix: MixName
      readonly tasks: readonly KnownTask[]
      readonly boards: readonly string[]
    }
  /** Whether every socket is connected and has come as far as these versions of its board. If so, or if it is the last time, with all that they saw. */
  | { readonly type: 'settled'; readonly versions: Readonly<Record<string, number>>; readonly isLast: boolean }
  /** To open further sockets, and say what came of it. */
  | { readonly type: 'crowd'; readonly count: number }

/** What it answers. */
export type LoadAnswer =
  /** It is there, and everybody is connected. */
  | { readonly type: 'ready'; readonly sessions: number }
  | { readonly type: 'error'; readonly error: string }
  /** How far it is, once a second. */
  | { readonly type: 'progress'; readonly progress: LoadProgress }
  | { readonly type: 'done'; readonly report: LoadReport }
  | { readonly type: 'settled'; readonly isSettled: boolean; readonly live: readonly LiveHistory[] }
  | { readonly type: 'crowd'; readonly opened: number; readonly refused: number; readonly other: number }

/** How far a load is. */
export interface LoadProgress {
  readonly ok: number
  readonly refused: number
  /** Failed, late and unsent. */
  readonly failed: number
  readonly pending: number
  readonly p99Ms: number
  /** Sockets that are connected. */
  readonly sockets: number
}

/** What a load did. */
export interface LoadReport {
  readonly calls: readonly Call[]
  /** How late the process itself was with each, in milliseconds. */
  readonly lagsMs: Float64Array
  /** Of this process. */
  readonly cpuMs: number
}
