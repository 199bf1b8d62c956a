import { type Clock, systemClock } from '@breakwater/core'

/** What may be told, so that nobody floods a log. */
export interface Ration {
  /**
   * Asks for leave to tell something.
   *
   * @returns Nothing if too much was told lately; else how often that was the answer since the last leave.
   */
  take(): { readonly untold: number } | undefined
}

/** Options of {@link createRation}. */
export interface RationOptions {
  /** How much may be told in a while. @defaultValue 10 */
  readonly max?: number | undefined
  /** How long a while is, in milliseconds. @defaultValue a minute */
  readonly everyMs?: number | undefined
  /** @defaultValue `systemClock` */
  readonly clock?: Clock | undefined
}

/**
 * Creates a ration.
 *
 * @param options How large it is.
 */
export function createRation({ max = 10, everyMs = 60_000, clock = systemClock }: RationOptions = {}): Ration {
  let startedAtMs = Number.NEGATIVE_INFINITY
  let taken = 0
  let untold = 0
  return {
    take() {
      const nowMs = clock.now()
      if (nowMs - startedAtMs >= everyMs) {
        startedAtMs = nowMs
        taken = 0
      }
      if (taken === max) {
        untold++
        return undefined
      }
      taken++
      const leave = { untold }
      untold = 0
      return leave
    },
  }
}
