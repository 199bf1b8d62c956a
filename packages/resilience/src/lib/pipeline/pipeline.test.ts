import type { Policy } from '@breakwater/core'
import { createManualClock } from '@breakwater/core/testing'
import { afterEach, expect, expectTypeOf, test, vi } from 'vitest'
import { createAdaptiveLimit } from '../adaptive-limit/adaptive-limit.ts'
import { createCircuitBreaker } from '../circuit-breaker/circuit-breaker.ts'
import type { ResilienceEvent } from '../events.ts'
import { createFallback } from '../fallback/fallback.ts'
import { createRetry } from '../retry/retry.ts'
import { createTimeout } from '../timeout/timeout.ts'
import { findOddOrders } from './order.ts'
import { pipeline } from './pipeline.ts'

const clock = createManualClock()
const breaker = (name: string) => createCircuitBreaker({ name, failureThreshold: 1, clock })
const fail = (): Promise<never> => Promise.reject(new Error('down'))

afterEach(() => {
  vi.restoreAllMocks()
})

/** A policy of somebody else: all it can do is execute. */
function foreign(log: string[] = []): Policy & { readonly name: string } {
  return {
    name: 'foreign',
    async execute(run, { signal = new AbortController().signal } = {}) {
      log.push('in')
      try {
        return await run({ signal })
      } finally {
        log.push('out')
      }
    },
  }
}

test('pipeline() is one policy, of which each part sees the call', async () => {
  const [outer, inner] = [breaker('outer'), breaker('inner')]
  const both = pipeline(outer, inner)
  expectTypeOf(both.execute(() => 5)).resolves.toEqualTypeOf<number>()
  expectTypeOf(both).toExtend<Policy>()
  const fallback = createFallback({ name: 'x', run: (): string | undefined => undefined })
  expectTypeOf(pipeline(fallback, both).execute(() => 5)).resolves.toEqualTypeOf<number | string | undefined>()
  await expect(both.execute(async () => 5)).resolves.toBe(5)
  await expect(both.execute(fail)).rejects.toThrow('down')
  expect([outer.state, inner.state]).toEqual(['open', 'open'])
  expect(both.name).toBe('outer, inner')
})

test('a refusal further in says nothing to those further out', async () => {
  const [outer, inner] = [breaker('outer'), breaker('inner')]
  inner.force('forced-open')
  const both = pipeline(outer, inner)
  await expect(both.execute(() => 5)).rejects.toMatchObject({ policy: 'inner' })
  expect(outer.state).toBe('closed')
})

test('a pipeline in a pipeline becomes its parts', () => {
  const [a, b, c] = [breaker('x'), breaker('x'), breaker('y')]
  const nested = pipeline(pipeline(a, pipeline(b)), c)
  expect(nested.policies).toEqual([a, b, c])
  expect(nested.name).toBe('x, y')
})

test('measure() tells how calls ended for who made them', async () => {
  const one = breaker('x')
  const line = pipeline(one)
  await line.execute(() => 5)
  await line.tryExecute(fail)
  await line.tryExecute(() => 5)
  const controller = new AbortController()
  one.reset()
  const hung = line.tryExecute(() => new Promise(() => {}), { signal: controller.signal })
  controller.abort()
  await hung
  expect(line.measure().map(({ labels, value }) => [labels?.outcome, value])).toEqual([
    ['success', 1],
    ['failure', 1],
    ['refused', 1],
    ['abandoned', 1],
  ])
})

test('subscribe() hears the events of every part, until it stops', async () => {
  const line = pipeline(breaker('a'), breaker('b'))
  const heard: ResilienceEvent[] = []
  const stop = line.subscribe((event) => heard.push(event))
  await line.tryExecute(fail)
  expect(heard.map(({ type }) => type)).toEqual(['circuit:opened', 'circuit:opened'])
  stop()
  clock.advance(30_000)
  await line.tryExecute(() => 5)
  expect(heard).toHaveLength(2)
})

test('a policy of somebody else fits in anywhere', async () => {
  const log: string[] = []
  const [outer, inner] = [breaker('outer'), breaker('inner')]
  for (const line of [
    pipeline(outer, foreign(log), inner),
    pipeline(foreign(log), inner),
    pipeline(outer, foreign(log)),
    pipeline(foreign(log)),
  ]) {
    await expect(line.execute(({ attempt, signal }) => [attempt, signal.aborted])).resolves.toEqual([1, false])
    await expect(line.tryExecute(() => 5)).resolves.toEqual({ ok: true, value: 5 })
    expect(() => line.tryAcquire()).toThrow('Cannot hand out permits as foreign has none')
  }
  expect(log).toHaveLength(16)
  await expect(pipeline(outer, foreign(log), inner).execute(fail)).rejects.toThrow('down')
  expect([outer.state, inner.state]).toEqual(['open', 'open'])
})

test('an abort reaches through a policy of somebody else', async () => {
  const controller = new AbortController()
  const call = pipeline(breaker('a'), foreign(), breaker('b')).execute(
    ({ signal }) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('told')))),
    { signal: controller.signal },
  )
  controller.abort('enough')
  await expect(call).rejects.toBe('enough')
})

test('a policy of somebody else that hands over nothing gets the signal of the call', async () => {
  const lazy = { execute: (run: (context?: never) => unknown) => Promise.resolve(run()) } as unknown as Policy
  await expect(pipeline(breaker('a'), lazy).execute(({ signal }) => signal.aborted)).resolves.toBe(false)
})

test.each<[unknown[], string]>([
  [[], 'Expected `policies` to be at least one policy, got none'],
  [[undefined], 'Expected `policies` to be policies, got undefined'],
  [[null], 'Expected `policies` to be policies, got null'],
  [[{ execute: 5 }], 'Expected `policies` to be policies, got object'],
])('pipeline() refuses %j', (policies, message) => {
  expect(() => pipeline(...(policies as Policy[]))).toThrow(message)
})

test('pipeline() refuses a policy that is there twice', () => {
  const one = breaker('db')
  expect(() => pipeline(one, pipeline(one))).toThrow('Expected `policies` to be different ones, got db twice')
})

test('pipeline() warns of an order that makes no sense', () => {
  const warn = vi.spyOn(process, 'emitWarning').mockReturnValue()
  const fallback = { kind: 'fallback', name: 'cached', execute: async () => 5 } as unknown as Policy
  pipeline(breaker('db'), fallback)
  expect(warn).toHaveBeenCalledExactlyOnceWith(
    'breaker "db" stands outside of fallback "cached": it never sees a failure that the fallback handled, so it never opens; put the fallback outermost',
    { type: 'BreakwaterWarning', code: 'BREAKWATER_PIPELINE_ORDER' },
  )
})

test.each([
  ['fallback retry breaker bulkhead timeout', 0],
  ['timeout retry breaker timeout', 0],
  ['timeout retry breaker', 1],
  ['timeout adaptive_limit bulkhead', 1],
  ['retry fallback', 1],
  ['adaptive_limit fallback', 1],
  ['adaptive_limit retry', 1],
  ['retry breaker retry', 1],
  ['retry breaker fallback', 2],
])('findOddOrders() looks at %s', (kinds, count) => {
  const placed = kinds.split(' ').map((kind) => ({ kind, name: 'x' }))
  expect(findOddOrders(placed)).toHaveLength(count)
})

test('findOddOrders() knows the policies by their kinds', () => {
  const name = 'x'
  const real = [
    createAdaptiveLimit({ name, clock }),
    createRetry({ name, clock }),
    breaker(name),
    createFallback({ name, value: 5 }),
    createTimeout({ name, limitMs: 5, clock }),
    createTimeout({ name, limitMs: 9, clock }),
  ]
  const odd = findOddOrders(real).map((text) => text.split(':')[0])
  expect(odd).toEqual([
    'adaptive_limit "x" stands outside of retry "x"',
    'adaptive_limit "x" stands outside of fallback "x"',
    'retry "x" stands outside of fallback "x"',
    'breaker "x" stands outside of fallback "x"',
    'timeout "x" stands outside of timeout "x"',
  ])
  expect(findOddOrders([...real.slice(4, 5), ...real.slice(2, 3)])).toHaveLength(1)
})

test.each([
  [1_000, 1_000, 1],
  [500, 1_000, 1],
  [1_001, 1_000, 0],
])('findOddOrders() compares a timeout of %d ms with one of %d ms in it', (outer, inner, count) => {
  const timeout = (limitMs: number) => ({ kind: 'timeout', name: 'x', limitMs })
  expect(findOddOrders([timeout(outer), timeout(inner)])).toHaveLength(count)
})
