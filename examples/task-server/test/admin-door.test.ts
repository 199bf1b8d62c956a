import { createLogger } from '@breakwater/logger'
import { createMetrics } from '@breakwater/metrics'
import { createMonitor } from '@breakwater/monitor'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createApp } from '../src/app.ts'
import { createTaskCache } from '../src/cache/task-cache.ts'
import type { Database } from '../src/database/database.ts'
import { guardDatabase } from '../src/database/guarded.ts'
import { readEnvironment } from '../src/environment.ts'
import { ADMIN_ROUTES, ADMIN_TOKEN, askAdmin } from './support/admin.ts'

/** Nobody gets as far as that here. */
const database: Database = {
  description: 'none',
  maxConcurrent: 1,
  query: () => Promise.reject(new Error('none')),
  transaction: () => Promise.reject(new Error('none')),
  close: async () => {},
}

interface Door {
  readonly url: string
  readonly lines: string[]
  close(): Promise<void>
}

async function open(variables: Readonly<Record<string, string>>): Promise<Door> {
  const environment = readEnvironment({ NODE_ENV: 'test', ADMIN_RATE_LIMIT: '1000', ...variables })
  const lines: string[] = []
  const logger = createLogger({ hear: false, destination: { write: (line) => lines.push(line) } })
  const cache = createTaskCache()
  const metrics = createMetrics({ process: false })
  const monitor = createMonitor()
  const app = await createApp(environment, guardDatabase(database), cache, { logger, metrics, monitor })
  const url = await app.listen({ port: 0, host: '127.0.0.1' })
  return {
    url,
    lines,
    async close() {
      await app.close()
      await Promise.all([cache, metrics, monitor, logger].map((part) => part.close()))
    },
  }
}

let door: Door
beforeAll(async () => {
  door = await open({ ADMIN_TOKEN })
})
afterAll(() => door?.close())

async function problemOf(response: Response): Promise<Record<string, unknown>> {
  expect(response.headers.get('content-type')).toBe('application/problem+json')
  return (await response.json()) as Record<string, unknown>
}

test.each(ADMIN_ROUTES)('%s %s is for who knows the token alone, before anything is read', async (method, path) => {
  const ofSameLength = `Bearer ${ADMIN_TOKEN.toUpperCase()}`
  const wrong = [
    '',
    ofSameLength,
    'Bearer x',
    `Bearer ${ADMIN_TOKEN}4`,
    `Bearer ${ADMIN_TOKEN.slice(1)}`,
    `Basic ${ADMIN_TOKEN}`,
  ]
  const body = method === 'POST' ? '{' : undefined
  for (const authorization of [...wrong, `Bearer canary-${'x'.repeat(5_000)}`]) {
    const answer = await askAdmin(door.url + path, { method, body, authorization })
    expect([answer.status, answer.headers.get('www-authenticate')]).toEqual([401, 'Bearer'])
    expect(answer.headers.get('cache-control')).toBe('no-store')
    expect(await problemOf(answer)).toMatchObject({ type: '/problems/not-administrator' })
  }
  // With it, something else is wrong.
  if (method === 'POST') expect((await askAdmin(door.url + path, { method, body })).status).toBe(400)
})

test('who is refused is logged, ten times a minute, without what was sent', async () => {
  const lines = door.lines.filter((line) => line.includes('security:admin-refused')).map((line) => JSON.parse(line))
  expect(lines).toHaveLength(10)
  expect(lines[0]).toMatchObject({ level: 'warn', method: 'GET', route: '/admin/cache/stats', isTokenGiven: false })
  expect(lines[1]).toMatchObject({ client: '127.0.0.1', isTokenGiven: true })
  const bursts = door.lines.filter((line) => line.includes('security:auth-burst'))
  expect(bursts).toHaveLength(1)
  expect(door.lines.join('')).not.toContain('canary')
  expect(door.lines.join('')).not.toContain(ADMIN_TOKEN.slice(1))
})

test('without ADMIN_TOKEN there is nothing at these paths', async () => {
  const closed = await open({})
  try {
    for (const [method, path] of ADMIN_ROUTES)
      for (const authorization of ['', 'Bearer undefined', `Bearer ${ADMIN_TOKEN}`])
        expect((await askAdmin(closed.url + path, { method, authorization })).status).toBe(404)
    expect(await (await fetch(closed.url)).text()).not.toContain('/admin')
  } finally {
    await closed.close()
  }
})

test.each([
  ['PUT', '/admin/cache/stats', 'GET, HEAD'],
  ['GET', '/admin/cache/invalidate', 'POST'],
  ['DELETE', '/admin/logs/export', 'POST'],
  ['HEAD', '/admin/logs/tail', 'GET'],
])('%s %s is refused', async (method, path, allowed) => {
  const answer = await askAdmin(door.url + path, { method })
  expect([answer.status, answer.headers.get('allow')]).toEqual([405, allowed])
})

const THRESHOLD = { signal: 'cpuRatio', warning: 0.1, critical: 0.2 }

test.each<[path: string, body: unknown, errors: readonly unknown[]]>([
  ['/admin/cache/invalidate', {}, [{ pointer: '', detail: 'must not be empty' }]],
  ['/admin/cache/invalidate', { all: false }, [{ pointer: '/all', detail: expect.any(String) }]],
  ['/admin/cache/invalidate', { keys: [] }, [{ pointer: '/keys', detail: expect.any(String) }]],
  [
    '/admin/cache/invalidate',
    { tags: ['a\nb'] },
    [{ pointer: '/tags/0', detail: 'must be one line of well-formed text' }],
  ],
  [
    '/admin/cache/invalidate',
    { keys: Array.from({ length: 101 }, () => 'x') },
    [{ pointer: '/keys', detail: expect.any(String) }],
  ],
  ['/admin/cache/invalidate', { everything: true }, [{ pointer: '/everything', detail: 'is not known here' }]],
  ['/admin/cache/warmup', { limits: [101] }, [{ pointer: '/limits/0', detail: expect.any(String) }]],
  ['/admin/cache/warmup', { tasks: ['x'] }, [{ pointer: '/tasks/0', detail: 'must be a UUID' }]],
  ['/admin/monitoring/threshold', {}, [{ pointer: '/signal' }, { pointer: '/warning' }, { pointer: '/critical' }]],
  [
    '/admin/monitoring/threshold',
    { ...THRESHOLD, signal: 'nobody' },
    [{ pointer: '/signal', detail: expect.stringContaining('must be one of memoryRatio, cpuRatio, ') }],
  ],
  ['/admin/monitoring/threshold', { ...THRESHOLD, signal: 'toString' }, [{ pointer: '/signal' }]],
  [
    '/admin/monitoring/threshold',
    { ...THRESHOLD, warning: '0.1' },
    [{ pointer: '/warning', detail: 'must be number' }],
  ],
  ['/admin/monitoring/threshold', { ...THRESHOLD, warning: 0 }, [{ pointer: '/warning' }]],
  [
    '/admin/monitoring/threshold',
    { ...THRESHOLD, critical: 0.1 },
    [{ pointer: '', detail: 'Expected `thresholds.critical` to be over its warning of 0.1, got 0.1' }],
  ],
  ['/admin/monitoring/threshold', { ...THRESHOLD, critical: 7 }, [{ pointer: '' }]],
  [
    '/admin/performance/traces?limit=101',
    undefined,
    [{ parameter: 'limit', detail: 'must be an integer from 1 to 100' }],
  ],
  ['/admin/performance/bottlenecks?by=name', undefined, [{ parameter: 'by' }]],
  ['/admin/performance/bottlenecks?by=time&by=p95', undefined, [{ parameter: 'by' }]],
  ['/admin/logs/search?level=loud', undefined, [{ parameter: 'level' }]],
  ['/admin/logs/search?from=yesterday', undefined, [{ parameter: 'from' }]],
  ['/admin/logs/search?from=2026-02-30T25:00:00Z', undefined, [{ parameter: 'from' }]],
  ['/admin/logs/search?from=2&to=1', undefined, [{ parameter: 'to', detail: 'must be after `from`' }]],
  ['/admin/logs/search?limit=0', undefined, [{ parameter: 'limit' }]],
  ['/admin/logs/search?traceId=7', undefined, [{ parameter: 'traceId' }]],
  ['/admin/logs/search?text=', undefined, [{ parameter: 'text' }]],
  ['/admin/logs/analytics?everyMs=1', undefined, [{ parameter: 'everyMs' }]],
  ['/admin/logs/tail?limit=1', undefined, [{ parameter: 'limit', detail: 'is not known here' }]],
  ['/admin/logs/export', { from: '2', to: '1' }, [{ pointer: '/to', detail: 'must be after `from`' }]],
  ['/admin/logs/export', { maxBytes: 0 }, [{ pointer: '/maxBytes' }]],
])('%s refuses what is wrong: %#', async (path, body, errors) => {
  const answer = await askAdmin(door.url + path, { body })
  const problem = await problemOf(answer)
  expect(problem).toMatchObject({ type: '/problems/invalid-request', status: 400, errors })
  expect(answer.headers.get('cache-control')).toBe('no-store')
})

test('without LOG_FILE it is told that there is no log to read', async () => {
  for (const [method, path] of ADMIN_ROUTES.filter(([, path]) => path.startsWith('/admin/logs/'))) {
    const answer = await askAdmin(door.url + path, { method, body: method === 'POST' ? {} : undefined })
    expect(await problemOf(answer)).toMatchObject({
      type: '/problems/no-log-file',
      status: 409,
      detail: expect.stringContaining('LOG_FILE'),
    })
  }
})

test('without spans there are no traces, and it says so', async () => {
  const answer = await askAdmin(`${door.url}/admin/performance/traces`)
  expect(await answer.json()).toEqual({ perSecond: 0, traces: [] })
})
