import { getEventListeners } from 'node:events'
import type { PolicyCallOptions, PolicyContext } from '@breakwater/core'
import type { ManualClock } from '@breakwater/core/testing'
import type { ResiliencePolicy } from '../policy.ts'
import { createDependency, type Dependency } from './dependency.ts'
import { nextTurnOfTheLoop } from './faults.ts'

/** A policy under test: what has core's `Policy` does, and the other doors and `subscribe` where it has them. */
export interface PolicyUnderTest
  extends Partial<Pick<ResiliencePolicy<unknown>, 'tryExecute' | 'tryAcquire' | 'subscribe'>> {
  /** Runs a function. */
  execute(run: (context: PolicyContext) => unknown, options?: PolicyCallOptions): Promise<unknown>
}

/** What a case works with. */
export interface Setting {
  /** What is under test. */
  readonly policy: PolicyUnderTest
  /** What it reads the time from. */
  readonly clock: ManualClock
  /** What it may run. */
  readonly dependency: Dependency
}

/** Rejects if the policy does not do what it should. */
export type Trial = (setting: Setting) => Promise<void>
type Settled = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly error: unknown }

/** Longer than any policy here waits. */
export const A_DAY_MS = 86_400_000
/** What a listener throws on purpose. */
export const LISTENER_ERROR: Error = new Error('a listener is broken')

/** What every policy should do, by name. */
export const trials: Readonly<Record<string, Trial>> = {
  async 'gives the caller what the function returned, the very same'({ policy, clock }) {
    for (const result of [{ some: 'object' }, undefined, null, Number.NaN, new Error('as a result'), Object.freeze([])])
      await settlesWith(
        clock,
        policy.execute(async () => result),
        { ok: true, value: result },
      )
  },
  async 'gives the caller what the function threw, the very same'({ policy, clock }) {
    for (const error of [new Error('down'), undefined, null, 'a text', Object.freeze({}), UNREADABLE])
      await settlesWith(
        clock,
        policy.execute(() => Promise.reject(error)),
        { ok: false, error },
      )
  },
  async 'rejects when the function throws instead of returning a promise'({ policy, clock }) {
    const error = new Error('down')
    const calling = policy.execute(() => {
      throw error
    })
    await settlesWith(clock, calling, { ok: false, error })
  },
  async 'takes a plain value for a result'({ policy, clock }) {
    await settlesWith(
      clock,
      policy.execute(() => 42),
      { ok: true, value: 42 },
    )
  },
  async 'follows a thenable'({ policy, clock }) {
    // biome-ignore lint/suspicious/noThenProperty: that is what is tried
    const thenable = { then: (onResult: (result: number) => void) => onResult(42) } as PromiseLike<number>
    await settlesWith(
      clock,
      policy.execute(() => thenable),
      { ok: true, value: 42 },
    )
  },
  async 'runs a function that succeeds once'({ policy, clock, dependency }) {
    const calling = policy.execute(dependency.call)
    dependency.succeed('done')
    await settlesWith(clock, calling, { ok: true, value: 'done' })
    await clock.advanceAsync(A_DAY_MS)
    check(dependency.calls.length === 1, `it runs once, but it ran ${dependency.calls.length} times`)
  },
  async 'runs nothing for a caller that has given up already'({ policy, dependency }) {
    const reason = { some: 'reason' }
    const calling = policy.execute(dependency.call, { signal: AbortSignal.abort(reason) })
    await settlesAtOnce(calling, { ok: false, error: reason })
    check(dependency.calls.length === 0, 'the function does not run')
  },
  async 'lets a caller go that gives up, and tells the function'({ policy, clock, dependency }) {
    const controller = new AbortController()
    const reason = { some: 'reason' }
    const calling = policy.execute(dependency.call, { signal: controller.signal })
    controller.abort(reason)
    await settlesAtOnce(calling, { ok: false, error: reason })
    check(dependency.calls[0]?.signal?.aborted === true, "the function's signal aborts")
    await clock.advanceAsync(A_DAY_MS)
    check(dependency.calls.length === 1, 'nothing runs any more')
  },
  async 'lets a caller go that gives up, though the function goes on'({ policy }) {
    for (const end of ['succeed', 'fail'] as const) {
      const deaf = createDependency({ isDeaf: true })
      const controller = new AbortController()
      const calling = policy.execute(deaf.call, { signal: controller.signal })
      controller.abort()
      await settlesAtOnce(calling, { ok: false, error: controller.signal.reason })
      deaf[end](new Error('too late'))
      await nextTurnOfTheLoop()
    }
  },
  async 'lets a caller go that gives up while the function is on its first turn'({ policy }) {
    const controller = new AbortController()
    const calling = policy.execute(
      () => {
        controller.abort()
        return new Promise(() => {})
      },
      { signal: controller.signal },
    )
    await settlesAtOnce(calling, { ok: false, error: controller.signal.reason })
  },
  async 'does nothing when a caller gives up after the end'({ policy, clock }) {
    const controller = new AbortController()
    await settlesWith(
      clock,
      policy.execute(() => 42, { signal: controller.signal }),
      { ok: true, value: 42 },
    )
    controller.abort()
  },
  async "leaves no listeners on the caller's signal"({ policy, clock }) {
    const { signal } = new AbortController()
    await settled(
      clock,
      policy.execute(() => 42, { signal }),
    )
    await settled(
      clock,
      policy.execute(() => Promise.reject(new Error('down')), { signal }),
    )
    check(getEventListeners(signal, 'abort').length === 0, 'the signal has no listeners left')
  },
  async 'keeps callers apart'({ policy, clock, dependency }) {
    const first = policy.execute(dependency.call)
    const second = policy.execute(dependency.call)
    dependency.calls[1]?.succeed('second')
    dependency.calls[0]?.succeed('first')
    await settlesWith(clock, first, { ok: true, value: 'first' })
    await settlesWith(clock, second, { ok: true, value: 'second' })
  },
  async 'lets one caller give up without the others noticing'({ policy, clock, dependency }) {
    const controller = new AbortController()
    const calling = settled(clock, policy.execute(dependency.call, { signal: controller.signal }))
    const other = policy.execute(dependency.call)
    controller.abort()
    await calling
    check(dependency.calls[1]?.signal?.aborted !== true, "the other function's signal does not abort")
    dependency.calls[1]?.succeed('well')
    await settlesWith(clock, other, { ok: true, value: 'well' })
  },
  async 'lets a function call it again'({ policy, clock }) {
    await settled(
      clock,
      policy.execute(() => policy.execute(() => 42)),
    )
  },
  async 'goes on when a listener throws'({ policy, clock }) {
    policy.subscribe?.(() => {
      throw LISTENER_ERROR
    })
    await settlesWith(
      clock,
      policy.execute(() => 42),
      { ok: true, value: 42 },
    )
    const error = new Error('down')
    await settlesWith(
      clock,
      policy.execute(() => Promise.reject(error)),
      { ok: false, error },
    )
  },
  async 'never rejects through its second door'({ policy, clock }) {
    if (policy.tryExecute === undefined) return
    const error = new Error('down')
    const well = await settled(
      clock,
      policy.tryExecute(() => 42),
    )
    check(well.ok && (well.value as Settled).ok, 'tryExecute() says that it went well')
    const badly = await settled(
      clock,
      policy.tryExecute(() => Promise.reject(error)),
    )
    check(badly.ok, 'tryExecute() does not reject')
    const outcome = badly.value as Settled
    check(!outcome.ok && outcome.error === error, 'tryExecute() tells the error, the very same')
  },
  async 'lets permits be settled twice'({ policy }) {
    const permit = policy.tryAcquire?.()
    if (permit === undefined) return
    check(permit.admitted, 'tryAcquire() lets the call in')
    permit.succeed()
    permit.succeed()
    permit.release()
  },
}

/** What every policy that refuses should do, by name. */
export const refusals: Readonly<Record<string, Trial>> = {
  async 'refuses at once, and runs nothing'({ policy, dependency }) {
    const { error } = await refused(policy.execute(dependency.call))
    const { code, retryAfterMs } = Object(error) as { code?: unknown; retryAfterMs?: unknown }
    check(typeof code === 'string' && code.startsWith('ERR_'), `the refusal has a code, but it has ${String(code)}`)
    check(typeof retryAfterMs === 'number' && retryAfterMs >= 0, 'the refusal has `retryAfterMs`')
    check(dependency.calls.length === 0, 'the function does not run')
  },
  async 'refuses through its second door'({ policy, dependency }) {
    if (policy.tryExecute === undefined) return
    const outcome = await policy.tryExecute(dependency.call)
    check(!outcome.ok && outcome.refusal !== undefined, 'tryExecute() hands out the refusal')
    check(outcome.error === outcome.refusal.error, 'the outcome and its refusal have one error')
    check(dependency.calls.length === 0, 'the function does not run')
  },
  async 'refuses through its third door'({ policy }) {
    const answer = policy.tryAcquire?.()
    if (answer === undefined) return
    check(!answer.admitted, 'tryAcquire() refuses')
    check(answer.retryAfterMs >= 0, 'the refusal has `retryAfterMs`')
    check(answer.error instanceof Error, 'the refusal has an error')
  },
  async 'says that the caller gave up before it says no'({ policy, dependency }) {
    const reason = { some: 'reason' }
    const calling = policy.execute(dependency.call, { signal: AbortSignal.abort(reason) })
    await settlesAtOnce(calling, { ok: false, error: reason })
  },
}

const fail = (): never => {
  throw new Error('it cannot be read')
}
const UNREADABLE: unknown = new Proxy({}, { get: fail, has: fail, getPrototypeOf: fail })

/** What a call comes to, once as much time has passed as it takes. */
async function settled(clock: ManualClock, calling: Promise<unknown>): Promise<Settled> {
  const result = watch(calling)
  for (let round = 0; round < 20 && result.settled === undefined; round++)
    await clock.advanceAsync(round === 0 ? 0 : A_DAY_MS)
  if (result.settled === undefined) throw new Error('Expected that the caller hears something, but it waits for ever')
  return result.settled
}

async function settlesWith(clock: ManualClock, calling: Promise<unknown>, should: Settled): Promise<void> {
  compare(await settled(clock, calling), should)
}

async function settlesAtOnce(calling: Promise<unknown>, should: Settled): Promise<void> {
  const result = watch(calling)
  await nextTurnOfTheLoop()
  if (result.settled === undefined) throw new Error('Expected that the caller hears at once, but it waits')
  compare(result.settled, should)
}

async function refused(calling: Promise<unknown>): Promise<{ readonly error: unknown }> {
  const result = watch(calling)
  await nextTurnOfTheLoop()
  if (result.settled === undefined) throw new Error('Expected that the caller is refused at once, but it waits')
  if (result.settled.ok) throw new Error('Expected that the caller is refused, but it gets a result')
  return result.settled
}

function watch(calling: Promise<unknown>): { settled: Settled | undefined } {
  const result: { settled: Settled | undefined } = { settled: undefined }
  calling.then(
    (value) => {
      result.settled = { ok: true, value }
    },
    (error) => {
      result.settled = { ok: false, error }
    },
  )
  return result
}

function compare(is: Settled, should: Settled): void {
  if (is.ok && should.ok) check(Object.is(is.value, should.value), 'the caller gets the result, the very same')
  else if (!is.ok && !should.ok) check(Object.is(is.error, should.error), 'the caller gets the error, the very same')
  else
    check(
      false,
      should.ok ? 'the caller gets a result, but it is rejected' : 'the caller is rejected, but it gets a result',
    )
}

/**
 * Says what is wrong.
 *
 * @param holds Whether it is right.
 * @param what What should be.
 */
export function check(holds: boolean, what: string): asserts holds {
  if (!holds) throw new Error(`Expected that ${what}`)
}
