import { createManualClock } from '@breakwater/core/testing'
import { expect, expectTypeOf, onTestFinished, test, vi } from 'vitest'
import { createBulkhead } from '../bulkhead/bulkhead.ts'
import { createCircuitBreaker } from '../circuit-breaker/circuit-breaker.ts'
import { isTimeoutError } from '../errors.ts'
import type { ResilienceEvent } from '../events.ts'
import { pipeline } from '../pipeline/pipeline.ts'
import type { CallContext, Permit, ResiliencePolicy } from '../policy.ts'
import { createRetry } from '../retry/retry.ts'
import { createTimeout } from '../timeout/timeout.ts'
import { createFallback } from './fallback.ts'
import type { FallbackOptions } from './options.ts'

const down = new Error('down')
const fail = (): Promise<never> => Promise.reject(down)
const hang = (): Promise<never> => new Promise(() => {})

function counts(policy: ResiliencePolicy<unknown>): Record<string, unknown> {
  return Object.fromEntries(policy.measure().map(({ labels, value }) => [labels?.outcome, value]))
}
const NONE = { success: 0, fallback: 0, 'fallback-failed': 0, unhandled: 0, abandoned: 0 }

test('execute() hands on what the function returned if it does not fail', async () => {
  const run = vi.fn()
  const fallback = createFallback({ name: 'rates', run })
  await expect(fallback.execute(() => 'up')).resolves.toBe('up')
  expect(run).not.toHaveBeenCalled()
  expect(counts(fallback)).toEqual({ ...NONE, success: 1 })
})

test('execute() results in the value if the function fails', async () => {
  const value = { rate: 1 }
  const fallback = createFallback({ name: 'rates', value })
  await expect(fallback.execute(fail)).resolves.toBe(value)
  expect(counts(fallback)).toEqual({ ...NONE, fallback: 1 })
})

test('execute() results in a value that is there but undefined', async () => {
  const fallback = createFallback({ name: 'rates', value: undefined })
  await expect(fallback.execute(fail)).resolves.toBeUndefined()
})

test('execute() results in what the fallback returns, at once or later', async () => {
  const later = createFallback({ name: 'rates', run: async (error, { attempt }) => ({ error, attempt }) })
  await expect(later.execute(fail)).resolves.toEqual({ error: down, attempt: 1 })
  const atOnce = createFallback({ name: 'rates', run: (error) => error })
  await expect(atOnce.execute(fail)).resolves.toBe(down)
  expect(counts(atOnce)).toEqual({ ...NONE, fallback: 1 })
})

test('execute() has the type of both results', () => {
  const byValue = createFallback({ name: 'rates', value: 'none' })
  expectTypeOf(byValue.execute(() => 1)).resolves.toEqualTypeOf<number | string>()
  const byRun = createFallback({ name: 'rates', run: async () => null })
  expectTypeOf(byRun.execute(async () => 1)).resolves.toEqualTypeOf<number | null>()
  expectTypeOf(pipeline(byRun, byValue).execute(() => 1)).resolves.toEqualTypeOf<number | null | string>()
  expectTypeOf<{ name: 'x' }>().not.toExtend<FallbackOptions<unknown>>()
})

test('execute() falls back from refusals and timeouts of policies further in', async () => {
  const clock = createManualClock()
  const bulkhead = createBulkhead({ name: 'rates', maxConcurrent: 1, clock })
  const timeout = createTimeout({ name: 'rates', limitMs: 100, clock })
  const run = vi.fn((error: unknown) => (error as { code: string }).code)
  const policies = pipeline(createFallback({ name: 'rates', run }), bulkhead, timeout)
  const slow = policies.execute(hang)
  await expect(policies.execute(() => 'up')).resolves.toBe('ERR_BULKHEAD_FULL')
  await clock.advanceAsync(100)
  await expect(slow).resolves.toBe('ERR_TIMEOUT')
  expect(isTimeoutError(run.mock.calls[1]?.[0])).toBe(true)
})

test('execute() makes no error for a refusal that a value stands in for', async () => {
  const refusal = { admitted: false, retryAfterMs: 0, error: down } as const
  const error = vi.spyOn(refusal, 'error', 'get' as never)
  const bulkhead = createBulkhead({ name: 'rates', maxConcurrent: 1 })
  vi.spyOn(bulkhead as unknown as { enter(): unknown }, 'enter').mockReturnValue(refusal)
  await expect(pipeline(createFallback({ name: 'rates', value: 0 }), bulkhead).tryExecute(() => 1)).resolves.toEqual({
    ok: true,
    value: 0,
  })
  expect(error).not.toHaveBeenCalled()
})

test('execute() asks the filter about the error, and hands on what is not handled', async () => {
  const isHandled = vi.fn((error: unknown) => error === down)
  const fallback = createFallback({ name: 'rates', value: 0, isHandled })
  const other = new Error('other')
  await expect(fallback.execute(fail)).resolves.toBe(0)
  await expect(fallback.execute(() => Promise.reject(other))).rejects.toBe(other)
  expect(isHandled.mock.calls).toEqual([[down], [other]])
  expect(counts(fallback)).toEqual({ ...NONE, fallback: 1, unhandled: 1 })
})

test('execute() hands on the refusal that is not handled as one', async () => {
  const bulkhead = createBulkhead({ name: 'rates', maxConcurrent: 1 })
  const policies = pipeline(createFallback({ name: 'rates', value: 0, isHandled: () => false }), bulkhead)
  void policies.execute(hang)
  await expect(policies.tryExecute(() => 1)).resolves.toMatchObject({ refusal: { admitted: false } })
})

test('execute() does not fall back if the filter throws, and tells it', async () => {
  const broken = new Error('filter')
  const fallback = createFallback({
    name: 'rates',
    value: 0,
    isHandled: () => {
      throw broken
    },
  })
  const events: ResilienceEvent[] = []
  fallback.subscribe((event) => events.push(event))
  await expect(fallback.execute(fail)).rejects.toBe(down)
  expect(events).toEqual([{ type: 'filter:failed', error: broken }])
})

test.each([
  ['rejects', (): Promise<never> => Promise.reject(broken)],
  [
    'throws',
    (): never => {
      throw broken
    },
  ],
])('execute() rejects with the error of a fallback that %s, and loses neither', async (_, run) => {
  const fallback = createFallback({ name: 'rates', run })
  const events: ResilienceEvent[] = []
  fallback.subscribe((event) => events.push(event))
  await expect(fallback.execute(fail)).rejects.toBe(broken)
  expect(broken.cause).toBeUndefined()
  expect(events).toEqual([{ type: 'fallback:failed', error: broken, original: down }])
  expect(counts(fallback)).toEqual({ ...NONE, 'fallback-failed': 1 })
})
const broken = new Error('broken')

test('execute() rejects with the error of a fallback that fails after a refusal', async () => {
  const bulkhead = createBulkhead({ name: 'rates', maxConcurrent: 1 })
  const policies = pipeline(createFallback({ name: 'rates', run: () => Promise.reject(broken) }), bulkhead)
  bulkhead.tryAcquire()
  await expect(policies.execute(() => 1)).rejects.toBe(broken)
  await expect(policies.tryExecute(() => 1)).resolves.toMatchObject({ error: broken, refusal: undefined })
})

test('execute() is a success for what is around it, also if it stands in for a refusal', async () => {
  const warn = vi.spyOn(process, 'emitWarning').mockReturnValue() // of this odd order
  onTestFinished(() => warn.mockRestore())
  for (const options of [{ value: 0 }, { run: () => 0 }] as const) {
    const bulkhead = createBulkhead({ name: 'rates', maxConcurrent: 1 })
    const breaker = createCircuitBreaker({ name: 'rates' })
    bulkhead.tryAcquire()
    const fallback = createFallback<number>({ name: 'rates', ...options })
    await expect(pipeline(breaker, fallback, bulkhead).execute(() => 1)).resolves.toBe(0)
    expect(breaker.measure()).toContainEqual(expect.objectContaining({ labels: { outcome: 'success' }, value: 1 }))
  }
})

test('execute() runs the fallback of every attempt', async () => {
  const warn = vi.spyOn(process, 'emitWarning').mockReturnValue() // of this odd order
  onTestFinished(() => warn.mockRestore())
  const run = vi.fn(() => Promise.reject(broken))
  const retry = createRetry({ name: 'rates', maxAttempts: 3, baseDelayMs: 0 })
  const fallback = createFallback({ name: 'rates', run })
  await expect(pipeline(retry, fallback).execute(fail)).rejects.toBe(broken)
  expect(run).toHaveBeenCalledTimes(3)
  expect(counts(fallback)).toEqual({ ...NONE, 'fallback-failed': 3 })
})

test("execute() does not fall back from the caller's own abort", async () => {
  const run = vi.fn()
  const fallback = createFallback({ name: 'rates', run })
  const caller = new AbortController()
  const call = fallback.execute(hang, { signal: caller.signal })
  caller.abort('enough')
  await expect(call).rejects.toBe('enough')
  await expect(fallback.execute(hang, { signal: caller.signal })).rejects.toBe('enough')
  expect(run).not.toHaveBeenCalled()
  expect(counts(fallback)).toEqual({ ...NONE, abandoned: 1 })
})

test('execute() settles at once if the caller aborts while the fallback is running', async () => {
  const clock = createManualClock()
  const caller = new AbortController()
  let context: CallContext | undefined
  const fallback = createFallback({
    name: 'rates',
    run: (_, given) => {
      context = given
      return clock.sleep(100).then(() => Promise.reject(new Error('late')))
    },
  })
  const events: ResilienceEvent[] = []
  fallback.subscribe((event) => events.push(event))
  const call = fallback.execute(fail, { signal: caller.signal })
  await clock.advanceAsync(50)
  expect(context?.signal.aborted).toBe(false)
  caller.abort('enough')
  await expect(call).rejects.toBe('enough')
  expect(context?.signal.reason).toBe('enough')
  await clock.advanceAsync(100)
  expect(events).toEqual([])
  expect(counts(fallback)).toEqual({ ...NONE, abandoned: 1 })
})

test.each(['hard', 'cooperative'] as const)('execute() is covered by an outer timeout (%s)', async (mode) => {
  const clock = createManualClock()
  const timeout = createTimeout({ name: 'all', limitMs: 100, mode, clock })
  let seen: AbortSignal | undefined
  const fallback = createFallback({
    name: 'rates',
    run: (_, { signal }) => {
      seen = signal
      return clock.sleep(1_000, { signal })
    },
  })
  const call = pipeline(timeout, fallback).execute(() => clock.sleep(60).then(fail))
  call.catch(() => {})
  await clock.advanceAsync(99)
  expect(seen?.aborted).toBe(false)
  await clock.advanceAsync(1)
  expect(isTimeoutError(seen?.reason)).toBe(true)
  await expect(call).rejects.toMatchObject({ code: 'ERR_TIMEOUT', policy: 'all' })
  expect(counts(fallback)).toEqual({ ...NONE, abandoned: 1 })
})

test('execute() hands the fallback a signal of its own, not the one of the attempt that timed out', async () => {
  const clock = createManualClock()
  const timeout = createTimeout({ name: 'rates', limitMs: 100, clock })
  const fallback = createFallback({
    name: 'rates',
    run: async (_, { signal }) => {
      await clock.sleep(500, { signal })
      return signal.aborted
    },
  })
  const call = pipeline(fallback, timeout).execute(hang)
  await clock.advanceAsync(600)
  await expect(call).resolves.toBe(false)
})

test('execute() falls back to another fallback further out', async () => {
  const inner = createFallback({ name: 'inner', run: () => Promise.reject(broken) })
  const outer = createFallback({ name: 'outer', run: (error) => error })
  await expect(pipeline(outer, inner).execute(fail)).resolves.toBe(broken)
})

test('execute() runs a fallback once for each failing call, and what it gives is not asked again', async () => {
  const run = vi.fn(fail)
  const fallback = createFallback({ name: 'rates', run })
  await Promise.allSettled([fallback.execute(fail), fallback.execute(fail)])
  expect(run).toHaveBeenCalledTimes(2)
})

test('tryAcquire() leaves falling back to the holder of the permit', () => {
  const run = vi.fn()
  for (const options of [{ run }, { value: 0 }] as const) {
    const fallback = createFallback<unknown>({ name: 'rates', ...options })
    const [a, b, c] = [1, 2, 3].map(() => fallback.tryAcquire() as Permit) as [Permit, Permit, Permit]
    a.succeed(1)
    expect(b.fail(down)).toBeUndefined()
    c.release()
    expect(counts(fallback)).toEqual({ ...NONE, success: 1, unhandled: 1, abandoned: 1 })
  }
  expect(run).not.toHaveBeenCalled()
})

test('measure() tells what calls resulted in', () => {
  const fallback = createFallback({ name: 'rates', value: 0 })
  expect([fallback.kind, fallback.name]).toEqual(['fallback', 'rates'])
  expect(fallback.measure().map(({ name, kind }) => `${name} ${kind}`)).toEqual(
    Array(5).fill('fallback_calls_total counter'),
  )
})

test.each<[object, string]>([
  [{ name: '', value: 1 }, 'Expected `name` to be a string that is not empty, got ""'],
  [{}, 'Expected `value` or `run`, got neither'],
  [{ run: undefined }, 'Expected `value` or `run`, got neither'],
  [{ value: 1, run: fail }, 'Expected `value` or `run`, got both'],
  [{ run: 1 }, 'Expected `run` to be a function, got 1'],
  [{ value: 1, isHandled: true }, 'Expected `isHandled` to be a function, got true'],
])('createFallback() names the option that is wrong: %o', (options, message) => {
  expect(() => createFallback({ name: 'rates', ...options } as FallbackOptions<unknown>)).toThrow(message)
})
