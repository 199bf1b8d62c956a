import type { ManualClock } from '@breakwater/core/testing'
import {
  createAdaptiveLimit,
  createBulkhead,
  createCircuitBreaker,
  createCircuitBreakerRegistry,
  createFallback,
  createRetry,
  createTimeout,
  pipeline,
} from '@breakwater/resilience'
import { type PolicyUnderTest, policyConformance } from '@breakwater/resilience/testing'
import { describe, expect, test } from 'vitest'

const name = 'checked'
const failOpen = { name, failureThreshold: 100 }

type Create = (clock: ManualClock) => PolicyUnderTest

const policies: Readonly<Record<string, Create>> = {
  createCircuitBreaker: (clock) => createCircuitBreaker({ ...failOpen, clock }),
  'createCircuitBreaker with slow calls': (clock) =>
    createCircuitBreaker({ name, slowCallRatio: 0.9, slowCallMs: 1_000, minimumCalls: 50, clock }),
  createRetry: (clock) => createRetry({ name, clock }),
  createTimeout: (clock) => createTimeout({ name, limitMs: 1_000, clock }),
  createBulkhead: (clock) => createBulkhead({ name, maxConcurrent: 2, clock }),
  createAdaptiveLimit: (clock) => createAdaptiveLimit({ name, clock }),
  pipeline: (clock) =>
    pipeline(
      createRetry({ name, clock }),
      createCircuitBreaker({ ...failOpen, clock }),
      createBulkhead({ name, maxConcurrent: 2, clock }),
      createTimeout({ name, limitMs: 1_000, clock }),
    ),
  createCircuitBreakerRegistry: (clock) => createCircuitBreakerRegistry({ ...failOpen, clock }).get('a key'),
}

const refusing: Readonly<Record<string, (clock: ManualClock) => PolicyUnderTest>> = {
  createCircuitBreaker(clock) {
    const breaker = createCircuitBreaker({ name, clock })
    breaker.force('forced-open')
    return breaker
  },
  createBulkhead(clock) {
    const bulkhead = createBulkhead({ name, maxConcurrent: 1, maxQueued: 0, clock })
    bulkhead.tryAcquire()
    return bulkhead
  },
  pipeline(clock) {
    const breaker = createCircuitBreaker({ name, clock })
    breaker.force('forced-open')
    return pipeline(createRetry({ name, clock }), breaker, createTimeout({ name, limitMs: 1_000, clock }))
  },
}

describe.for(Object.entries(policies))('%s', ([kind, create]) => {
  test.for(policyConformance({ create, createRefusing: refusing[kind] }))('$name', ({ run }) => run())
})

describe('createFallback', () => {
  const cases = policyConformance({ create: () => createFallback({ name, value: 'instead' }) })
  test.for(cases.filter(({ name }) => !/threw|throws|second door/.test(name)))('$name', ({ run }) => run())
})

/** Faults that somebody who writes a policy makes. */
const faults: Readonly<Record<string, readonly [PolicyUnderTest['execute'], RegExp]>> = {
  'wraps errors': [
    async (run, { signal = new AbortController().signal } = {}) => {
      try {
        return await run({ signal })
      } catch (error) {
        throw new Error('failed', { cause: error })
      }
    },
    /function threw/,
  ],
  'waits for deaf functions': [
    async (run, { signal = new AbortController().signal } = {}) => {
      signal.throwIfAborted()
      return run({ signal })
    },
    /though the function goes on/,
  ],
  'throws at the caller': [
    (run) => run({ signal: new AbortController().signal }) as never,
    /instead of returning|given up/,
  ],
  'runs twice': [
    async (run, { signal = new AbortController().signal } = {}) => {
      await run({ signal })
      return run({ signal })
    },
    /once/,
  ],
  'never settles': [() => new Promise(() => {}), /returned/],
}

test.for(Object.entries(faults))('policyConformance() finds a policy that %s', async ([, [execute, says]]) => {
  const failed: string[] = []
  for (const { name, run } of policyConformance({ create: () => ({ execute }) }))
    await run().catch(() => failed.push(name))
  expect(failed.join('\n')).toMatch(says)
})
