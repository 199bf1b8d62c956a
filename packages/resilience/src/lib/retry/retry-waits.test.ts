import { getEventListeners } from 'node:events'
import type { Measurement } from '@breakwater/core'
import { createManualClock } from '@breakwater/core/testing'
import { expect, test, vi } from 'vitest'
import { StagedPolicy } from '../doors.ts'
import { BulkheadFullError } from '../errors.ts'
import type { Permit, Refusal } from '../policy.ts'
import { LazyRefusal } from '../refusal.ts'
import { type OngoingCall, type Stage, WAITING } from '../stage.ts'
import { createRetryBudget } from './budget.ts'
import { type RetryOptions, resolveRetryOptions } from './options.ts'
import { RetryPolicy } from './retry.ts'

/** Any stages as one policy. */
class Chain extends StagedPolicy {
  readonly kind = 'chain'
  readonly stages: readonly Stage[]

  constructor(...stages: readonly Stage[]) {
    super('chain')
    this.stages = stages
  }

  measure(): readonly Measurement[] {
    return []
  }
}

/** Remembers the latest call, so that a test can do to it what a policy there would. */
class Spy implements Stage {
  readonly mayAbort = true
  readonly left: string[] = []
  call: OngoingCall | undefined = undefined
  entered = 0
  #slot = 0
  readonly #onEnter: (entered: number) => Refusal | typeof WAITING | undefined

  constructor(onEnter: (entered: number) => Refusal | typeof WAITING | undefined = () => undefined) {
    this.#onEnter = onEnter
  }

  enter(call: OngoingCall, slot: number): Refusal | typeof WAITING | undefined {
    this.call = call
    this.#slot = slot
    return this.#onEnter(++this.entered)
  }

  leave(call: OngoingCall): undefined {
    this.left.push(call.abandoned ? 'abandoned' : call.ok ? 'ok' : 'failed')
  }

  giveUp(error: unknown): void {
    this.call?.giveUp(this.#slot, error)
  }
}

function create(options: Partial<RetryOptions> = {}) {
  const clock = createManualClock()
  const retry = new RetryPolicy(
    resolveRetryOptions({ name: 'db', backoff: 'exponential', baseDelayMs: 100, clock, ...options }),
  )
  const outcomes = (): Record<string, unknown> =>
    Object.fromEntries(
      retry
        .measure()
        .filter(({ name, value }) => value !== 0 && name !== 'retry_balance')
        .map(({ name, labels, value }) => [labels?.outcome ?? name.replace('retry_', ''), value]),
    )
  return { clock, retry, outcomes }
}

const down = new Error('down')
const fails = () => vi.fn<() => unknown>(() => Promise.reject(down))

test('execute() runs nothing for a caller that aborted before', async () => {
  const { clock, retry, outcomes } = create()
  const run = fails()
  await expect(retry.execute(run, { signal: AbortSignal.abort('enough') })).rejects.toBe('enough')
  expect(run).not.toHaveBeenCalled()
  expect(clock.pending).toBe(0)
  expect(outcomes()).toEqual({})
})

test('execute() rejects at once when the caller aborts an attempt, and does not try again', async () => {
  const { clock, retry, outcomes } = create()
  const controller = new AbortController()
  const run = vi.fn(
    ({ signal }: { signal: AbortSignal }) =>
      new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(down))),
  )
  const call = retry.execute(run, { signal: controller.signal })
  controller.abort('enough')
  await expect(call).rejects.toBe('enough')
  await clock.advanceAsync(1e6)
  expect(run).toHaveBeenCalledTimes(1)
  expect(outcomes()).toEqual({ abandoned: 1 })
})

test('execute() rejects at once when the caller aborts a wait, and leaves neither timer nor listener', async () => {
  const { clock, retry, outcomes } = create()
  const controller = new AbortController()
  const run = fails()
  const call = retry.execute(run, { signal: controller.signal })
  await clock.advanceAsync(99)
  expect(clock.pending).toBe(1)
  controller.abort('enough')
  expect(clock.pending).toBe(0)
  await expect(call).rejects.toBe('enough')
  await clock.advanceAsync(1e6)
  expect(run).toHaveBeenCalledTimes(1)
  expect(getEventListeners(controller.signal, 'abort')).toEqual([])
  expect(outcomes()).toEqual({ abandoned: 1 })
})

test('execute() runs nothing more when the caller aborts just as a wait ended', async () => {
  const { clock, retry, outcomes } = create()
  const controller = new AbortController()
  const run = fails()
  const call = retry.execute(run, { signal: controller.signal })
  await clock.advanceAsync(99)
  clock.advance(1) // the timer fired, who waits for it has not heard
  controller.abort('enough')
  await expect(call).rejects.toBe('enough')
  await clock.advanceAsync(1e6)
  expect(run).toHaveBeenCalledTimes(1)
  expect(outcomes()).toEqual({ abandoned: 1 })
})

test('execute() counts a retry whose attempt the caller aborts', async () => {
  const { clock, retry, outcomes } = create()
  const controller = new AbortController()
  const run = vi.fn(({ attempt }) => (attempt === 1 ? Promise.reject(down) : new Promise(() => {})))
  const call = retry.execute(run, { signal: controller.signal })
  await clock.advanceAsync(100)
  controller.abort('enough')
  await expect(call).rejects.toBe('enough')
  expect(run).toHaveBeenCalledTimes(2)
  expect(outcomes()).toEqual({ abandoned: 1, retries_total: 1 })
})

test.each(['isRetryable', 'retryAfter', 'random'] as const)('execute() heeds an abort by %s', async (option) => {
  const controller = new AbortController()
  const abort = () => {
    controller.abort('enough')
    return option === 'isRetryable' ? true : 0
  }
  const { clock, retry, outcomes } = create({ backoff: 'full-jitter', [option]: abort })
  const run = fails()
  await expect(retry.execute(run, { signal: controller.signal })).rejects.toBe('enough')
  expect(clock.pending).toBe(0)
  expect(run).toHaveBeenCalledTimes(1)
  expect(outcomes()).toEqual({ abandoned: 1 })
})

test('execute() waits by what keeps the process alive', async () => {
  const manual = createManualClock()
  const after = vi.fn(manual.after)
  const { retry } = create({ clock: { ...manual, after } })
  const call = retry.execute(({ attempt }) => (attempt === 1 ? Promise.reject(down) : 'up'))
  await manual.advanceAsync(100)
  await expect(call).resolves.toBe('up')
  expect(after).not.toHaveBeenCalled()
})

test('execute() goes on where the clock cannot sleep', async () => {
  const clock = { ...createManualClock(), sleep: () => Promise.reject(new Error('no clock')) }
  const { retry } = create({ clock })
  const run = fails()
  await expect(retry.execute(run)).rejects.toBe(down)
  expect(run).toHaveBeenCalledTimes(3)
})

test('execute() inside a policy that gives up ends its wait', async () => {
  const { clock, retry, outcomes } = create()
  const outer = new Spy()
  const run = fails()
  const call = new Chain(outer, retry).execute(run)
  await clock.advanceAsync(50)
  outer.giveUp('too late')
  expect(clock.pending).toBe(0)
  await expect(call).rejects.toBe('too late')
  await clock.advanceAsync(1e6)
  expect(run).toHaveBeenCalledTimes(1)
  expect(outer.left).toEqual(['failed'])
  expect(outcomes()).toEqual({ abandoned: 1 })
})

test('execute() inside a policy that gives up runs nothing more just as a wait ended', async () => {
  const { clock, retry } = create()
  const outer = new Spy()
  const run = fails()
  const call = new Chain(outer, retry).execute(run)
  await clock.advanceAsync(99)
  clock.advance(1)
  outer.giveUp('too late')
  await expect(call).rejects.toBe('too late')
  await clock.advanceAsync(1e6)
  expect(run).toHaveBeenCalledTimes(1)
})

test('execute() tries again what a policy inside of it gives up', async () => {
  const { clock, retry, outcomes } = create()
  const inner = new Spy()
  const call = new Chain(retry, inner).execute(({ attempt }) => (attempt === 1 ? new Promise(() => {}) : 'up'))
  await clock.advanceAsync(1)
  inner.giveUp(down)
  await clock.advanceAsync(100)
  await expect(call).resolves.toBe('up')
  expect(inner.left).toEqual(['failed', 'ok'])
  expect(outcomes()).toEqual({ 'success-after-retry': 1, retries_total: 1 })
})

test('execute() passes on the refusal of a policy inside of it, also on a later attempt', async () => {
  const { clock, retry, outcomes } = create()
  const makeError = vi.fn()
  class Refused extends BulkheadFullError {
    constructor(policy: string, retryAfterMs: number) {
      super(policy, retryAfterMs)
      makeError()
    }
  }
  const inner = new Spy((entered) => (entered === 2 ? new LazyRefusal('full', 5, Refused) : undefined))
  const call = new Chain(retry, inner).tryExecute(fails())
  await clock.advanceAsync(1e6)
  expect(await call).toMatchObject({ ok: false, refusal: { retryAfterMs: 5 } })
  expect(inner.left).toEqual(['failed'])
  expect(makeError).not.toHaveBeenCalled() // nobody read it
  expect(outcomes()).toEqual({ 'not-retryable': 1, retries_total: 1 })
})

test('execute() asks isRetryable about the refusal of a policy inside of it', async () => {
  const asked: unknown[] = []
  const isRetryable = (error: unknown) => asked.push(error) > 0
  const { clock, retry } = create({ isRetryable })
  const inner = new Spy((entered) => (entered === 1 ? new LazyRefusal('full', 700, BulkheadFullError) : undefined))
  const startMs = clock.now()
  const call = new Chain(retry, inner).execute(() => clock.now() - startMs)
  await clock.advanceAsync(1_000)
  expect(await call).toBe(700)
  expect(asked).toEqual([new BulkheadFullError('full', 700)])
})

test('execute() waits with a policy inside of it that lets it wait', async () => {
  const { clock, retry } = create()
  const inner = new Spy((entered) => (entered === 2 ? WAITING : undefined))
  const run = vi.fn(({ attempt }) => (attempt === 1 ? Promise.reject(down) : 'up'))
  const call = new Chain(retry, inner).execute(run)
  await clock.advanceAsync(1_000)
  expect(run).toHaveBeenCalledTimes(1)
  inner.call?.admit()
  await expect(call).resolves.toBe('up')
})

test('execute() begins anew inside another retry, and counts the call once', async () => {
  const clock = createManualClock()
  const budget = createRetryBudget({ minPerSecond: 0.4, clock })
  const outer = create({ clock, maxAttempts: 2, baseDelayMs: 1_000, budget: false })
  const inner = create({ clock, maxAttempts: 2, budget })
  const startMs = clock.now()
  const ranAtMs: number[] = []
  const run = () => {
    ranAtMs.push(clock.now() - startMs)
    return Promise.reject(down)
  }
  const call = new Chain(outer.retry, inner.retry).execute(run)
  const settled = expect(call).rejects.toBe(down)
  await clock.advanceAsync(5_000)
  await settled
  expect(ranAtMs).toEqual([0, 100, 1_100, 1_200])
  expect(inner.outcomes()).toEqual({ 'attempts-exhausted': 2, retries_total: 2 })
  expect(outer.outcomes()).toEqual({ 'attempts-exhausted': 1, retries_total: 1 })
  for (let more = 0; more < 23; more++) budget.deposit()
  expect(budget.balance).toBe(2) // a fifth of 24, less 2
})

test('execute() keeps calls apart', async () => {
  const { clock, retry } = create()
  const calls = Array.from({ length: 5 }, (_, index) => {
    const run = vi.fn(({ attempt }) => (attempt <= index % 3 ? Promise.reject(down) : index))
    return { run, call: retry.execute(run) }
  })
  await clock.advanceAsync(1_000)
  expect(await Promise.all(calls.map(({ call }) => call))).toEqual([0, 1, 2, 3, 4])
  expect(calls.map(({ run }) => run.mock.calls.length)).toEqual([1, 2, 3, 1, 2])
})

const admitted = (answer: Permit | Refusal): Permit => {
  expect(answer.admitted).toBe(true)
  return answer as Permit
}

test('tryAcquire() tells its holder how long to wait, and does not wait itself', () => {
  const { clock, retry, outcomes } = create()
  const permit = admitted(retry.tryAcquire())
  expect(permit.fail(down)).toBe(100)
  expect(admitted(permit.retry()).fail({ retryAfterMs: 5_000 })).toBe(5_000)
  expect(admitted(permit.retry()).fail(down)).toBe(undefined)
  expect(clock.pending).toBe(0)
  expect(outcomes()).toEqual({ 'attempts-exhausted': 1, retries_total: 2 })
})

test('tryAcquire() takes a success after a retry', () => {
  const { retry, outcomes } = create()
  const permit = admitted(retry.tryAcquire())
  permit.fail(down)
  permit.retry()
  permit.succeed('up')
  expect(outcomes()).toEqual({ 'success-after-retry': 1, retries_total: 1 })
})

test('tryAcquire() announces nothing where the filter, the budget or a Retry-After says no', () => {
  const no = create({ isRetryable: () => false })
  expect(admitted(no.retry.tryAcquire()).fail(down)).toBe(undefined)
  const empty = create({ budget: createRetryBudget({ ratio: 0, minPerSecond: 0 }) })
  expect(admitted(empty.retry.tryAcquire()).fail(down)).toBe(undefined)
  const long = create({ maxRetryAfterMs: 10 })
  expect(admitted(long.retry.tryAcquire()).fail({ retryAfterMs: 11 })).toBe(undefined)
})

test('tryAcquire() takes a result that is told as final', () => {
  const { retry, outcomes } = create({ isRetryableResult: () => true })
  const outer = new Spy()
  const permit = admitted(new Chain(outer, retry).tryAcquire())
  permit.succeed('busy')
  expect(outer.left).toEqual(['ok'])
  expect(outcomes()).toEqual({ success: 1 })
})

test('tryAcquire() may be released before, during and after an announced attempt', () => {
  const { retry, outcomes } = create()
  admitted(retry.tryAcquire()).release()
  const waiting = admitted(retry.tryAcquire())
  waiting.fail(down)
  waiting.release()
  expect(() => waiting.retry()).toThrow('Cannot retry as no attempt was announced')
  const trying = admitted(retry.tryAcquire())
  trying.fail(down)
  admitted(trying.retry()).release()
  expect(outcomes()).toEqual({ abandoned: 3, retries_total: 1 })
})
