import type { Clock, Emitter } from '@breakwater/core'
import type { TracingEvent, TracingPart } from './events.ts'

/** What went wrong in tracing itself. It never goes on to what is traced. */
export interface Faults {
  /** How often. */
  readonly count: number
  /** Something threw. */
  tell(part: TracingPart, error: unknown): void
}

/** Who reads of it once will not read it a thousand times a second. */
const QUIET_MS = 60_000

export function createFaults(events: Emitter<TracingEvent>, clock: Clock): Faults {
  const told = new Map<TracingPart, { atMs: number; untold: number }>()
  let count = 0
  return {
    get count() {
      return count
    },
    tell(part, error) {
      count++
      const nowMs = clock.coarse()
      const last = told.get(part)
      if (last !== undefined && nowMs - last.atMs < QUIET_MS) {
        last.untold++
        return
      }
      told.set(part, { atMs: nowMs, untold: 0 })
      events.emitFailure({ type: 'span:failed', part, count: 1 + (last?.untold ?? 0), error })
    },
  }
}
