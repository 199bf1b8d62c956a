import { milliseconds, positiveMilliseconds } from '../check.ts'
import { type Clock, createSleep } from '../clock.ts'

/** A clock that stands still until a test moves it. */
export interface ManualClock extends Clock {
  /** How many timers are waiting: `0` shows that something idle really is. */
  readonly pending: number
  /**
   * Moves time on, and runs what falls due on the way, in order, each at its own time.
   *
   * @param byMs Milliseconds.
   */
  advance(byMs: number): void
  /**
   * The same, but lets promises settle after each timer, so that what they start falls due as well.
   *
   * @param byMs Milliseconds.
   */
  advanceAsync(byMs: number): Promise<void>
  /**
   * Sets the wall clock without moving time on, as an administrator or NTP does.
   *
   * @param epochMs Unix milliseconds, earlier or later than now.
   */
  setEpoch(epochMs: number): void
}

/** Where a manual clock starts. */
export interface ManualClockOptions {
  /**
   * What `now()` says first, in milliseconds.
   *
   * @defaultValue `1_000_000`; not 0, which some libraries take for "no stamp"
   */
  readonly nowMs?: number | undefined
  /**
   * What `epoch()` says first, in Unix milliseconds.
   *
   * @defaultValue the first of January 2026, UTC
   */
  readonly epochMs?: number | undefined
}

interface Timer {
  readonly dueMs: number
  readonly run: () => void
}

/**
 * Creates a clock for tests.
 *
 * @param options Where it starts.
 * @throws {RangeError} If `nowMs` is not over 0, or `epochMs` is negative.
 */
export function createManualClock({
  nowMs = 1_000_000,
  epochMs = Date.UTC(2026, 0),
}: ManualClockOptions = {}): ManualClock {
  let now = positiveMilliseconds('nowMs', nowMs)
  let epochAheadMs = milliseconds('epochMs', epochMs) - now
  /** The next one first; of several that are due at once, the one started first. */
  const timers: Timer[] = []

  function after(delayMs: number, run: () => void): () => void {
    const timer: Timer = { dueMs: now + milliseconds('delayMs', delayMs), run }
    timers.splice(timers.findLastIndex(({ dueMs }) => dueMs <= timer.dueMs) + 1, 0, timer)
    return () => {
      const index = timers.indexOf(timer)
      if (index !== -1) timers.splice(index, 1)
    }
  }

  function runNext(untilMs: number): boolean {
    const [next] = timers
    if (next === undefined || next.dueMs > untilMs) return false
    timers.shift()
    now = next.dueMs
    next.run()
    return true
  }

  return {
    now: () => now,
    coarse: () => now,
    epoch: () => now + epochAheadMs,
    after,
    sleep: createSleep(after),
    get pending() {
      return timers.length
    },
    advance(byMs) {
      const untilMs = now + milliseconds('byMs', byMs)
      while (runNext(untilMs));
      now = Math.max(now, untilMs)
    },
    async advanceAsync(byMs) {
      const untilMs = now + milliseconds('byMs', byMs)
      do await settled()
      while (runNext(untilMs))
      now = Math.max(now, untilMs)
    },
    setEpoch(nextMs) {
      epochAheadMs = milliseconds('epochMs', nextMs) - now
    },
  }
}

/** Kept, so that fake timers installed later cannot hold it up. */
const nextTurn = setImmediate

/** A turn of the event loop: by then every promise that can settle without time has. */
function settled(): Promise<void> {
  return new Promise((resolve) => nextTurn(resolve))
}
