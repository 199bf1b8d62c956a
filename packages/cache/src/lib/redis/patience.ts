import type { Clock } from '@breakwater/core'

const FIRST_DELAY_MS = 20
const LONGEST_DELAY_MS = 1_000
const FIRST_STEP_MS = 500
const LONGEST_STEP_MS = 4_000

/** How long to wait between tries, and for each of them. */
export interface Patience {
  /** Tries that failed in a row. */
  readonly failures: number
  /** Milliseconds for one step of connecting. */
  readonly stepMs: number
  /** A try succeeded: begin anew. */
  reset(): void
  /** A try failed: waits before the next one. Ends at once after {@link Patience.stop}. */
  pause(): Promise<void>
  /** Ends all waiting. */
  stop(): void
}

/**
 * Waits that double up to a second, half of each left to chance, so that processes which lost one server do not all come back at
 * the same time.
 *
 * @param clock Times the waiting, in the background.
 * @param random Where chance comes from.
 */
export function createPatience(clock: Clock, random: () => number = Math.random): Patience {
  let failures = 0
  let wake = (): void => {}
  let isStopped = false
  return {
    get failures() {
      return failures
    },
    get stepMs() {
      return Math.min(FIRST_STEP_MS * 2 ** Math.floor(failures / 2), LONGEST_STEP_MS)
    },
    reset() {
      failures = 0
    },
    pause() {
      failures++
      const limitMs = Math.min(FIRST_DELAY_MS * 2 ** (failures - 1), LONGEST_DELAY_MS)
      return new Promise((resolve) => {
        if (isStopped) return resolve()
        const cancel = clock.after(limitMs * (0.5 + random() / 2), resolve)
        wake = () => {
          cancel()
          resolve()
        }
      })
    },
    stop() {
      isStopped = true
      wake()
    },
  }
}
