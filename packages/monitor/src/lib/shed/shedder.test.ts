import { describe, expect, test } from 'vitest'
import { createShedSubject, type ShownRequest } from '../../../test/support/shed-subject.ts'

const COUNTS = [
  'monitor_requests_total',
  'monitor_requests_refused_total event-loop',
  'monitor_requests_refused_total concurrency',
  'monitor_requests_shed_total high',
  'monitor_requests_shed_total normal',
  'monitor_requests_shed_total low',
]

/** Shows requests one after the other, each of which takes 10 ms. */
function serve(subject: ReturnType<typeof createShedSubject>, count: number, end: (shown: ShownRequest) => void): void {
  for (let index = 0; index < count; index++) {
    const shown = subject.request()
    subject.idle(10)
    end(shown)
  }
}

describe('hook', () => {
  test('lets in what can be done', () => {
    const { shedder, letIn, events } = createShedSubject()
    expect(letIn(50)).toBe(50)
    expect([shedder.underWay, shedder.isShedding, events]).toEqual([50, false, []])
  })

  test('refuses what is more than may be under way', () => {
    const { shedder, letIn, request } = createShedSubject({ maxConcurrency: 3 })
    expect(letIn(5)).toBe(3)
    const { reply } = request()
    expect(reply?.status).toBe(503)
    expect(Number(reply?.headers?.['retry-after'])).toBeGreaterThanOrEqual(1)
    expect([shedder.underWay, shedder.isShedding]).toEqual([3, true])
  })

  test('lets in another one when one has its head', () => {
    const { request } = createShedSubject({ maxConcurrency: 1 })
    const first = request()
    expect(request().reply).toBeDefined()
    first.head()
    expect(request().reply).toBeUndefined()
  })

  test('counts a request once, though it has a head and an end', () => {
    const { shedder, request } = createShedSubject()
    const [first] = [request(), request(), request()]
    first?.head()
    expect(shedder.underWay).toBe(2)
    first?.end()
    first?.end()
    first?.head()
    expect(shedder.underWay).toBe(2)
  })

  test('counts a request that ends without a head', () => {
    const { shedder, request } = createShedSubject()
    const shown = request()
    shown.end()
    expect(shedder.underWay).toBe(0)
    shown.head()
    expect(shedder.underWay).toBe(0)
  })

  test('does not count the end of what it refused', () => {
    const { shedder, letIn, request } = createShedSubject({ maxConcurrency: 2 })
    letIn(2)
    const refused = request()
    refused.head()
    refused.end()
    expect(shedder.underWay).toBe(2)
  })

  test('does not count the end of what it never saw begin', () => {
    const { shedder, request } = createShedSubject({ priority: () => 'vital' })
    const { exchange } = request()
    shedder.hook.onHead?.(exchange, 2)
    shedder.hook.onEnd?.(exchange, 2)
    shedder.hook.onEnd?.({ ...exchange, slots: [] }, 0)
    expect(shedder.underWay).toBe(0)
  })

  test('keeps its notes in its own slot', () => {
    const { request } = createShedSubject({ maxConcurrency: 1 })
    for (const { exchange } of [request(), request()]) {
      expect(Object.keys(exchange.slots)).toEqual(['2'])
    }
  })

  test('refuses who came late in a turn of the loop that does not end', () => {
    const { work, idle, request, number } = createShedSubject()
    idle(1_000)
    for (let ms = 0; ms < 2_000; ms += 25) {
      request().head()
      work(25)
    }
    expect(request().reply?.status).toBe(503)
    expect(number('monitor_requests_refused_total event-loop')).toBeGreaterThan(0)
    expect(number('monitor_requests_refused_total concurrency')).toBe(0)
  })

  test('lets in who comes first in the next turn', () => {
    const { work, idle, request } = createShedSubject()
    idle(1_000)
    for (let ms = 0; ms < 2_000; ms += 25) {
      request().head()
      work(25)
    }
    idle(0)
    expect(request().reply).toBeUndefined()
  })

  test('tells clients that it refuses to come back at different times', () => {
    const { letIn, request, idle } = createShedSubject({ maxConcurrency: 1 })
    letIn(1)
    const times = Array.from({ length: 50 }, () => {
      idle(20)
      return request().reply?.headers?.['retry-after']
    })
    expect(new Set(times).size).toBeGreaterThan(1)
  })

  test('tells clients to stay away no longer than is allowed', () => {
    const { letIn, request, idle } = createShedSubject({ maxConcurrency: 1, maxRetryAfterSeconds: 4 })
    letIn(1)
    for (let index = 0; index < 2_000; index++) {
      if (index % 50 === 0) idle(20)
      const seconds = Number(request().reply?.headers?.['retry-after'])
      expect(Number.isInteger(seconds) && seconds >= 1 && seconds <= 4).toBe(true)
    }
  })
})

describe('what is learned', () => {
  const FLOOR = 'monitor_request_floor_seconds'

  test('comes from requests that were answered', () => {
    const subject = createShedSubject()
    serve(subject, 300, (shown) => shown.head())
    expect(subject.number(FLOOR)).toBeCloseTo(0.01)
  })

  test.for([400, 404, 429])('comes from answers with %d, too', (status) => {
    const subject = createShedSubject()
    serve(subject, 300, ({ exchange, head }) => {
      Object.assign(exchange, { status })
      head()
    })
    expect(subject.number(FLOOR)).toBeCloseTo(0.01)
  })

  test.for([500, 502, 503, 504])('does not come from answers with %d', (status) => {
    const subject = createShedSubject()
    serve(subject, 300, ({ exchange, head, end }) => {
      Object.assign(exchange, { status })
      head()
      end()
    })
    expect(subject.number(FLOOR)).toBeUndefined()
    expect(subject.shedder.underWay).toBe(0)
  })

  test('does not come from what clients gave up', () => {
    const subject = createShedSubject()
    serve(subject, 300, (shown) => shown.end())
    expect(subject.number(FLOOR)).toBeUndefined()
  })

  test('does not come from what is vital', () => {
    const subject = createShedSubject({ priority: () => 'vital' })
    serve(subject, 300, (shown) => shown.head())
    expect(subject.number(FLOOR)).toBeUndefined()
  })
})

describe('takeResponseTimes()', () => {
  test('says how many were answered since the last time, and how long that took', () => {
    const { shedder, request, work } = createShedSubject()
    const [first, second] = [request(), request()]
    work(10)
    first.head()
    work(20)
    second.head()
    expect(shedder.takeResponseTimes()).toEqual({ requests: 2, meanMs: 20 })
    expect(shedder.takeResponseTimes()).toEqual({ requests: 0, meanMs: undefined })
  })

  test('counts those that are not measured, too', () => {
    const subject = createShedSubject()
    serve(subject, 1_000, (shown) => shown.head())
    const many = Array.from({ length: 95 }, () => subject.request())
    subject.work(10)
    for (const shown of many) shown.head()
    const { requests, meanMs } = subject.shedder.takeResponseTimes()
    expect(requests).toBe(1_095)
    expect(meanMs).toBeCloseTo(10)
  })

  test('does not count what was refused, nor what is vital', () => {
    const subject = createShedSubject({
      maxConcurrency: 1,
      priority: ({ path }) => (path === '/vital' ? 'vital' : 'normal'),
    })
    subject.letIn(1)
    for (const shown of [subject.request(), subject.request({ path: '/vital' })]) {
      shown.head()
      shown.end()
    }
    expect(subject.shedder.takeResponseTimes().requests).toBe(0)
  })

  test('takes no time for less than nothing, where a request began on a clock that is ahead', () => {
    const { shedder, clock, request } = createShedSubject()
    request({ startedAtMs: clock.now() + 5_000 }).head()
    expect(shedder.takeResponseTimes()).toEqual({ requests: 1, meanMs: expect.closeTo(0, 2) })
  })
})

describe('measure()', () => {
  test('tells everything under its name', () => {
    const subject = createShedSubject({ maxConcurrency: 2 })
    const told = (): readonly unknown[] =>
      subject.shedder.measure().map(({ name, kind, labels }) => [name, kind, labels])
    const counters = [
      ['monitor_requests_total', 'counter', undefined],
      ['monitor_requests_refused_total', 'counter', { cause: 'event-loop' }],
      ['monitor_requests_refused_total', 'counter', { cause: 'concurrency' }],
      ['monitor_requests_shed_total', 'counter', { priority: 'high' }],
      ['monitor_requests_shed_total', 'counter', { priority: 'normal' }],
      ['monitor_requests_shed_total', 'counter', { priority: 'low' }],
    ]
    const gauges = [
      ['monitor_demand_ratio', 'gauge', undefined],
      ['monitor_requests_under_way', 'gauge', undefined],
      ['monitor_concurrency_limit', 'gauge', undefined],
    ]
    expect(told()).toEqual([...gauges, ...counters])
    serve(subject, 300, (shown) => shown.head())
    expect(told()).toEqual([...gauges, ['monitor_request_floor_seconds', 'gauge', undefined], ...counters])
    for (const { help } of subject.shedder.measure()) expect(help).toMatch(/^[A-Z].*[^.]$/)
  })

  test('counts what came, what was refused and why', () => {
    const { letIn, number } = createShedSubject({
      maxConcurrency: 1,
      priority: ({ path }) => path.slice(1) as 'low',
    })
    expect(COUNTS.map(number)).toEqual([0, 0, 0, 0, 0, 0])
    letIn(9, { path: '/vital' })
    letIn(4, { path: '/normal' })
    letIn(2, { path: '/low' })
    expect(COUNTS.map(number)).toEqual([6, 0, 5, 0, 3, 2])
    expect(number('monitor_requests_under_way')).toBe(1)
  })

  test('gives the demand that the shedder says, and a limit that is a number', () => {
    const subject = createShedSubject({ maxConcurrency: 2 })
    subject.letIn(2)
    for (let looks = 0; looks < 100; looks++) {
      subject.idle(20)
      subject.letIn(5)
    }
    expect(subject.shedder.demandRatio).toBeGreaterThan(1)
    expect(subject.number('monitor_demand_ratio')).toBe(subject.shedder.demandRatio)
    expect(subject.number('monitor_concurrency_limit')).toBeGreaterThanOrEqual(1)
  })
})
