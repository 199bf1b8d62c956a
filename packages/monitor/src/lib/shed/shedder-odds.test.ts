import { expect, test } from 'vitest'
import { simulate } from '../../../test/simulation/simulate.ts'
import { createShedSubject } from '../../../test/support/shed-subject.ts'

test('hook goes on to refuse what is too much, although requests take no time at all', () => {
  const { request, idle, letIn, number } = createShedSubject({ maxConcurrency: 10 })
  for (let index = 0; index < 400; index++) {
    request().head()
    idle(10)
  }
  for (let round = 0; round < 50; round++) {
    const all = Array.from({ length: 10 }, () => request())
    idle(25)
    for (const { head } of all) head()
  }
  idle(1_000)
  expect(number('monitor_concurrency_limit')).not.toBeNaN()
  expect(letIn(100)).toBe(10)
})

test.for(['high', 'normal', 'low'] as const)(
  'hook lets in no more than the most, also when they are %s',
  (priority) => {
    const { letIn } = createShedSubject({ maxConcurrency: 10, priority: () => priority })
    expect(letIn(100)).toBeLessThanOrEqual(10)
  },
)

test('hook learns as well where there are more routes than it tells apart', () => {
  const play = (routes: number): number =>
    simulate({
      work: (index) => ({ before: 0.1, pooled: 20, after: 0.1, route: `/r${(index * 7_919) % routes}` }),
      connections: 10,
      rate: () => 1_500,
      lengthMs: 20_000,
      fromMs: 10_000,
      seed: 1,
    }).p99
  expect(play(5_000) / play(1)).toBeLessThan(2)
})

test('hook hears a priority that rejects', async () => {
  const seen: unknown[] = []
  const hear = (error: unknown): unknown => seen.push(error)
  process.on('unhandledRejection', hear)
  createShedSubject({ priority: (async () => Promise.reject(new Error('no'))) as never }).request()
  await new Promise(setImmediate)
  process.off('unhandledRejection', hear)
  expect(seen).toEqual([])
})

test('demandRatio is a number although a request comes from a clock that is far ahead', () => {
  const { request, idle, shedder } = createShedSubject()
  request({ startedAtMs: 1e7 })
  for (let looks = 0; looks < 2; looks++) {
    idle(20)
    shedder.refresh()
    request()
  }
  expect(shedder.demandRatio).toBeGreaterThanOrEqual(0)
})

test('hook spreads the first crowd as well', () => {
  const { letIn, request } = createShedSubject({ maxConcurrency: 1 })
  letIn(1)
  const told = Array.from({ length: 300 }, () => request().reply?.headers?.['retry-after'])
  expect(new Set(told)).toEqual(new Set(['1', '2', '3']))
})

test('demandRatio falls with time, also where nobody looks', () => {
  const { letIn, idle, shedder } = createShedSubject({ maxConcurrency: 1 })
  letIn(1)
  for (let looks = 0; looks < 100; looks++) {
    letIn(5)
    idle(20)
  }
  idle(10_000)
  shedder.refresh()
  expect(shedder.demandRatio).toBeLessThan(0.1)
})
