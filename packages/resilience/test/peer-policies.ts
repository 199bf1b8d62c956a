import { createBulkhead, createRetry, createTimeout, isTimeoutError } from '@breakwater/resilience'
import * as cockatiel from 'cockatiel'
import Opossum from 'opossum'

/** What is asked of a policy. */
export interface Runner {
  execute(run: (context: { readonly signal?: AbortSignal }) => unknown, signal?: AbortSignal): Promise<unknown>
}

/** The same policies of several libraries. */
export interface Library {
  /** Three attempts. */
  retry(delayMs: number): Runner
  timeout(limitMs: number): Runner
  bulkhead(maxConcurrent: number, maxQueued: number): Runner
  isTimeout(error: unknown): boolean
  /** Two, made of one and the same options. */
  twins(limitMs: number): readonly [Runner, Runner]
}

const name = 'checked'

export const ours: Library = {
  retry: (delayMs) =>
    toRunner(
      createRetry({
        name,
        maxAttempts: 3,
        baseDelayMs: delayMs,
        maxDelayMs: delayMs,
        backoff: 'exponential',
        budget: false,
      }),
    ),
  timeout: (limitMs) => toRunner(createTimeout({ name, limitMs })),
  bulkhead: (maxConcurrent, maxQueued) => toRunner(createBulkhead({ name, maxConcurrent, maxQueued })),
  isTimeout: isTimeoutError,
  twins(limitMs) {
    const options = { name, limitMs }
    return [toRunner(createTimeout(options)), toRunner(createTimeout(options))]
  },
}

export const itsCockatiel: Library = {
  retry: (delayMs) =>
    cockatiel.retry(cockatiel.handleAll, { maxAttempts: 2, backoff: new cockatiel.ConstantBackoff(delayMs) }),
  timeout: (limitMs) => cockatiel.timeout(limitMs, cockatiel.TimeoutStrategy.Aggressive),
  bulkhead: (maxConcurrent, maxQueued) => cockatiel.bulkhead(maxConcurrent, maxQueued),
  isTimeout: (error) => error instanceof cockatiel.TaskCancelledError,
  twins: (limitMs) => [itsCockatiel.timeout(limitMs), itsCockatiel.timeout(limitMs)],
}

/** It has timeouts alone. Its calls share the signal of its options. */
export const itsOpossum: Library = {
  retry: missing,
  timeout(limitMs) {
    const [runner] = opossums({ timeout: limitMs, abortController: new AbortController() }, 1)
    return runner as Runner
  },
  bulkhead: missing,
  isTimeout: (error) => (error as { code?: unknown } | undefined)?.code === 'ETIMEDOUT',
  twins: (limitMs) => opossums({ timeout: limitMs, cache: true }, 2) as [Runner, Runner],
}

function opossums(options: Record<string, unknown>, count: number): Runner[] {
  return Array.from({ length: count }, () => {
    // The cache looks at the arguments, so what is run is not one of them.
    let run: (context: { readonly signal?: AbortSignal }) => unknown = () => undefined
    const breaker: Opossum = new Opossum(async () => {
      const signal = breaker.getSignal()
      return run(signal === undefined ? {} : { signal })
    }, options)
    return {
      execute(next) {
        run = next
        return breaker.fire()
      },
    }
  })
}

function missing(): never {
  throw new Error('It has no such policy')
}

function toRunner(policy: {
  execute(
    run: (context: { readonly signal: AbortSignal }) => unknown,
    options?: { signal?: AbortSignal | undefined },
  ): Promise<unknown>
}): Runner {
  return { execute: (run, signal) => policy.execute(run, { signal }) }
}
