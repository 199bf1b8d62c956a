import { createManualClock, type ManualClock } from '@breakwater/core/testing'
import { expect, onTestFinished, test, vi } from 'vitest'
import { createHealth, type Health, type HealthEvent, type HealthFormat } from '../src/index.ts'
import type { HealthOptions } from '../src/lib/options.ts'
import { serve } from './serve.ts'

function create(options: HealthOptions = {}): { health: Health; clock: ManualClock } {
  const clock = createManualClock()
  const health = createHealth({ clock, cacheMs: 0, failureThreshold: 1, version: '1.2.3', ...options })
  onTestFinished(() => health.close())
  return { health, clock }
}

/** What Kubernetes does: a connection of its own, and a second of patience. */
async function probe(
  url: string,
  init: RequestInit = {},
): Promise<{ status: number; body: string; type: string | null }> {
  const response = await fetch(url, {
    ...init,
    headers: { connection: 'close', ...init.headers },
    signal: AbortSignal.timeout(5_000),
  })
  expect(response.headers.get('cache-control')).toBe('no-store')
  return { status: response.status, body: await response.text(), type: response.headers.get('content-type') }
}

test('readiness answers 503 when a critical check is unhealthy, and 200 when another one is', async () => {
  const { health } = create()
  let isDatabaseWell = true
  health.add('mail', () => false, { critical: false }).add('database', () => isDatabaseWell)
  const url = await serve({ '/readyz': health.readiness })
  expect(await probe(`${url}/readyz`)).toEqual({ status: 200, body: '{"status":"degraded"}', type: 'application/json' })
  isDatabaseWell = false
  expect(await probe(`${url}/readyz`)).toMatchObject({ status: 503, body: '{"status":"unhealthy"}' })
})

test('degradedStatus says what is answered while degraded', async () => {
  const { health } = create({ degradedStatus: 503 })
  health.add('mail', () => false, { critical: false })
  const url = await serve({ '/readyz': health.readiness })
  expect(await probe(`${url}/readyz`)).toMatchObject({ status: 503, body: '{"status":"degraded"}' })
})

test('liveness touches no dependency, and knows the group live alone', async () => {
  const { health } = create()
  const database = vi.fn(() => false)
  health.add('database', database)
  const url = await serve({ '/livez': health.liveness })
  expect(await probe(`${url}/livez`)).toMatchObject({ status: 200, body: '{"status":"healthy"}' })
  expect(database).not.toHaveBeenCalled()
  health.add('loop', () => false, { groups: ['live'] })
  expect((await probe(`${url}/livez`)).status).toBe(503)
  expect(database).not.toHaveBeenCalled()
})

test('startup stays healthy once each of its checks was well once', async () => {
  const { health } = create()
  const well = { migrations: false, warm: false }
  health
    .add('migrations', () => well.migrations, { groups: ['startup'] })
    .add('warm', () => well.warm, { groups: ['startup'] })
    .add('redis', () => false)
  const url = await serve({ '/startupz': health.startup })
  expect((await probe(`${url}/startupz`)).status).toBe(503)
  well.migrations = true
  expect((await probe(`${url}/startupz`)).status).toBe(503)
  well.migrations = false
  well.warm = true
  expect(await probe(`${url}/startupz`)).toMatchObject({ status: 200, body: '{"status":"healthy"}' })
  well.warm = false
  expect((await probe(`${url}/startupz`)).status).toBe(200)
})

test('startup is that of the critical checks of readiness if none is for it, and latches nothing while there is none', async () => {
  const { health } = create()
  const url = await serve({ '/startupz': health.startup })
  expect((await probe(`${url}/startupz`)).status).toBe(200)
  let isWell = false
  health.add('redis', () => isWell).add('mail', () => false, { critical: false })
  expect((await probe(`${url}/startupz`)).status).toBe(503)
  isWell = true
  expect((await probe(`${url}/startupz`)).status).toBe(200)
})

test('a stampede of probes makes one run of each check', async () => {
  const { health, clock } = create({ cacheMs: 1_000 })
  const run = vi.fn(() => clock.sleep(200))
  health.add('redis', run)
  const url = await serve({ '/readyz': health.readiness, '/health': health.detailed })
  const probes = Array.from({ length: 100 }, (_, index) => probe(`${url}/${index % 2 ? 'readyz' : 'health'}`))
  // Until all of them wait.
  await vi.waitFor(() => expect(run).toHaveBeenCalled())
  await new Promise((resolve) => setTimeout(resolve, 100))
  await clock.advanceAsync(200)
  for (const { status } of await Promise.all(probes)) expect(status).toBe(200)
  expect(run).toHaveBeenCalledTimes(1)
})

test('every endpoint answers at the limit while every check hangs', async () => {
  const health = createHealth({ limitMs: 200, cacheMs: 0, showsDetails: () => true })
  onTestFinished(() => health.close())
  for (let check = 0; check < 20; check++) health.add(`check ${check}`, () => new Promise(() => {}))
  const url = await serve({
    '/livez': health.liveness,
    '/readyz': health.readiness,
    '/startupz': health.startup,
    '/health': health.summary,
    '/detailed': health.detailed,
    '/dependencies': health.dependencies,
  })
  const startedMs = performance.now()
  const paths = ['livez', 'readyz', 'startupz', 'health', 'detailed', 'dependencies']
  const answers = await Promise.all(paths.map((path) => probe(`${url}/${path}`)))
  const tookMs = performance.now() - startedMs
  expect(answers.map(({ status }) => status)).toEqual([200, 503, 503, 503, 503, 503])
  // The limit, and slack for a busy machine; one after the other would take 4 s.
  expect(tookMs).toBeGreaterThan(150)
  expect(tookMs).toBeLessThan(1_500)
})

test('summary tells status, time, uptime, memory, version and each component, and nothing of why', async () => {
  const { health } = create()
  health
    .add('database', () => {
      throw new Error('password hunter2 is wrong')
    })
    .add('memory', () => ({ status: 'healthy', data: { secret: 1 } }))
  const url = await serve({ '/health': health.summary })
  const { status, body, type } = await probe(`${url}/health`)
  expect([status, type]).toEqual([503, 'application/json'])
  expect(JSON.parse(body)).toEqual({
    status: 'unhealthy',
    timestamp: '2026-01-01T00:00:00.000Z',
    uptime: expect.any(Number),
    memory: {
      rssBytes: expect.any(Number),
      heapUsedBytes: expect.any(Number),
      heapTotalBytes: expect.any(Number),
      externalBytes: expect.any(Number),
    },
    version: '1.2.3',
    components: { database: 'unhealthy', memory: 'healthy' },
    database: 'unhealthy',
  })
  expect(body).not.toMatch(/hunter2|secret/)
})

test('detailed shows details only to those who may see them', async () => {
  const { health } = create({ showsDetails: (exchange) => exchange.header('authorization') === 'Bearer let me in' })
  health.add('database', () => {
    throw new Error('host db-1 refused')
  })
  const url = await serve({
    '/health/detailed': health.detailed,
    '/mine': health.endpoint({ details: true, format: 'plain' }),
  })
  expect((await probe(`${url}/health/detailed`)).body).toBe('{"status":"unhealthy"}')
  expect((await probe(`${url}/mine`)).body).toBe('unhealthy\n')
  const headers = { authorization: 'Bearer let me in' }
  const { status, body } = await probe(`${url}/health/detailed`, { headers })
  expect(status).toBe(503)
  expect(JSON.parse(body)).toMatchObject({
    status: 'unhealthy',
    checks: {
      database: {
        status: 'unhealthy',
        cause: 'host db-1 refused',
        critical: true,
        groups: ['ready'],
        checkedAt: '2026-01-01T00:00:00.000Z',
        failuresInARow: 3,
        history: [{ at: '2026-01-01T00:00:00.000Z', what: 'changed', to: 'unhealthy', cause: 'host db-1 refused' }],
      },
    },
  })
  expect((await probe(`${url}/mine`, { headers })).body).toBe('unhealthy\ndatabase unhealthy: host db-1 refused\n')
})

test('detailed shows nothing if the judge throws or promises, and tells the first', async () => {
  const events: HealthEvent[] = []
  const error = new Error('no session')
  for (const showsDetails of [
    () => {
      throw error
    },
    (async () => true) as unknown as () => boolean,
  ]) {
    const { health } = create({ showsDetails })
    health.subscribe((event) => events.push(event))
    health.add('database', () => false)
    const url = await serve({ '/detailed': health.detailed })
    expect((await probe(`${url}/detailed`)).body).toBe('{"status":"unhealthy"}')
  }
  expect(events.filter(({ type }) => type === 'details:failed')).toEqual([{ type: 'details:failed', error }])
})

test('dependencies tells what depends on what, once each', async () => {
  const { health } = create({ showsDetails: (exchange) => exchange.path === '/all' })
  health
    .add('database', () => ({ status: 'degraded', cause: 'slow', data: { ms: 300 } }))
    .add('orders', () => true, { dependsOn: ['database'] })
    .add('stock', () => true, { dependsOn: ['orders'] })
    .add('page', () => true, { dependsOn: ['orders', 'stock'] })
  const url = await serve({ '/some': health.dependencies, '/all': health.dependencies })
  const database = { name: 'database', status: 'degraded', critical: true }
  const orders = { name: 'orders', status: 'healthy', critical: true }
  expect(JSON.parse((await probe(`${url}/some`)).body)).toEqual({
    status: 'degraded',
    dependencies: [
      {
        name: 'page',
        status: 'healthy',
        critical: true,
        dependsOn: [
          { ...orders, dependsOn: [database] },
          { name: 'stock', status: 'healthy', critical: true, dependsOn: [{ ...orders, repeated: true }] },
        ],
      },
    ],
  })
  expect((await probe(`${url}/all`)).body).toContain('"cause":"slow","data":{"ms":300}')
})

test('dependencies of many that share what they depend on stays small', async () => {
  const { health } = create()
  for (let level = 0; level < 30; level++)
    for (const side of ['a', 'b'])
      health.add(`${side}${level}`, () => true, { dependsOn: level === 0 ? [] : [`a${level - 1}`, `b${level - 1}`] })
  const url = await serve({ '/tree': health.dependencies })
  expect((await probe(`${url}/tree`)).body.length).toBeLessThan(20_000)
})

test('data of one check never shows in another', async () => {
  const { health } = create({ showsDetails: () => true })
  health
    .add('a', () => ({ status: 'healthy', data: { only: 'a' } }))
    .add('b', () => true)
    .add('__proto__', () => ({ status: 'healthy', data: { polluted: true } }))
  const url = await serve({ '/detailed': health.detailed })
  const { checks } = JSON.parse((await probe(`${url}/detailed`)).body)
  expect(checks.a.data).toEqual({ only: 'a' })
  expect(checks.b.data).toBeUndefined()
  expect(Object.keys(checks)).toEqual(['a', 'b', '__proto__'])
  expect(({} as { polluted?: boolean }).polluted).toBeUndefined()
})

const FORMATS: readonly [HealthFormat, string, string, unknown][] = [
  ['plain', 'text/plain; charset=utf-8', 'degraded\n', 'degraded\ndatabase healthy\nmail unhealthy: no route\n'],
  [
    'health+json',
    'application/health+json',
    '{"status":"warn"}',
    {
      status: 'warn',
      version: '1.2.3',
      serviceId: 'process',
      checks: {
        database: [
          {
            status: 'pass',
            time: '2026-01-01T00:00:00.000Z',
            observedValue: 0,
            observedUnit: 'ms',
            data: { pool: [1] },
          },
        ],
        mail: [
          {
            status: 'fail',
            time: '2026-01-01T00:00:00.000Z',
            observedValue: 0,
            observedUnit: 'ms',
            output: 'no route',
          },
        ],
      },
    },
  ],
  [
    'spring',
    'application/json',
    '{"status":"UP"}',
    {
      status: 'UP',
      components: {
        database: { status: 'UP', details: { pool: [1] } },
        mail: { status: 'DOWN', details: { error: 'no route' } },
      },
    },
  ],
  [
    'microprofile',
    'application/json',
    '{"status":"UP","checks":[]}',
    {
      status: 'UP',
      checks: [
        { name: 'database', status: 'UP', data: { pool: '[1]' } },
        { name: 'mail', status: 'DOWN', data: { error: 'no route' } },
      ],
    },
  ],
]

test.for(FORMATS)('endpoint() writes down %s', async ([format, type, brief, full]) => {
  const { health } = create({ showsDetails: () => true })
  health
    .add('database', () => ({ status: 'healthy', data: { pool: [1] } }))
    .add('mail', () => Promise.reject(new Error('no route')), { critical: false })
  const url = await serve({
    '/brief': health.endpoint({ format, group: 'ready' }),
    '/full': health.endpoint({ format, details: true }),
  })
  expect(await probe(`${url}/brief`)).toEqual({ status: 200, type, body: brief })
  const { body, ...head } = await probe(`${url}/full`)
  expect(head).toEqual({ status: 200, type })
  expect(typeof full === 'string' ? body : JSON.parse(body)).toEqual(full)
})

test('endpoint() names a format that there is not', () => {
  const { health } = create()
  expect(() => health.endpoint({ format: 'xml' as never })).toThrow('`format`')
})

test('every endpoint answers HEAD as GET, without a body', async () => {
  const { health } = create()
  health.add('database', () => false)
  const url = await serve({ '/readyz': health.readiness })
  expect(await probe(`${url}/readyz`, { method: 'HEAD' })).toEqual({ status: 503, body: '', type: 'application/json' })
})

test('an endpoint whose result is fresh answers at once, and with the same reply', async () => {
  const { health } = create({ cacheMs: 1_000 })
  health.add('database', () => true)
  const exchange = {} as never
  const first = await health.readiness(exchange)
  expect(health.readiness(exchange)).toBe(first)
})

test('startup stays healthy whatever is added once it has started', async () => {
  const { health } = create()
  health.add('migrations', () => true, { groups: ['startup'] })
  const url = await serve({ '/startupz': health.startup })
  expect((await probe(`${url}/startupz`)).status).toBe(200)
  health.add('plugin', () => false, { groups: ['startup'] })
  expect((await probe(`${url}/startupz`)).status).toBe(200)
})
