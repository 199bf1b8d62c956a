import { milliseconds } from './check.ts'

/** Where time comes from. Every `createX` here takes one, so that tests need not wait. */
export interface Clock {
  /** Milliseconds on a clock that is never set, from any start: for every elapsed time. */
  now(): number
  /**
   * The same as {@link now}, a little late and nearly free: for what is asked thousands of times a second and need
   * not be exact, such as whether an entry expired.
   *
   * It never goes back. It is up to 5 ms late, plus what timers are late. While something blocks the event loop, one
   * reading serves at most 64 calls, and fewer once they were found to span more than 5 ms. Asked less than 64 times in
   * 5 ms, it is exact, and takes no timer.
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
/** Calls that share one reading where they are dense. Bounds the lateness while the event loop is blocked. */
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
  after: (delayMs, run) => startTimer(delayMs, run, false),
  sleep: createSleep((delayMs, run) => startTimer(delayMs, run, true)),
}

function startTimer(delayMs: number, run: () => void, keepsAlive: boolean): () => void {
  const dueMs = performance.now() + milliseconds('delayMs', delayMs)
  let timer: NodeJS.Timeout
  arm(delayMs)
  return () => clearTimeout(timer)

  function arm(leftMs: number): void {
    timer = setTimeout(onTime, Math.min(leftMs, LONGEST_TIMEOUT_MS), leftMs - LONGEST_TIMEOUT_MS)
    if (!keepsAlive) timer.unref()
  }
  function onTime(leftMs: number): void {
    const earlyMs = dueMs - performance.now()
    if (leftMs > 0) arm(leftMs)
    // Only a little early is a timer's grain. More is a test whose fake timers do not fake the clock.
    else if (earlyMs > 0 && earlyMs < TIMER_GRAIN_MS) arm(earlyMs)
    else run()
  }
}

/**
 * Makes {@link Clock.sleep} of a clock's timers.
 *
 * @param start Starts a timer that keeps the process alive, and returns what stops it.
 */
export function createSleep(start: Clock['after']): Clock['sleep'] {
  return (delayMs, { signal } = {}) =>
    new Promise((resolve, reject) => {
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
}

/**
 * Keeps one reading until a timer or enough calls have passed. Only where calls are dense: a timer that wakes an idle
 * process costs as much as a thousand readings.
 */
function createCoarse(): () => number {
  let reading = 0
  let callsLeft = 0
  let stretch = 0
  // The `setTimeout` that is to end this reading: when fake timers come or go, it may never do so.
  let armedWith: typeof setTimeout | undefined
  const expire = (): void => {
    armedWith = undefined
  }
  return () => {
    const isArmed = armedWith === setTimeout
    if (isArmed && callsLeft-- > 0) return reading
    const now = performance.now()
    const isOverdue = now - reading >= COARSE_FOR_MS
    // From here on calls are counted: they are dense if too many come before this is overdue again.
    if (!isArmed && isOverdue) [callsLeft, reading] = [COARSE_CALLS, now]
    if (!isArmed && callsLeft-- > 0) return now
    if (!isArmed || isOverdue) {
      armedWith = setTimeout
      setTimeout(expire, COARSE_FOR_MS).unref()
    }
    stretch = isOverdue ? 0 : Math.min(2 * stretch + 1, COARSE_CALLS)
    callsLeft = stretch
    reading = now
    return reading
  }
}
