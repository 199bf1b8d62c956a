import { milliseconds } from './check.ts'
import type { Clock } from './clock.ts'

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
 * @throws {RangeError} If `nowMs` is 0 or less.
 */
export function createManualClock({
  nowMs = 1_000_000,
  epochMs = Date.UTC(2026, 0),
}: ManualClockOptions = {}): ManualClock {
  if (!(nowMs > 0)) throw new RangeError(`Expected \`nowMs\` to be over 0, got ${nowMs}`)
  let now = nowMs
  let epochAheadMs = epochMs - nowMs
  let timers: readonly Timer[] = []

  function start(delayMs: number, run: () => void): () => void {
    const timer: Timer = { dueMs: now + milliseconds('delayMs', delayMs), run }
    timers = [...timers, timer]
    return () => {
      timers = timers.filter((other) => other !== timer)
    }
  }

  /** Runs the earliest timer due by then; of several, the one started first. */
  function runNext(untilMs: number): boolean {
    const [next] = timers.filter(({ dueMs }) => dueMs <= untilMs).sort((a, b) => a.dueMs - b.dueMs)
    if (next === undefined) return false
    timers = timers.filter((timer) => timer !== next)
    now = Math.max(now, next.dueMs)
    next.run()
    return true
  }

  return {
    now: () => now,
    coarse: () => now,
    epoch: () => now + epochAheadMs,
    after: start,
    sleep(delayMs, { signal } = {}) {
      return new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason)
        const stop = start(delayMs, () => {
          signal?.removeEventListener('abort', onAbort)
          resolve()
        })
        signal?.addEventListener('abort', onAbort, { once: true })
        function onAbort(): void {
          stop()
          reject(signal?.reason)
        }
      })
    },
    get pending() {
      return timers.length
    },
    advance(byMs) {
      const untilMs = now + milliseconds('byMs', byMs)
      while (runNext(untilMs));
      now = untilMs
    },
    async advanceAsync(byMs) {
      const untilMs = now + milliseconds('byMs', byMs)
      do await settled()
      while (runNext(untilMs))
      now = untilMs
    },
    setEpoch(nextMs) {
      epochAheadMs = nextMs - now
    },
  }
}

/** A turn of the event loop: by then every promise that can settle without time has. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
