import { createCircuitBreaker } from '@breakwater/resilience'
import { SamplingBreaker } from 'cockatiel'
import { costsAtMost, isFaster } from '../../src/claims.ts'
import type { MicroGroup, MicroSubject } from '../../src/micro/subject.ts'
import { calls, fail, problem } from './calls.ts'
import { createCockatiel, createStillOpossum, LONG_MS, type OpossumBucket } from './peers.ts'

const withCalls = (name: string, count: number): string => `${name}, ${count.toLocaleString('en')} calls`

/** It never opens: there are never enough calls. */
function ours(count: number): MicroSubject {
  return calls(withCalls('execute', count), () => {
    const options = { name: 'bench', failureRatio: 1, windowMs: LONG_MS, minimumCalls: LONG_MS }
    const breaker = createCircuitBreaker(options)
    for (let i = 0; i < count; i++) {
      const permit = breaker.tryAcquire()
      if (permit.admitted) permit.succeed()
    }
    return async (times) => {
      let failed = 0
      for (let i = 0; i < times; i++)
        try {
          await breaker.execute(fail)
        } catch (error) {
          if (error === problem) failed = (failed + 1) | 0
        }
      return failed === times
    }
  })
}

/** It never opens: its share of failures is never over 1. The window is put back after each call. */
function opossum(count: number): MicroSubject {
  return calls(withCalls('opossum', count), () => {
    const { breaker } = createStillOpossum(fail, { errorThresholdPercentage: 100 })
    const { latencyTimes } = breaker.status.window[0] as OpossumBucket
    let random = 1
    for (let i = 0; i < count; i++) {
      random = (Math.imul(random, 48_271) >>> 0) % 2_147_483_647
      latencyTimes.push(random % 1_000)
    }
    return async (times) => {
      let failed = 0
      for (let i = 0; i < times; i++) {
        try {
          await breaker.fire()
        } catch (error) {
          if (error === problem) failed = (failed + 1) | 0
        }
        latencyTimes.length = count
      }
      return failed === times
    }
  })
}

function cockatiel(count: number): MicroSubject {
  return calls(withCalls('cockatiel', count), () => {
    const window = new SamplingBreaker({ threshold: 0.5, duration: LONG_MS, minimumRps: LONG_MS })
    const breaker = createCockatiel(window)
    for (let i = 0; i < count; i++) window.success(breaker.state)
    return async (times) => {
      let failed = 0
      for (let i = 0; i < times; i++)
        try {
          await breaker.execute(fail)
        } catch (error) {
          if (error === problem) failed = (failed + 1) | 0
        }
      return failed === times
    }
  })
}

const full: MicroGroup = {
  id: 'failing',
  title: 'A call that fails, by the calls in the window',
  about:
    'One operation awaits a call that fails with an error that is ready, and catches it; the window is of time, and the circuit stays closed. The floor has no circuit breaker. opossum sorts the latencies in its window at each failure; it is kept at as many as it says.',
  floor: calls('a rejection', () => async (times) => {
    let failed = 0
    for (let i = 0; i < times; i++)
      try {
        await fail()
      } catch (error) {
        if (error === problem) failed = (failed + 1) | 0
      }
    return failed === times
  }),
  ours: [ours(0), ours(1_000), ours(100_000)],
  peers: [cockatiel(100_000), opossum(0), opossum(1_000), opossum(100_000)],
  expected: true,
  claims: [
    costsAtMost('execute, 1,000 calls', 1.15, 'execute, 0 calls', 'What is in the window must not matter.'),
    costsAtMost('execute, 100,000 calls', 1.15, 'execute, 0 calls', 'What is in the window must not matter.'),
    isFaster('execute, 0 calls', 2, 'opossum, 0 calls', 'As where calls succeed.'),
    isFaster('execute, 100,000 calls', 1_000, 'opossum, 100,000 calls', 'It takes milliseconds, in an outage.'),
  ],
}

/** What a failure costs. */
export const failures: readonly MicroGroup[] = [full]
