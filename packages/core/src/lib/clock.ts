import { milliseconds } from './check.ts'

/** Where time comes from. Every `createX` here takes one, so that tests need not wait. */
export interface Clock {
  /** Milliseconds on a clock that is never set, from any start: for every elapsed time. */
  now(): number
  /**
   * The same as {@link now}, a little late and nearly free: for what is asked thousands of times a second and need
   * not be exact, such as whether an entry expired.
   *
   * It never goes back. It is up to 5 ms late, and a few calls more where something blocks the event loop.
   */
  coarse(): number
  /** Unix milliseconds, which may jump either way: only for stamps that leave the process. */
  epoch(): number
  /**
   * Runs a function later, in the background: it does not keep the process alive.
   *
   * @param delayMs Milliseconds, of any length (Node's own timers cut more than 2^31-1 ms to 1 ms). Never runs earlier, by {@link now}.
   * @param run What to run.
   * @returns A function that calls it off.
   */
  after(delayMs: number, run: () => void): () => void
  /**
   * Waits. Somebody awaits it, so it keeps the process alive.
   *
   * @param delayMs Milliseconds, of any length.
   * @param options What ends the wait early.
   * @returns Resolves when the time has come, rejects with the signal's reason if it aborts first.
   */
  sleep(delayMs: number, options?: SleepOptions): Promise<void>
}

/** Options of {@link Clock.sleep}. */
export interface SleepOptions {
  /** Ends the wait: the promise rejects with its reason. */
  readonly signal?: AbortSignal | undefined
}

/** The longest delay that `setTimeout` honours. */
const LONGEST_TIMEOUT_MS = 2 ** 31 - 1
/** Node's timers count whole milliseconds of the loop's own clock, and so may fire up to one too early. */
const TIMER_GRAIN_MS = 2
const COARSE_FOR_MS = 5
/** A power of two less one. A read every so many calls bounds the lateness while the event loop is blocked. */
const COARSE_CALLS = 63

/**
 * The machine's clocks and timers.
 *
 * Globals are looked up on each call, so that fake timers installed by a test runner work.
 */
export const systemClock: Clock = {
  now: () => performance.now(),
  coarse: createCoarse(),
  epoch: () => Date.now(),
  after(delayMs, run) {
    return startTimer(milliseconds('delayMs', delayMs), run, false)
  },
  sleep(delayMs, { signal } = {}) {
    return new Promise((resolve, reject) => {
      milliseconds('delayMs', delayMs)
      if (signal?.aborted) return reject(signal.reason)
      const stop = startTimer(delayMs, onTime, true)
      signal?.addEventListener('abort', onAbort, { once: true })

      function onTime(): void {
        signal?.removeEventListener('abort', onAbort)
        resolve()
      }
      function onAbort(): void {
        stop()
        reject(signal?.reason)
      }
    })
  },
}

function startTimer(delayMs: number, run: () => void, keepsAlive: boolean): () => void {
  const dueMs = performance.now() + delayMs
  let leftMs = delayMs
  let timer: NodeJS.Timeout
  arm()
  return () => clearTimeout(timer)

  function arm(): void {
    timer = setTimeout(onTime, Math.min(leftMs, LONGEST_TIMEOUT_MS))
    if (!keepsAlive) timer.unref()
  }
  function onTime(): void {
    leftMs = Math.max(0, leftMs - LONGEST_TIMEOUT_MS)
    const earlyMs = dueMs - performance.now()
    // Only a little early is a timer's grain. More is a test whose fake timers do not fake the clock.
    if (leftMs === 0 && earlyMs > 0 && earlyMs < TIMER_GRAIN_MS) leftMs = earlyMs
    if (leftMs > 0) arm()
    else run()
  }
}

/**
 * Keeps one reading until a timer or enough calls have passed. The timer runs only while somebody asks, so that an
 * idle process has none.
 */
function createCoarse(): () => number {
  let reading = 0
  let calls = 0
  let isFresh = false
  const expire = (): void => {
    isFresh = false
  }
  return () => {
    if (isFresh && (++calls & COARSE_CALLS) !== 0) return reading
    const now = performance.now()
    // A timer that is overdue was blocked, or belongs to a fake that is gone: it is not waited for.
    if (!isFresh || now - reading >= COARSE_FOR_MS || now < reading) setTimeout(expire, COARSE_FOR_MS).unref()
    isFresh = true
    reading = now
    return reading
  }
}
