import type { Clock } from '@breakwater/core'

/** Lets the event loop go on while something long is done. */
export interface Pace {
  /** Whether this turn has had its share. */
  isDue(): boolean
  /** Resolves on a later turn of the loop. */
  turn(): Promise<void>
}

/** Milliseconds at a time. With what the last piece takes over it, a scrape holds the loop for less than 5 ms. */
const SLICE_MS = 1

/** Creates a pace, whose first share begins now. */
export function createPace(clock: Clock): Pace {
  let startedMs = clock.now()
  return {
    isDue: () => clock.now() - startedMs >= SLICE_MS,
    turn: () =>
      new Promise((resolve) => {
        setImmediate(() => {
          startedMs = clock.now()
          resolve()
        })
      }),
  }
}
