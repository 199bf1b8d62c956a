import type { LedgerReport } from '../client/ledger.ts'
import type { ScenarioName } from '../scenarios/scenario.ts'

/** How the process of a subject ended. */
export interface Exit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  /** Whether the harness had to kill it, as it did not end in time. */
  readonly isKilled: boolean
  /** Milliseconds from the signal, or from what was to end it, to its end. */
  readonly ms: number
  /** Milliseconds from the second signal, where there was one. */
  readonly msFromSecond?: number | undefined
}

/** What a run showed. Plain data. */
export interface RunReport extends LedgerReport {
  /** The subject's name. */
  readonly subject: string
  readonly scenario: ScenarioName
  /** The Node that ran the subject, such as `v24.21.0`. `undefined`: it never got ready. */
  readonly node: string | undefined
  readonly seed: number
  readonly roundTripMs: number
  readonly exit: Exit
  /** What the teardown hooks told, in order. */
  readonly hooks: readonly string[]
  /** How often each code closed a WebSocket. */
  readonly closeCodes: Readonly<Record<number, number>>
  /** The end of what the subject wrote to stderr. */
  readonly stderr: string
  /** Milliseconds that the client's own event loop stood still at most: what a busy machine adds to all times. */
  readonly stalledMs: number
  /** Why the run says nothing, such as a subject that never got ready. `undefined`: it does. */
  readonly unusable: string | undefined
}
