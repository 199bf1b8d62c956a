const EVERY_MS = 10
/** What is late on any machine, and how long it takes until what has come meanwhile is read. */
const LATE_MS = 50

/** Watches how long the event loop of this process stands still. */
export interface Stalls {
  /** Whether it did just now. */
  isLate(): boolean
  /** Ends it, and says for how many milliseconds it did at most. */
  stop(): number
}

/**
 * Starts to watch.
 *
 * @param now A monotonic clock, for tests.
 */
export function watchStalls(now: () => number = () => performance.now()): Stalls {
  let worstMs = 0
  let lastMs = now()
  let lateUntilMs = 0
  const lateByMs = (): number => now() - lastMs - EVERY_MS
  const timer = setInterval(() => {
    worstMs = Math.max(worstMs, lateByMs())
    // Timers come first after a standstill: what waits in the sockets is read after this.
    if (lateByMs() > LATE_MS) lateUntilMs = now() + LATE_MS
    lastMs = now()
  }, EVERY_MS).unref()
  return {
    isLate: () => lateByMs() > LATE_MS || now() < lateUntilMs,
    stop() {
      clearInterval(timer)
      return Math.round(Math.max(worstMs, lateByMs()))
    },
  }
}
