import type { ResolvedCircuitBreakerOptions } from './options.ts'
import { FAILED, PER_STEP, SLOW, STEPS } from './window.ts'

/** The version that `snapshot` writes and `restore` reads. */
export const SNAPSHOT_VERSION = 1

/**
 * What a circuit breaker knows, as plain JSON: for a process that starts where another one stopped, or for its neighbours.
 * It holds durations and no stamps, so that it means the same on another machine.
 */
export interface CircuitSnapshot {
  /** Of this format. */
  readonly version: 1
  /** Half-open counts as open without time left, as the probes are not the reader's; states held by hand as closed. */
  readonly state: 'closed' | 'open'
  /** Milliseconds until probes are let through; of a closed circuit, until all calls are. */
  readonly remainingMs: number
  /** Times that it opened since it was closed last, for the backoff. */
  readonly openings: number
  /** Failures in a row. */
  readonly failuresInARow: number
  /** The window, if there is one. */
  readonly window: CircuitWindowSnapshot | null
}

/** What is in a window. */
export interface CircuitWindowSnapshot {
  /** Its size in calls; 0 for one of time. */
  readonly calls: number
  /** Its size in milliseconds; 0 for one of calls. */
  readonly ms: number
  /** Of calls: marks of each, oldest first, 1 for failed and 2 for slow. Of time: calls, failures and slow calls of each step. */
  readonly marks: readonly number[]
}

/**
 * Checks what somebody kept, which may be anything.
 *
 * @param snapshot What is to be restored.
 * @param options Of the circuit breaker that is to restore it.
 * @throws {TypeError | RangeError} If it is of another version or shape, naming what is wrong.
 */
export function checkSnapshot(snapshot: unknown, options: ResolvedCircuitBreakerOptions): CircuitSnapshot {
  const { version, state, remainingMs, openings, failuresInARow, window } = record('snapshot', snapshot)
  if (version !== SNAPSHOT_VERSION) wrong('snapshot.version', `${SNAPSHOT_VERSION}`, version)
  if (state !== 'closed' && state !== 'open') wrong('snapshot.state', '"closed" or "open"', state)
  return {
    version: SNAPSHOT_VERSION,
    state,
    remainingMs: atLeast0('snapshot.remainingMs', remainingMs),
    openings: whole('snapshot.openings', openings),
    failuresInARow: whole('snapshot.failuresInARow', failuresInARow),
    window: window === null ? null : checkWindow(window, options),
  }
}

function checkWindow(window: unknown, { windowCalls, windowMs }: ResolvedCircuitBreakerOptions): CircuitWindowSnapshot {
  const { calls, ms, marks } = record('snapshot.window', window)
  if (calls !== windowCalls) wrong('snapshot.window.calls', `${windowCalls}, as the window has it`, calls)
  if (ms !== windowMs) wrong('snapshot.window.ms', `${windowMs}, as the window has it`, ms)
  if (!Array.isArray(marks)) wrong('snapshot.window.marks', 'an array', marks)
  const most = windowMs > 0 ? STEPS * PER_STEP : windowCalls
  const isWrong = windowMs > 0 ? marks.length !== most : marks.length > most
  if (isWrong) wrong('snapshot.window.marks', `${windowMs > 0 ? '' : 'at most '}${most} numbers`, marks.length)
  return {
    calls,
    ms,
    marks: marks.map((mark: unknown, index) => {
      const name = `snapshot.window.marks[${index}]`
      const limit =
        windowMs === 0 ? FAILED + SLOW : index % PER_STEP === 0 ? Infinity : marks[index - (index % PER_STEP)]
      return whole(name, mark) <= limit ? (mark as number) : wrong(name, `at most ${limit}`, mark)
    }),
  }
}

function record(name: string, value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) wrong(name, 'an object', value)
  return value as Record<string, unknown>
}

function whole(name: string, value: unknown): number {
  return Number.isSafeInteger(value) ? atLeast0(name, value) : wrong(name, 'an integer of at least 0', value)
}

function atLeast0(name: string, value: unknown): number {
  return Number.isFinite(value) && (value as number) >= 0
    ? (value as number)
    : wrong(name, 'a number of at least 0', value)
}

function wrong(name: string, what: string, value: unknown): never {
  const got = typeof value === 'object' && value !== null ? 'an object' : (JSON.stringify(value) ?? String(value))
  const text = `Expected \`${name}\` to be ${what}, got ${got.slice(0, 60)}`
  throw typeof value === 'number' ? new RangeError(text) : new TypeError(text)
}
