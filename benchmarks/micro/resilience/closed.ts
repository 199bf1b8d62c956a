import { type CircuitBreakerOptions, createCircuitBreaker } from '@breakwater/resilience'
import { ConsecutiveBreaker, CountBreaker, type IBreaker, SamplingBreaker } from 'cockatiel'
import { type Claim, costsAtMost } from '../../src/claims.ts'
import type { MicroGroup } from '../../src/micro/subject.ts'
import { ANSWER, bare, call, calls } from './calls.ts'
import { createCockatiel, createStillOpossum } from './peers.ts'

/** What a closed circuit breaker looks at, and what comes nearest among the peers'. */
interface Window {
  readonly id: string
  readonly title: string
  readonly about: string
  readonly options: Omit<CircuitBreakerOptions, 'name'>
  readonly createPeer: () => IBreaker
  readonly claims: readonly Claim[]
}

const ABOUT =
  'One operation awaits a call that has its answer at once. The permit is asked for, held and told by hand. opossum has one kind of window, of time, and keeps the latency of every call; its timers are off here.'
const halfOf = (peer: string): Claim =>
  costsAtMost('execute', 0.5, peer, 'Several times cheaper than what people use, or why change.')

function closed({ id, title, about, options, createPeer, claims }: Window): MicroGroup {
  const create = () => createCircuitBreaker({ name: 'bench', ...options })
  return {
    id,
    title,
    about: `${ABOUT} ${about}`,
    floor: bare,
    ours: [
      calls('execute', () => {
        const breaker = create()
        return async (times) => {
          let last = 0
          for (let i = 0; i < times; i++) last = await breaker.execute(call)
          return last
        }
      }),
      calls('tryExecute', () => {
        const breaker = create()
        return async (times) => {
          let last = 0
          for (let i = 0; i < times; i++) {
            const outcome = await breaker.tryExecute(call)
            if (outcome.ok) last = outcome.value
          }
          return last
        }
      }),
      calls('tryAcquire', () => {
        const breaker = create()
        return async (times) => {
          let last = 0
          for (let i = 0; i < times; i++) {
            const permit = breaker.tryAcquire()
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
        const breaker = createCockatiel(createPeer())
        return async (times) => {
          let last = 0
          for (let i = 0; i < times; i++) last = await breaker.execute(call)
          return last
        }
      }),
      calls('opossum', () => {
        const { breaker, turn } = createStillOpossum(call)
        return async (times) => {
          let last: unknown
          turn() // or its latencies would pile up
          for (let i = 0; i < times; i++) last = await breaker.fire()
          return last
        }
      }),
    ],
    expected: ANSWER,
    claims: [...claims, halfOf('cockatiel'), halfOf('opossum')],
  }
}

const NO_CLOCK = 'A handler in front of the promise, and nobody looks at the clock.'
const CLOCK = 'The same, and the clock is looked at when a call begins and when it ends.'
const BY_HAND = 'No promise is added: a check before and a count after.'

/** What a closed circuit breaker adds to a call. */
export const closedCircuits: readonly MicroGroup[] = [
  closed({
    id: 'closed-consecutive',
    title: 'A closed circuit that counts failures in a row',
    about: 'That of cockatiel is its `ConsecutiveBreaker`.',
    options: { failureThreshold: 5 },
    createPeer: () => new ConsecutiveBreaker(5),
    claims: [
      costsAtMost('execute', 1.8, 'await fn()', NO_CLOCK),
      costsAtMost('tryAcquire', 1.3, 'await fn()', BY_HAND),
    ],
  }),
  closed({
    id: 'closed-count',
    title: 'A closed circuit with a window of 100 calls',
    about: 'That of cockatiel is its `CountBreaker`.',
    options: { failureRatio: 0.5, windowCalls: 100 },
    createPeer: () => new CountBreaker({ threshold: 0.5, size: 100 }),
    claims: [
      costsAtMost('execute', 1.8, 'await fn()', NO_CLOCK),
      costsAtMost('tryAcquire', 1.3, 'await fn()', BY_HAND),
    ],
  }),
  closed({
    id: 'closed-time',
    title: 'A closed circuit with a window of 10 seconds',
    about: 'That of cockatiel is its `SamplingBreaker`.',
    options: { failureRatio: 0.5, windowMs: 10_000 },
    createPeer: () => new SamplingBreaker({ threshold: 0.5, duration: 10_000 }),
    claims: [costsAtMost('execute', 2.8, 'await fn()', CLOCK)],
  }),
  closed({
    id: 'closed-slow',
    title: 'A closed circuit that looks for slow calls',
    about:
      'In a window of 100 calls, with those that are still under way. Those of cockatiel know no slow calls: its `CountBreaker` does less.',
    options: { failureRatio: 0.5, slowCallRatio: 0.5, slowCallMs: 1_000, windowCalls: 100 },
    createPeer: () => new CountBreaker({ threshold: 0.5, size: 100 }),
    claims: [costsAtMost('execute', 2.8, 'await fn()', CLOCK)],
  }),
]
