import { describe, expect, test } from 'vitest'
import { createShedSubject, type ShedSubject } from '../../../test/support/shed-subject.ts'
import type { ShedPriority } from './priority.ts'

/** One whose only place is taken. */
function createFull(): ShedSubject {
  const subject = createShedSubject({ maxConcurrency: 1 })
  subject.letIn(1)
  return subject
}

describe('shedding', () => {
  test('starts with the first refusal, and is told once', () => {
    const { events, letIn, idle, shedder } = createFull()
    expect(events).toEqual([])
    letIn(1)
    const { demandRatio } = shedder
    idle(300)
    letIn(5)
    expect(events).toEqual([{ type: 'shedding:started', cause: 'concurrency', demandRatio: expect.any(Number) }])
    expect(demandRatio).toBeGreaterThanOrEqual(0)
    expect(shedder.isShedding).toBe(true)
  })

  test('starts with how much was wanted', () => {
    const { events, letIn, idle, shedder } = createShedSubject({ maxConcurrency: 1 })
    for (let looks = 0; looks < 100; looks++) {
      const { demandRatio } = shedder
      letIn(3)
      if (looks === 0) expect(events).toEqual([{ type: 'shedding:started', cause: 'concurrency', demandRatio }])
      idle(20)
    }
    expect(events).toHaveLength(1)
  })

  test('starts because of the event loop where that is why', () => {
    const { events, idle, work, request } = createShedSubject()
    idle(1_000)
    for (let ms = 0; ms < 2_000; ms += 25) {
      request().head()
      work(25)
    }
    expect(events).toEqual([{ type: 'shedding:started', cause: 'event-loop', demandRatio: expect.any(Number) }])
  })

  test('ends once nobody was refused for a second, and is told once', () => {
    const { events, letIn, idle, shedder } = createFull()
    letIn(3)
    idle(40)
    letIn(2)
    idle(990)
    shedder.refresh()
    expect([events.length, shedder.isShedding]).toEqual([1, true])
    idle(20)
    shedder.refresh()
    expect(events.slice(1)).toEqual([{ type: 'shedding:ended', refused: 5, lastedMs: 40 }])
    expect(shedder.isShedding).toBe(false)
    idle(5_000)
    shedder.refresh()
    expect(events).toHaveLength(2)
  })

  test('ends when a request comes, without anybody asking for it', () => {
    const { events, letIn, idle } = createFull()
    letIn(1)
    idle(1_500)
    expect(events).toHaveLength(1)
    letIn(1)
    expect(events.map(({ type }) => type)).toEqual(['shedding:started', 'shedding:ended', 'shedding:started'])
  })

  test('goes on while somebody is refused in every second', () => {
    const { events, letIn, idle, shedder } = createFull()
    for (let second = 0; second < 20; second++) {
      letIn(1)
      idle(900)
      shedder.refresh()
    }
    idle(200)
    shedder.refresh()
    expect(events).toEqual([
      expect.objectContaining({ type: 'shedding:started' }),
      { type: 'shedding:ended', refused: 20, lastedMs: 19 * 900 },
    ])
  })

  test('counts anew the next time', () => {
    const { events, letIn, idle, shedder } = createFull()
    for (const count of [7, 2]) {
      letIn(count)
      idle(3_000)
      shedder.refresh()
    }
    expect(events.filter(({ type }) => type === 'shedding:ended')).toEqual([
      { type: 'shedding:ended', refused: 7, lastedMs: 0 },
      { type: 'shedding:ended', refused: 2, lastedMs: 0 },
    ])
  })

  test('counts refusals of all causes together', () => {
    const { events, number, idle, work, letIn, request, shedder } = createShedSubject({ maxConcurrency: 2 })
    idle(1_000)
    for (let ms = 0; ms < 2_000; ms += 25) {
      request().head()
      work(25)
    }
    idle(0)
    letIn(2)
    letIn(4)
    idle(2_000)
    shedder.refresh()
    const [loop, concurrency] = ['event-loop', 'concurrency'].map(
      (cause) => number(`monitor_requests_refused_total ${cause}`) as number,
    ) as [number, number]
    expect(Math.min(loop, concurrency)).toBeGreaterThan(0)
    expect(events.at(-1)).toMatchObject({ type: 'shedding:ended', refused: loop + concurrency })
  })
})

describe('refresh()', () => {
  test('lets demand fall though nobody comes', () => {
    const { letIn, idle, shedder } = createFull()
    for (let looks = 0; looks < 100; looks++) {
      letIn(5)
      idle(20)
    }
    const before = shedder.demandRatio
    idle(1_000)
    expect(shedder.demandRatio).toBe(before)
    for (let second = 0; second < 4; second++) {
      idle(1_000)
      shedder.refresh()
    }
    expect(before).toBeGreaterThan(1)
    expect(shedder.demandRatio).toBeLessThan(0.1)
  })
})

describe('priority', () => {
  const byPath = { priority: ({ path }: { readonly path: string }) => path.slice(1) as ShedPriority }

  test('vital requests are never refused, and not counted', () => {
    const { letIn, number, shedder } = createShedSubject({ ...byPath, maxConcurrency: 1 })
    letIn(1, { path: '/normal' })
    expect(letIn(1_000, { path: '/vital' })).toBe(1_000)
    expect([shedder.underWay, number('monitor_requests_total')]).toEqual([1, 1])
  })

  test('vital requests leave no note', () => {
    const { request } = createShedSubject({ priority: () => 'vital' })
    expect(request().exchange.slots).toEqual([])
  })

  test('probes, scrapes and operators are vital where nobody said else', () => {
    const { letIn } = createFull()
    for (const path of ['/livez', '/readyz', '/health/db', '/metrics', '/admin/status'])
      expect(letIn(10, { path })).toBe(10)
    expect(letIn(10, { path: '/healthy-food' })).toBe(0)
  })

  test.for([1, 2, 10])(
    'low gets no more than normal, which gets no more than high, where %d may be',
    (maxConcurrency) => {
      const [low, normal, high] = ['/low', '/normal', '/high'].map((path) =>
        createShedSubject({ ...byPath, maxConcurrency }).letIn(100, { path }),
      ) as [number, number, number]
      expect(normal).toBe(maxConcurrency)
      expect(low).toBeGreaterThanOrEqual(1)
      expect(low).toBeLessThanOrEqual(normal)
      expect(high).toBeGreaterThanOrEqual(normal)
      if (maxConcurrency > 1) expect(low).toBeLessThan(normal)
    },
  )

  test.for([1, 2, 10, 100])(
    'high gets in when normal does not, and that when low does not, from %d at first',
    (most) => {
      const [low, normal, high] = ['/low', '/normal', '/high'].map((path) =>
        createShedSubject({ ...byPath, initialConcurrency: most }).letIn(10_000, { path }),
      ) as [number, number, number]
      expect(low).toBeLessThan(normal)
      expect(normal).toBeLessThan(high)
    },
  )

  test('low is the first to be refused late in a turn, and high the last', () => {
    const firstRefused = ['/low', '/normal', '/high'].map((path) => {
      const { idle, work, request } = createShedSubject(byPath)
      idle(1_000)
      let ms = 0
      for (let shown = request({ path }); shown.reply === undefined; shown = request({ path })) {
        shown.head()
        work(1)
        ms++
      }
      return ms
    })
    expect(firstRefused).toEqual(firstRefused.toSorted((a, b) => a - b))
    expect(new Set(firstRefused).size).toBe(3)
  })

  test('what throws makes a request normal, and is told once', () => {
    const error = new Error('no')
    const { events, letIn, number } = createShedSubject({
      maxConcurrency: 3,
      priority: () => {
        throw error
      },
    })
    expect(letIn(5)).toBe(3)
    expect(events).toEqual([
      { type: 'priority:failed', error },
      { type: 'shedding:started', cause: 'concurrency', demandRatio: expect.any(Number) },
    ])
    expect(number('monitor_requests_shed_total normal')).toBe(2)
  })

  test.for([
    ['urgent', 'string'],
    ['', 'string'],
    ['Vital', 'string'],
    [undefined, 'undefined'],
    [null, 'object'],
    [1, 'number'],
    [Promise.resolve('vital'), 'object'],
  ] as const)('what is none, such as %o, makes a request normal, and is told once', ([value, kind]) => {
    const { events, letIn, number } = createShedSubject({ priority: () => value as never })
    expect(letIn(5)).toBe(5)
    const error = new TypeError(`Expected \`shed.priority\` to return a priority, got ${kind}`)
    expect(events).toEqual([{ type: 'priority:failed', error }])
    expect(number('monitor_requests_under_way')).toBe(5)
  })

  test('is asked once for each, with the exchange', () => {
    const seen: unknown[] = []
    const { request } = createShedSubject({
      priority: (exchange) => {
        seen.push(exchange)
        return 'normal'
      },
    })
    const shown = [request(), request()]
    for (const { head, end } of shown) {
      head()
      end()
    }
    expect(seen).toEqual(shown.map(({ exchange }) => exchange))
  })
})
