import type { CircuitBreakerOptions } from '@breakwater/resilience'
import type { CircuitSubject } from '@breakwater/resilience/testing'
import * as cockatiel from 'cockatiel'
import Opossum from 'opossum'
import { vi } from 'vitest'

/** They read the machine's clock and start timers, so the test fakes both: `vi.useFakeTimers()` first. */
const time = {
  advance: (ms: number): void => void vi.advanceTimersByTime(ms),
  stepWallClock: (byMs: number): void => void vi.setSystemTime(Math.max(Date.now() + byMs, 0)),
}

/** What counts as a failure; what callers give up for does not. */
function isFailure({ classifyError }: CircuitBreakerOptions, error: unknown): boolean {
  return !('givesUp' in Object(error)) && (classifyError?.(error) ?? 'failure') === 'failure'
}

/**
 * cockatiel's circuit breaker under the checker.
 *
 * @param createBreaker What it looks at.
 */
export function cockatielSubject(
  createBreaker: (options: CircuitBreakerOptions) => cockatiel.IBreaker,
): CircuitSubject {
  return {
    name: 'cockatiel',
    create(options) {
      const policy = cockatiel.circuitBreaker(
        cockatiel.handleWhen((error) => isFailure(options, error)),
        {
          halfOpenAfter: options.openForMs ?? 30_000,
          breaker: createBreaker(options),
          halfOpenSampling: { calls: options.probes ?? 1, threshold: 0 },
        },
      )
      return {
        ...time,
        get state() {
          return ['closed', 'open', 'half-open', 'forced-open'][policy.state] as string
        },
        execute: (run, { signal } = {}) => policy.execute(run, signal),
        refusalOf: (error) => (error instanceof cockatiel.BrokenCircuitError ? {} : undefined),
        disturb: (listener) => void policy.onSuccess(listener),
      }
    },
  }
}

/** For {@link cockatielSubject}. */
export const cockatielBreakers = {
  consecutive: ({ failureThreshold = 5 }: CircuitBreakerOptions): cockatiel.IBreaker =>
    new cockatiel.ConsecutiveBreaker(failureThreshold),
  count: ({ failureRatio = 1, windowCalls = 100, minimumCalls = 20 }: CircuitBreakerOptions): cockatiel.IBreaker =>
    new cockatiel.CountBreaker({
      threshold: justBelow(failureRatio),
      size: windowCalls,
      minimumNumberOfCalls: minimumCalls,
    }),
  sampling: ({ failureRatio = 1, windowMs = 1_000, minimumCalls = 20 }: CircuitBreakerOptions): cockatiel.IBreaker =>
    new cockatiel.SamplingBreaker({
      threshold: justBelow(failureRatio),
      duration: windowMs,
      minimumRps: minimumCalls / (windowMs / 1_000),
    }),
}

/** Theirs must be passed, ours be reached. */
function justBelow(ratio: number): number {
  return ratio - 1e-6
}

/**
 * opossum's circuit breaker under the checker.
 *
 * @param errorThresholdPercentage Share of failures that must be passed.
 */
export function opossumSubject(errorThresholdPercentage: number): CircuitSubject {
  return {
    name: 'opossum',
    create(options) {
      const breaker = new Opossum<[run: (context: { readonly signal?: AbortSignal }) => unknown]>(
        (run) => Promise.resolve(run({})),
        {
          timeout: false,
          resetTimeout: options.openForMs ?? 30_000,
          errorThresholdPercentage,
          errorFilter: (error: unknown) => !isFailure(options, error),
          rollingCountTimeout: 1_000_000_000,
          enableSnapshots: false,
        },
      )
      return {
        ...time,
        get state() {
          // It tells half-open as soon as a probe may come, the model as soon as one came.
          return breaker.closed ? 'closed' : breaker.halfOpen && !breaker.pendingClose ? 'half-open' : 'open'
        },
        execute: (run) => breaker.fire(run),
        refusalOf: (error) => ((error as { code?: unknown } | undefined)?.code === 'EOPENBREAKER' ? {} : undefined),
        disturb: (listener) => void breaker.on('success', listener).on('failure', listener),
        close: () => breaker.shutdown(),
      }
    },
  }
}
