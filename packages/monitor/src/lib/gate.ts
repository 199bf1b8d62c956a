import type { HttpHook, Measurement } from '@breakwater/core'

/** What the monitor needs of whatever sees the requests. */
export interface Gate {
  /** Sees them. */
  readonly hook: HttpHook
  /** How much of what this process can do is wanted. */
  readonly demandRatio: number
  /** Whether requests were refused just now. */
  readonly isShedding: boolean
  /** Brings itself up to date although no request came. */
  refresh(): void
  /** What was answered since the last call, and how long that took on average. */
  takeResponseTimes(): { readonly meanMs: number | undefined; readonly requests: number }
  /** Lets go of what it hears. The hook goes on. */
  close(): void
  /** Its numbers. */
  measure(): readonly Measurement[]
}
