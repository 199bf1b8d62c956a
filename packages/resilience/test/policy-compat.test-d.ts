import type { Policy } from '@breakwater/core'
import {
  type AdaptiveLimit,
  type Bulkhead,
  type CircuitBreaker,
  createFallback,
  createTimeout,
  type Fallback,
  type KeyedCircuitBreaker,
  type Pipeline,
  type PipelinePart,
  pipeline,
  type ResiliencePolicy,
  type Retry,
  type Timeout,
} from '@breakwater/resilience'
import { expectTypeOf, test } from 'vitest'

const timeout = createTimeout({ name: 'rates', limitMs: 1_000 })
const byValue = createFallback({ name: 'rates', value: 'none' })
const byRun = createFallback({ name: 'rates', run: async () => null })
const others: Policy = { execute: async (run) => await run({ signal: new AbortController().signal }) }

test('every policy that adds nothing to results is a policy as core has it', () => {
  expectTypeOf<ResiliencePolicy>().toExtend<Policy>()
  expectTypeOf<CircuitBreaker>().toExtend<Policy>()
  expectTypeOf<KeyedCircuitBreaker>().toExtend<Policy>()
  expectTypeOf<Retry>().toExtend<Policy>()
  expectTypeOf<Timeout>().toExtend<Policy>()
  expectTypeOf<Bulkhead>().toExtend<Policy>()
  expectTypeOf<AdaptiveLimit>().toExtend<Policy>()
  expectTypeOf<Pipeline>().toExtend<Policy>()
})

test('a fallback is none, as its callers get what their function did not return', () => {
  expectTypeOf<Fallback<string>>().not.toExtend<Policy>()
  expectTypeOf<Pipeline<string>>().not.toExtend<Policy>()
})

test('a pipeline takes all of them, and the policies of others', () => {
  expectTypeOf<KeyedCircuitBreaker>().toExtend<PipelinePart>()
  expectTypeOf<Fallback<string>>().toExtend<PipelinePart>()
  expectTypeOf<Pipeline<string>>().toExtend<PipelinePart>()
  expectTypeOf(others).toExtend<PipelinePart>()
  expectTypeOf<() => void>().not.toExtend<PipelinePart>()
})

test('execute() of a pipeline results in what the function returns, through every kind of part', () => {
  expectTypeOf(pipeline(timeout, others)).toEqualTypeOf<Pipeline>()
  expectTypeOf(pipeline(timeout, others).execute(() => 1)).resolves.toEqualTypeOf<number>()
  expectTypeOf(pipeline(timeout).execute(async () => 1)).resolves.toEqualTypeOf<number>()
  expectTypeOf(pipeline(timeout).execute(async () => {})).resolves.toEqualTypeOf<void>()
})

test('execute() of a pipeline results in the values of its fallbacks as well', () => {
  expectTypeOf(pipeline(byValue, timeout)).toEqualTypeOf<Pipeline<string>>()
  expectTypeOf(pipeline(byValue, timeout).execute(() => 1)).resolves.toEqualTypeOf<number | string>()
  expectTypeOf(pipeline(byRun, byValue).execute(() => 1)).resolves.toEqualTypeOf<number | string | null>()
  const inner = pipeline(byValue, timeout)
  expectTypeOf(pipeline(timeout, inner).execute(() => 1)).resolves.toEqualTypeOf<number | string>()
})

test('tryExecute() tells the two ends apart', async () => {
  const outcome = await pipeline(byValue, timeout).tryExecute(() => 1)
  if (outcome.ok) expectTypeOf(outcome.value).toEqualTypeOf<number | string>()
  else expectTypeOf(outcome.error).toEqualTypeOf<unknown>()
})

test('tryAcquire() tells a permit from a refusal', () => {
  const answer = timeout.tryAcquire()
  if (answer.admitted) expectTypeOf(answer.fail).returns.toEqualTypeOf<number | undefined>()
  else expectTypeOf(answer.retryAfterMs).toEqualTypeOf<number>()
})

test('the function is handed a signal and its attempt', () => {
  void timeout.execute((context) => {
    expectTypeOf(context.signal).toEqualTypeOf<AbortSignal>()
    expectTypeOf(context.attempt).toEqualTypeOf<number>()
  })
})
