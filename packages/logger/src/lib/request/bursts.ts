import type { Clock } from '@breakwater/core'

/** A burst that was just recognised. */
export interface Burst {
  /** How often it was seen in the window. */
  readonly count: number
  /** How often it was seen since the last burst was told and before this window, and not told. */
  readonly untold: number
}

/** Counts what is suspicious when it is frequent. */
export interface Bursts {
  /**
   * Something was seen.
   *
   * @param kind What.
   * @param client Who; `undefined` where that is not known.
   * @param threshold How often within a window is a burst.
   * @returns The burst, once in a window: when the threshold is reached.
   */
  see(kind: string, client: string | undefined, threshold: number): Burst | undefined
}

interface Window {
  startedAtMs: number
  count: number
  threshold: number
  untold: number
}

/** Clients are anybody, so their number is bounded: those that were quiet longest are forgotten first. */
const MAX_WINDOWS = 1_000

/** Counts in fixed windows, each beginning with the first that is seen. */
export function createBursts(windowMs: number, clock: Clock): Bursts {
  const windows = new Map<string, Window>()
  return {
    see(kind, client, threshold) {
      const key = client === undefined ? kind : `${kind} ${client.slice(0, 200)}`
      const nowMs = clock.coarse()
      let window = windows.get(key)
      windows.delete(key)
      if (window === undefined || nowMs - window.startedAtMs >= windowMs) {
        const untold = window === undefined ? 0 : Math.max(0, window.count - window.threshold)
        window = { startedAtMs: nowMs, count: 0, threshold, untold }
      }
      windows.set(key, window)
      if (windows.size > MAX_WINDOWS) windows.delete(windows.keys().next().value as string)
      window.count++
      return window.count === threshold ? { count: window.count, untold: window.untold } : undefined
    },
  }
}
