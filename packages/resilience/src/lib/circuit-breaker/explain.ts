import type { CircuitOpened } from '../events.ts'
import type { ResolvedCircuitBreakerOptions } from './options.ts'
import type { CircuitState } from './states.ts'

/** Why a circuit is in its state, in numbers and in words. */
export interface CircuitExplanation {
  /** The state that the next call meets, unless its time to try again has come. */
  readonly state: CircuitState
  /** One sentence or two for people. */
  readonly reason: string
  /** Milliseconds since it came into this state. */
  readonly sinceMs: number
  /** Milliseconds until the next call has a chance. `0` if it has one now, or if nobody knows. */
  readonly retryAfterMs: number
  /** What the latest failure threw, as long as it may be why; `undefined` if it threw nothing: a result, or slowness. */
  readonly latestError: unknown
  /** Failures in a row that were seen in this state. */
  readonly failuresInARow: number
  /** Calls in the window; of a circuit that opened, those that opened it. */
  readonly calls: number
  /** Of these, the failed ones. */
  readonly failures: number
  /** Of these, the slow ones, with those still under way. */
  readonly slowCalls: number
  /** Probes under way. */
  readonly probesUnderWay: number
  /** Probes that succeeded. */
  readonly probesSucceeded: number
  /** Probes that failed. */
  readonly probesFailed: number
}

/**
 * Puts the numbers in words.
 *
 * @param numbers All but the words.
 * @param options What they are held against.
 * @param opened What opened it last.
 */
export function toReason(
  numbers: Omit<CircuitExplanation, 'reason'>,
  options: ResolvedCircuitBreakerOptions,
  opened: CircuitOpened | undefined,
): string {
  const { state, retryAfterMs, calls, failures, slowCalls, failuresInARow } = numbers
  const share = (count: number): string => `${count} of ${calls} calls`
  switch (state) {
    case 'open':
      return `It opened as ${opened && toCause(opened)}. ${retryAfterMs > 0 ? `Probes are let through in ${Math.ceil(retryAfterMs)} ms.` : 'The next call is a probe.'}`
    case 'half-open':
      return `${numbers.probesSucceeded} of ${options.probesToClose} probes succeeded, ${numbers.probesFailed} failed, ${numbers.probesUnderWay} under way.`
    case 'forced-open':
      return 'It is held open by hand.'
    case 'disabled':
      return 'It is disabled by hand.'
    default: {
      const seen = [
        options.failureThreshold > 0 && `${failuresInARow} failures in a row, it opens at ${options.failureThreshold}`,
        options.failureRatio > 0 && `${share(failures)} failed, it opens at ${percent(options.failureRatio)}`,
        options.slowCallRatio > 0 && `${share(slowCalls)} were slow, it opens at ${percent(options.slowCallRatio)}`,
        options.failureRatio + options.slowCallRatio > 0 &&
          calls < options.minimumCalls &&
          `it needs ${options.minimumCalls} calls first`,
        state === 'metrics-only' && 'it is held by hand and does not open',
        retryAfterMs > 0 && `it lets more and more calls through for ${Math.ceil(retryAfterMs)} ms`,
      ].filter(Boolean)
      return `${seen.join('; ')}.`
    }
  }
}

function toCause({ cause, failures, calls, slowCalls }: CircuitOpened): string {
  switch (cause) {
    case 'failures-in-a-row':
      return `${failures} calls in a row failed`
    case 'failure-ratio':
      return `${failures} of ${calls} calls failed`
    case 'slow-call-ratio':
      return `${slowCalls} of ${calls} calls were slow`
    case 'probes-failed':
      return `${failures} of its probes failed`
    case 'restored':
      return 'the snapshot that it was restored from says so'
  }
}

function percent(ratio: number): string {
  return `${Math.round(ratio * 1_000) / 10} %`
}
