import { type CircuitBreaker, createCircuitBreaker, isCircuitOpenError } from '@breakwater/resilience'
import { BrokenCircuitError, CircuitState, ConsecutiveBreaker } from 'cockatiel'
import { costsAtMost, isFaster } from '../../src/claims.ts'
import type { MicroGroup } from '../../src/micro/subject.ts'
import { call, calls, problem } from './calls.ts'
import { createCockatiel, createOpossum, LONG_MS } from './peers.ts'

/** Opened by a failure, for longer than anything here takes. */
function createOpen(): CircuitBreaker {
  const breaker = createCircuitBreaker({ name: 'bench', failureThreshold: 1, openForMs: LONG_MS })
  const permit = breaker.tryAcquire()
  if (permit.admitted) permit.fail(problem)
  return breaker
}

const rejected: MicroGroup = {
  id: 'refused',
  title: 'A call that an open circuit refuses',
  about:
    'One operation calls, and catches the refusal. The floor rejects with an error that is ready. The stack is as shallow as can be: the errors of the peers cost more the deeper it is.',
  floor: calls('a rejection', () => async (times) => {
    let refused = 0
    for (let i = 0; i < times; i++)
      try {
        await Promise.reject(problem)
      } catch (error) {
        if (error === problem) refused = (refused + 1) | 0
      }
    return refused === times
  }),
  ours: [
    calls('execute', () => {
      const breaker = createOpen()
      return async (times) => {
        let refused = 0
        for (let i = 0; i < times; i++)
          try {
            await breaker.execute(call)
          } catch (error) {
            if (isCircuitOpenError(error)) refused = (refused + 1) | 0
          }
        return refused === times
      }
    }),
    calls('tryExecute', () => {
      const breaker = createOpen()
      return async (times) => {
        let refused = 0
        for (let i = 0; i < times; i++) {
          const outcome = await breaker.tryExecute(call)
          if (!outcome.ok && outcome.refusal !== undefined) refused = (refused + 1) | 0
        }
        return refused === times
      }
    }),
  ],
  peers: [
    calls('cockatiel', () => {
      const open = { value: CircuitState.Open, openedAt: Date.now(), attemptNo: 1 }
      const breaker = createCockatiel(new ConsecutiveBreaker(1), { ownState: open, breakerState: 1 })
      return async (times) => {
        let refused = 0
        for (let i = 0; i < times; i++)
          try {
            await breaker.execute(call)
          } catch (error) {
            if (error instanceof BrokenCircuitError) refused = (refused + 1) | 0
          }
        return refused === times
      }
    }),
    calls('opossum', () => {
      const breaker = createOpossum(call, { resetTimeout: LONG_MS, enableSnapshots: false })
      breaker.open()
      return async (times) => {
        let refused = 0
        for (let i = 0; i < times; i++)
          try {
            await breaker.fire()
          } catch (error) {
            if ((error as { code?: unknown }).code === 'EOPENBREAKER') refused = (refused + 1) | 0
          }
        return refused === times
      }
    }),
  ],
  expected: true,
  claims: [
    costsAtMost('execute', 2, 'a rejection', 'An error has to be made, without its stack, and rejected with.'),
    isFaster('execute', 4, 'cockatiel', 'It happens just when the process has least to spare.'),
    isFaster('execute', 4, 'opossum', 'It happens just when the process has least to spare.'),
    costsAtMost('tryExecute', 1, 'a rejection', 'No error is made and nothing is rejected.'),
  ],
}

const answered: MicroGroup = {
  id: 'refused-permit',
  title: 'A permit that an open circuit refuses',
  about:
    'One operation asks for a permit, and is refused. The floor reads the clock and makes an object that says when to come back. No peer has such a door.',
  floor: {
    name: 'a clock and an object',
    create() {
      const openUntilMs = performance.now() + LONG_MS
      let last = 0
      return {
        run(times) {
          for (let i = 0; i < times; i++) {
            const now = performance.now()
            const answer = { admitted: now >= openUntilMs, retryAfterMs: openUntilMs - now }
            if (!answer.admitted) last = answer.retryAfterMs | 0
          }
        },
        check() {
          this.run(1)
          return last > 0
        },
      }
    },
  },
  ours: [
    {
      name: 'tryAcquire',
      create() {
        const breaker = createOpen()
        let last = 0
        return {
          run(times) {
            for (let i = 0; i < times; i++) {
              const permit = breaker.tryAcquire()
              if (!permit.admitted) last = permit.retryAfterMs | 0
            }
          },
          check() {
            this.run(1)
            return last > 0
          },
        }
      },
    },
  ],
  peers: [],
  expected: true,
  claims: [costsAtMost('tryAcquire', 1.5, 'a clock and an object', '60 ns where to read the clock takes 40.')],
}

/** What a refusal costs. */
export const refusals: readonly MicroGroup[] = [rejected, answered]
