import type { Emitter } from '@breakwater/core'
import type { ResilienceEvent } from '../events.ts'
import type { CircuitCounts } from './counts.ts'

/** What circuits of one registry share. */
export interface CircuitHost {
  readonly key: string
  readonly counts: CircuitCounts
  readonly events: Emitter<ResilienceEvent>
  /** Hears of each change of state, before listeners do. */
  onChange(): void
}
