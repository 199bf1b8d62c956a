import { channel, tracingChannel } from 'node:diagnostics_channel'
import { createOperation, type HttpExchange } from '@breakwater/core'
import { createManualClock, type ManualClock } from '@breakwater/core/testing'
import { afterEach, expect, test } from 'vitest'
import { type Bottlenecks, createBottlenecks } from './bottlenecks.ts'
import type { BottleneckOptions } from './options.ts'
import type { Bottleneck, BottleneckQuery } from './report.ts'

const WINDOW_MS = 300_000
const open: Bottlenecks[] = []

afterEach(() => {
  for (const bottlenecks of open.splice(0)) bottlenecks.close()
})

function create(options: Omit<BottleneckOptions, 'clock'> = {}): {
  bottlenecks: Bottlenecks
  clock: ManualClock
  full: unknown[]
  faults: unknown[]
} {
  // At the beginning of a window.
  const clock = createManualClock({ nowMs: 10 * WINDOW_MS, epochMs: 1_800_000_000_000 })
  const full: unknown[] = []
  const faults: unknown[] = []
  const bottlenecks = createBottlenecks(
    { ...options, clock },
    {
      onFull: (kind, maxNames) => full.push([kind, maxNames]),
      onFault: (channel, error) => faults.push([channel, error]),
    },
  )
  open.push(bottlenecks)
  return { bottlenecks, clock, full, faults }
}

function top(bottlenecks: Bottlenecks, query?: BottleneckQuery): readonly Bottleneck[] {
  return bottlenecks.report(query).kinds.flatMap((kind) => kind.top)
}

const namesOf = (bottlenecks: Bottlenecks, query?: BottleneckQuery): string[] =>
  top(bottlenecks, query).map(({ name }) => name)

test('report() says what took time in the window', () => {
  const { bottlenecks, clock } = create()
  for (let call = 0; call < 100; call++) bottlenecks.observe('dependency', 'mail', 20, call < 10)
  bottlenecks.observe('dependency', 'search', 500)
  clock.advance(60_000)
  const [mail, search] = top(bottlenecks)
  expect(mail).toEqual({
    kind: 'dependency',
    name: 'mail',
    calls: 100,
    callsPerSecond: 100 / 60,
    failures: 10,
    failureRatio: 0.1,
    totalMs: 2_000,
    timeRatio: 0.8,
    meanMs: 20,
    p50Ms: expect.closeTo(20, -1),
    p95Ms: expect.closeTo(20, 0),
    p99Ms: expect.closeTo(20, 0),
    maxMs: 20,
    trend: { direction: 'new' },
    signs: ['dominant', 'failing'],
    history: [],
  })
  expect(search).toMatchObject({ name: 'search', calls: 1, totalMs: 500, signs: [] })
})

test('report() puts first what is asked for', () => {
  const { bottlenecks } = create()
  for (let call = 0; call < 1_000; call++) bottlenecks.observe('dependency', 'busy', 2)
  bottlenecks.observe('dependency', 'slow', 900)
  bottlenecks.observe('dependency', 'broken', 1, true)
  expect(namesOf(bottlenecks)).toEqual(['busy', 'slow', 'broken'])
  expect(namesOf(bottlenecks, { by: 'p95' })).toEqual(['slow', 'busy', 'broken'])
  expect(namesOf(bottlenecks, { by: 'failures', limit: 1 })).toEqual(['broken'])
  expect(bottlenecks.report({ limit: 1 }).kinds).toMatchObject([
    { kind: 'dependency', names: 3, calls: 1_002, totalMs: 2_901 },
  ])
})

test('report() keeps kinds apart, and can be asked for one', () => {
  const { bottlenecks } = create()
  for (let call = 0; call < 5; call++) {
    bottlenecks.observe('load', 'tasks', 1)
    bottlenecks.observe('dependency', 'tasks', 10)
  }
  expect(bottlenecks.report().kinds.map(({ kind }) => kind)).toEqual(['dependency', 'load'])
  expect(top(bottlenecks, { kind: 'load' })).toMatchObject([
    { kind: 'load', name: 'tasks', totalMs: 5, timeRatio: 1, signs: [] },
  ])
  expect(top(bottlenecks, { kind: 'none' })).toEqual([])
})

test('report() can be sent as JSON as it is', () => {
  const { bottlenecks, clock } = create()
  bottlenecks.observe('dependency', 'instant', 0)
  for (let window = 0; window < 5; window++) {
    bottlenecks.observe('dependency', 'instant', 0)
    clock.advance(WINDOW_MS)
  }
  bottlenecks.observe('dependency', 'instant', 0)
  const report = bottlenecks.report({ by: 'trend' })
  expect(report.kinds).toHaveLength(1)
  expect(JSON.parse(JSON.stringify(report))).toEqual(report)
})

test('report() says what got slower, compared with the hour before', () => {
  const { bottlenecks, clock } = create()
  for (let window = 0; window < 14; window++)
    for (let minute = 0; minute < 5; minute++) {
      for (let call = 0; call < 10; call++) {
        bottlenecks.observe('dependency', 'slower', window < 13 ? 20 : 80)
        bottlenecks.observe('dependency', 'faster', window < 13 ? 80 : 20)
        bottlenecks.observe('dependency', 'steady', 40)
        if (window === 13) bottlenecks.observe('dependency', 'new', 40)
      }
      clock.advance(60_000 - (window === 13 && minute === 4 ? 1 : 0))
    }
  const trends = Object.fromEntries(top(bottlenecks).map(({ name, trend }) => [name, trend]))
  expect(trends.slower).toEqual({
    direction: 'slower',
    p95MsBefore: expect.closeTo(20, 0),
    p95Ratio: expect.closeTo(4, 0),
    callsRatio: expect.closeTo(1, 1),
    failureRatioBefore: 0,
  })
  expect([trends.faster, trends.steady, trends.new]).toMatchObject([
    { direction: 'faster' },
    { direction: 'steady' },
    { direction: 'new' },
  ])
  expect(namesOf(bottlenecks, { by: 'trend', limit: 2 })).toEqual(['slower', 'steady'])
  expect(bottlenecks.report().standingOut).toMatchObject([{ name: 'slower', signs: ['slower'] }])
  const [slower] = top(bottlenecks)
  expect(slower?.history).toHaveLength(12)
  expect(slower?.history[11]).toEqual({
    startedAt: 1_800_000_000_000 + 12 * WINDOW_MS,
    calls: 50,
    failures: 0,
    meanMs: 20,
    p95Ms: expect.closeTo(20, 0),
    maxMs: 20,
  })
})

test('report() compares with no window that overlaps the one it looks at', () => {
  const { bottlenecks, clock } = create()
  bottlenecks.observe('dependency', 'a', 1)
  clock.advance(WINDOW_MS + 1)
  bottlenecks.observe('dependency', 'a', 100)
  // The first window is over, but most of it is still looked at.
  expect(top(bottlenecks)[0]?.trend).toEqual({ direction: 'new' })
  clock.advance(WINDOW_MS * 0.9)
  expect(top(bottlenecks)[0]).toMatchObject({ calls: 1, trend: { direction: 'slower' } })
})

test('report() forgets what is over', () => {
  const { bottlenecks, clock } = create()
  bottlenecks.observe('dependency', 'a', 100)
  clock.advance(WINDOW_MS)
  expect(bottlenecks.report()).toMatchObject({ kinds: [], standingOut: [], windowMs: WINDOW_MS, historyMs: 3_600_000 })
})

test('observe() starts no timer', () => {
  const { bottlenecks, clock } = create()
  bottlenecks.observe('dependency', 'a', 100)
  bottlenecks.report()
  expect(clock.pending).toBe(0)
})

test('observe() takes values out of queries, and only out of these', () => {
  const { bottlenecks } = create()
  for (let id = 0; id < 50; id++) bottlenecks.observe('query', `select * from tasks where id = ${id}`, 3)
  bottlenecks.observe('job', 'import 7', 2)
  expect(namesOf(bottlenecks)).toEqual(['select * from tasks where id = ?', 'import 7'])
})

test('observe() bounds names, tells of it once, and counts the rest together', () => {
  const { bottlenecks, full } = create({ maxNames: 10 })
  for (let name = 0; name < 10_000; name++) bottlenecks.observe('dependency', `d${name}`, 1)
  const { kinds } = bottlenecks.report({ limit: 100 })
  expect(kinds[0]).toMatchObject({ names: 11, calls: 10_000 })
  expect(kinds[0]?.top[0]).toMatchObject({ name: '(other)', calls: 9_990 })
  expect(full).toEqual([['dependency', 10]])
})

test('observe() gives places away that were not used for as long as it remembers', () => {
  const { bottlenecks, clock, full } = create({ maxNames: 2 })
  bottlenecks.observe('dependency', 'old', 1)
  bottlenecks.observe('dependency', 'used', 1)
  clock.advance(3_600_000)
  bottlenecks.observe('dependency', 'used', 1)
  bottlenecks.observe('dependency', 'early', 1)
  clock.advance(WINDOW_MS + 30_000)
  bottlenecks.observe('dependency', 'late', 1)
  bottlenecks.observe('dependency', 'used', 1)
  expect(namesOf(bottlenecks).sort()).toEqual(['late', 'used'])
  expect(full).toHaveLength(1)
  bottlenecks.observe('dependency', 'more', 1)
  expect(full).toHaveLength(2)
})

test('observe() does not lose what comes again after its place was given away', () => {
  const { bottlenecks, clock } = create({ maxNames: 1 })
  for (let call = 0; call < 3; call++) bottlenecks.observe('dependency', 'old', 1)
  clock.advance(2 * 3_600_000)
  bottlenecks.observe('dependency', 'new', 1)
  bottlenecks.observe('dependency', 'old', 1)
  expect(namesOf(bottlenecks).sort()).toEqual(['(other)', 'new'])
})

test('observe() bounds kinds, and how long names are', () => {
  const { bottlenecks } = create()
  for (let kind = 0; kind < 100; kind++) bottlenecks.observe(`kind${kind}`, 'x'.repeat(10_000), 1)
  const { kinds } = bottlenecks.report()
  expect(kinds).toHaveLength(21)
  expect(kinds.find(({ kind }) => kind === '(other)')).toMatchObject({ calls: 80, names: 1 })
  expect(Math.max(...kinds.flatMap((kind) => kind.top.map(({ name }) => name.length)))).toBe(200)
})

test('observe() throws nothing, whatever it is given', () => {
  const { bottlenecks } = create()
  bottlenecks.observe(undefined as never, null as never, 'x' as never)
  bottlenecks.observe('', '', 5)
  expect(namesOf(bottlenecks)).toEqual(['(empty)'])
})

function exchange(change: Partial<HttpExchange>): HttpExchange {
  const base = { method: 'GET', route: '/tasks/:id', status: 200, outcome: 'finished', startedAtMs: 1_000 }
  return { ...base, ...change } as HttpExchange
}

function atOnce(nowMs: number): { endedAtMs: number; ms: number } {
  return { endedAtMs: nowMs, ms: 0 }
}

test('recordRoute() calls what it is given by method and route', () => {
  const { bottlenecks, clock } = create()
  const nowMs = clock.now()
  bottlenecks.recordRoute(exchange({ startedAtMs: nowMs - 500 }), { endedAtMs: nowMs, ms: 50 }, 0)
  bottlenecks.recordRoute(
    exchange({ startedAtMs: nowMs - 500, method: 'POST', outcome: 'aborted' }),
    { endedAtMs: nowMs, ms: 500 },
    1,
  )
  bottlenecks.recordRoute(
    exchange({ startedAtMs: nowMs, method: 'BREW', route: undefined, status: 404 }),
    atOnce(nowMs),
    -1,
  )
  expect(top(bottlenecks).map(({ kind, name, totalMs }) => [kind, name, totalMs])).toEqual([
    ['route', 'POST /tasks/:id', 500],
    ['route', 'GET /tasks/:id', 50],
    ['route', '_OTHER unmatched', 0],
  ])
})

test.for([
  ['finished', 200, 0],
  ['finished', 499, 0],
  ['finished', 500, 1],
  ['finished', 503, 1],
  ['aborted', 500, 0],
  ['failed', 200, 1],
] as const)('recordRoute() takes what %s with %i for %i failures', ([outcome, status, failures]) => {
  const { bottlenecks, clock } = create()
  bottlenecks.recordRoute(exchange({ outcome, status }), atOnce(clock.now()), 0)
  expect(top(bottlenecks)[0]?.failures).toBe(failures)
})

test('recordRoute() gives no place away that a route has', () => {
  const { bottlenecks, clock } = create({ maxNames: 1 })
  const record = (route: string, row: number): void =>
    bottlenecks.recordRoute(exchange({ route, startedAtMs: clock.now() }), atOnce(clock.now()), row)
  record('/rare', 0)
  clock.advance(2 * 3_600_000)
  record('/often', 1)
  record('/rare', 0)
  expect(namesOf(bottlenecks).sort()).toEqual(['(other)', 'GET /rare'])
})

test('operations are counted as long as they take, with their failures', async () => {
  const { bottlenecks, clock } = create({ channels: [{ channel: 'test:operations', kind: 'dependency' }] })
  const operation = createOperation('test:operations', 'mail')
  await operation.trace({}, async () => clock.advance(30))
  await expect(
    operation.trace({}, async () => {
      clock.advance(10)
      await Promise.resolve()
      throw new Error('no')
    }),
  ).rejects.toThrow('no')
  expect(top(bottlenecks)).toMatchObject([{ kind: 'dependency', name: 'mail', calls: 2, failures: 1, totalMs: 40 }])
})

test('loads of caches and what policies execute are counted unless it is said otherwise', async () => {
  const { bottlenecks, clock } = create()
  await createOperation('breakwater:cache:load', 'tasks').trace({}, async () => clock.advance(30))
  await createOperation('breakwater:resilience:execute', 'payments').trace({}, async () => clock.advance(20))
  expect(top(bottlenecks)).toMatchObject([
    { kind: 'load', name: 'tasks', calls: 1, totalMs: 30 },
    { kind: 'dependency', name: 'payments', calls: 1, totalMs: 20 },
  ])
})

test('operations at the same time are told apart', async () => {
  const { bottlenecks, clock } = create({
    channels: [
      { channel: 'test:operations', kind: 'load', nameOf: ({ key }) => (key === 'no' ? undefined : String(key)) },
    ],
  })
  const operation = createOperation<{ key: string }>('test:operations', 'cache')
  const waits = ['a', 'b', 'no'].map((key) => {
    const { promise, resolve } = Promise.withResolvers<void>()
    return { resolve, done: operation.trace({ key }, () => promise) }
  })
  for (const { resolve, done } of waits) {
    clock.advance(100)
    resolve()
    await done
  }
  expect(top(bottlenecks).map(({ name, totalMs }) => [name, totalMs])).toEqual([
    ['b', 200],
    ['a', 100],
  ])
})

test('operations that are synchronous are counted, too', () => {
  const { bottlenecks, clock } = create({ channels: [{ channel: 'test:sync', kind: 'job' }] })
  const tracing = tracingChannel<{ source: string }>('test:sync')
  tracing.traceSync(() => clock.advance(5), { source: 'render' })
  expect(() =>
    tracing.traceSync(
      () => {
        throw new Error('no')
      },
      { source: 'render' },
    ),
  ).toThrow('no')
  expect(top(bottlenecks)).toMatchObject([{ name: 'render', calls: 2, failures: 1, totalMs: 5 }])
})

test('operations that call back at once are counted once', () => {
  const { bottlenecks } = create({ channels: [{ channel: 'test:callback', kind: 'job' }] })
  const tracing = tracingChannel<{ source: string }>('test:callback')
  const read = (done: (error: unknown, value: number) => void): void => done(null, 1)
  tracing.traceCallback(read, 0, { source: 'read' }, undefined, () => {})
  expect(top(bottlenecks)).toMatchObject([{ name: 'read', calls: 1 }])
})

test('operations are not disturbed by what cannot be named, or cannot take a note', async () => {
  const fault = new Error('no name')
  const { bottlenecks, faults } = create({
    channels: [
      {
        channel: 'test:faulty',
        kind: 'job',
        nameOf: () => {
          throw fault
        },
      },
    ],
  })
  expect(await createOperation('test:faulty', 'x').trace({}, async () => 1)).toBe(1)
  expect(faults).toEqual([['test:faulty', fault]])
  for (const name of ['start', 'end', 'asyncEnd'])
    for (const message of [null, undefined, 'text', 5, Object.freeze({ result: 1 })])
      channel(`tracing:test:faulty:${name}`).publish(message)
  expect(top(bottlenecks)).toEqual([])
})

test('close() listens no more', async () => {
  const { bottlenecks } = create({ channels: [{ channel: 'test:closed', kind: 'job' }] })
  expect(tracingChannel('test:closed').start.hasSubscribers).toBe(true)
  bottlenecks.close()
  for (const name of ['start', 'end', 'asyncStart', 'asyncEnd', 'error'] as const)
    expect(tracingChannel('test:closed')[name].hasSubscribers).toBe(false)
})

test.for([
  [{ windowMs: 10 }, 'Expected `bottlenecks.windowMs` to be at least 1000, got 10'],
  [{ maxNames: 0 }, 'Expected `bottlenecks.maxNames` to be a positive integer, got 0'],
  [
    { channels: [{ channel: '', kind: 'x' }] },
    'Expected `bottlenecks.channels[0].channel` to be a string that is not empty, got ""',
  ],
  [
    { channels: [{ channel: 'a', kind: 'x', nameOf: 5 as never }] },
    'Expected `bottlenecks.channels[0].nameOf` to be a function, got 5',
  ],
] as const)('createBottlenecks() refuses %j', ([options, message]) => {
  expect(() => create(options)).toThrow(message)
})

test('report() refuses an order and a limit that are none', () => {
  const { bottlenecks } = create()
  expect(() => bottlenecks.report({ by: 'size' as never })).toThrow('Expected `by` to be one of')
  expect(() => bottlenecks.report({ limit: 0 })).toThrow('Expected `limit` to be a positive integer, got 0')
})
