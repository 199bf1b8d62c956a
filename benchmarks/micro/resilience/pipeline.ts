import { createCircuitBreaker, createRetry, createTimeout, type Pipeline, pipeline } from '@breakwater/resilience'
import { ConsecutiveBreaker, handleAll, type IPolicy, retry, TimeoutStrategy, timeout, wrap } from 'cockatiel'
import { addsLess, costsAtMost } from '../../src/claims.ts'
import type { MicroGroup } from '../../src/micro/subject.ts'
import { ANSWER, bare, call, calls } from './calls.ts'
import { createCockatiel, createOpossum } from './peers.ts'

const LIMIT_MS = 10_000

/** As most would have it. */
function createOurs(): Pipeline {
  const name = 'bench'
  return pipeline(createRetry({ name }), createCircuitBreaker({ name }), createTimeout({ name, limitMs: LIMIT_MS }))
}

function createTheirs(strategy: TimeoutStrategy): IPolicy {
  return wrap(
    retry(handleAll, { maxAttempts: 2 }),
    createCockatiel(new ConsecutiveBreaker(5)),
    timeout(LIMIT_MS, strategy),
  )
}

const together: MicroGroup = {
  id: 'pipeline',
  title: 'Retry, circuit breaker and timeout together',
  about:
    'One operation awaits a call that has its answer at once. A signal is made for who reads it; that of cockatiel is there in any case, and so is a timer for each call. opossum has its own timeout, and no retry.',
  floor: bare,
  ours: [
    calls('pipeline', () => {
      const policy = createOurs()
      return async (times) => {
        let last = 0
        for (let i = 0; i < times; i++) last = await policy.execute(call)
        return last
      }
    }),
    calls('pipeline, signal read', () => {
      const policy = createOurs()
      return async (times) => {
        let last = 0
        for (let i = 0; i < times; i++) last = await policy.execute(({ signal }) => (signal.aborted ? 0 : call()))
        return last
      }
    }),
    calls('pipeline, tryExecute', () => {
      const policy = createOurs()
      return async (times) => {
        let last = 0
        for (let i = 0; i < times; i++) {
          const outcome = await policy.tryExecute(call)
          if (outcome.ok) last = outcome.value
        }
        return last
      }
    }),
    calls('pipeline, tryAcquire', () => {
      const policy = createOurs()
      return async (times) => {
        let last = 0
        for (let i = 0; i < times; i++) {
          const permit = policy.tryAcquire()
          if (!permit.admitted) throw permit.error
          try {
            last = await call()
            permit.succeed(last)
          } catch (error) {
            permit.fail(error)
            throw error
          }
        }
        return last
      }
    }),
  ],
  peers: [
    calls('cockatiel', () => {
      const policy = createTheirs(TimeoutStrategy.Aggressive)
      return async (times) => {
        let last = 0
        for (let i = 0; i < times; i++) last = await policy.execute(call)
        return last
      }
    }),
    calls('cockatiel, cooperative', () => {
      const policy = createTheirs(TimeoutStrategy.Cooperative)
      return async (times) => {
        let last = 0
        for (let i = 0; i < times; i++) last = await policy.execute(call)
        return last
      }
    }),
    calls('opossum, no retry', () => {
      const breaker = createOpossum(call, { timeout: LIMIT_MS, enableSnapshots: false })
      return async (times) => {
        let last: unknown
        for (let i = 0; i < times; i++) last = await breaker.fire()
        return last
      }
    }),
  ],
  expected: ANSWER,
  claims: [
    costsAtMost('pipeline', 11, 'await fn()', '300 ns on top of a call that takes 29.'),
    addsLess(
      'pipeline',
      15,
      'cockatiel',
      'await fn()',
      'One walk instead of a promise, a timer and a signal for each.',
    ),
  ],
}

/** What several policies add to a call. */
export const pipelines: readonly MicroGroup[] = [together]
