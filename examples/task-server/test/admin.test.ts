import { readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs'
import { type IncomingMessage, request } from 'node:http'
import { join } from 'node:path'
import { usePostgres, useRedis } from '@breakwater/testing/services'
import pg from 'pg'
import { beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { ADMIN_TOKEN, adminJson, askAdmin } from './support/admin.ts'
import { createFolder } from './support/folders.ts'
import { type ServerProcess, startServer } from './support/server.ts'

const TASKS = '/api/v1/tasks'
const JWT = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U'
/** Enough not to fit between a server and a client that does not read. */
const OLD_LINES = 60_000

const postgres = usePostgres()
const redis = useRedis()
let databaseUrl: string
let logFile: string
let server: ServerProcess
/** Two instances. The first one writes a log to a file, and takes spans of all requests. */
let one: string
let two: string

beforeAll(async () => {
  databaseUrl = await postgres.createDatabase()
  logFile = join(await createFolder(), 'app.log')
  writeFileSync(logFile, oldLines())
  const common = { DATABASE_URL: databaseUrl, REDIS_URL: redis.url, ADMIN_TOKEN }
  server = startServer({ ...common, LOG_FILE: logFile, SLOW_TRACES_PER_SECOND: '100000' })
  const other = startServer(common)
  two = await other.listening
  one = await addressIn(logFile)
}, 60_000)

/** Where it listens is in its log. */
function addressIn(file: string): Promise<string> {
  return vi.waitFor(
    () => {
      const [, url] = /listens on (http:[^"]+)"/.exec(readFileSync(file, 'utf8')) ?? []
      if (url === undefined) throw new Error(`Nobody listens: ${server.stderr}`)
      return url
    },
    { timeout: 15_000 },
  )
}

/** As of an hour ago. */
function oldLines(): string {
  const time = new Date(Date.now() - 3_600_000).toISOString()
  return Array.from(
    { length: OLD_LINES },
    (_, n) => `${JSON.stringify({ level: 'info', time, event: 'old', n, msg: 'x'.repeat(60) })}\n`,
  ).join('')
}

async function create(url: string, title: string): Promise<string> {
  const headers = { 'content-type': 'application/json' }
  const answer = await fetch(url + TASKS, { method: 'POST', headers, body: JSON.stringify({ title }) })
  return ((await answer.json()) as { id: string }).id
}

async function titleOf(url: string, id: string): Promise<string> {
  return ((await (await fetch(`${url}${TASKS}/${id}`)).json()) as { title: string }).title
}

async function firstTitleOf(url: string): Promise<string | undefined> {
  const { items } = (await (await fetch(`${url}${TASKS}?limit=1`)).json()) as { items: { title: string }[] }
  return items[0]?.title
}

/** As nobody does who should: the cache does not hear of it. */
async function renameBehind(id: string, title: string): Promise<void> {
  const client = new pg.Client(databaseUrl)
  await client.connect()
  await client.query('update tasks set title = $2 where id = $1', [id, title])
  await client.end()
}

describe('the cache', () => {
  test.each([
    ['by key', (id: string) => ({ keys: [`task:${id.toUpperCase()}`] }), 'new', 'old'],
    ['by tag', () => ({ tags: ['lists'] }), 'old', 'new'],
    ['all of it', () => ({ all: true }), 'new', 'new'],
  ])('what is made void %s is void in all instances', async (_, bodyOf, ofTask, ofList) => {
    const id = await create(one, 'old')
    for (const url of [one, two]) expect([await titleOf(url, id), await firstTitleOf(url)]).toEqual(['old', 'old'])
    await renameBehind(id, 'new')
    for (const url of [one, two]) expect([await titleOf(url, id), await firstTitleOf(url)]).toEqual(['old', 'old'])
    const answer = await adminJson(`${one}/admin/cache/invalidate`, bodyOf(id))
    expect(answer).toMatchObject({ state: 'applied' })
    for (const url of [one, two])
      await expect.poll(async () => [await titleOf(url, id), await firstTitleOf(url)]).toEqual([ofTask, ofList])
  })

  test('what is warmed up is in memory when it is asked for', async () => {
    const ids = [await create(two, 'a'), await create(two, 'b')]
    await adminJson(`${two}/admin/cache/invalidate`, { all: true })
    const nobody = '01890000-0000-7000-8000-000000000000'
    const body = { limits: [20, 30], boards: ['main'], tasks: [...ids, nobody] }
    expect(await adminJson(`${two}/admin/cache/warmup`, body)).toMatchObject({
      pages: 4,
      tasks: 2,
      missing: 1,
      failed: 0,
      isComplete: true,
    })
    type Stats = { shared: string; numbers: { cache_misses_total: number; cache_hits_total: { memory: number } } }
    const before = await adminJson<Stats>(`${two}/admin/cache/stats`)
    for (const path of ['', '?limit=30', '?board=main', ...ids.map((id) => `/${id}`)]) await fetch(two + TASKS + path)
    const { shared, numbers, ...rest } = await adminJson<Stats>(`${two}/admin/cache/stats`)
    expect(numbers.cache_misses_total).toBe(before.numbers.cache_misses_total)
    expect(numbers.cache_hits_total.memory - before.numbers.cache_hits_total.memory).toBe(5)
    expect(shared).toBe('up')
    expect(rest).toMatchObject({ name: 'tasks', windows: { '1m': { hits: expect.any(Number) } } })
  })
})

describe('monitoring', () => {
  test('everything that is measured is told', async () => {
    type Told = { process: { level: string }; families: { name: string; series: { value: unknown }[] }[] }
    const { process, families } = await adminJson<Told>(`${one}/admin/monitoring/metrics`)
    expect(['ok', 'warning', 'critical']).toContain(process.level)
    const names = families.filter(({ series }) => series.length > 0).map(({ name }) => name)
    for (const part of [
      'http_',
      'cache_',
      'breaker_',
      'bulkhead_',
      'health_',
      'monitor_',
      'logger_',
      'shutdown_',
      'tracing_',
      'process_',
    ])
      expect(names.some((name) => name.startsWith(part))).toBe(true)
  })

  test('thresholds can be set, hold at once, and it is logged', async () => {
    const path = `${one}/admin/monitoring/threshold`
    type Told = { process: { signals: Record<string, unknown> } }
    expect(await adminJson(path, { signal: 'cpuRatio', warning: 0.65, critical: 0.85 })).toEqual({
      signal: 'cpuRatio',
      before: { warning: 0.6, critical: 0.8 },
      after: { warning: 0.65, critical: 0.85 },
    })
    const { process } = await adminJson<Told>(`${one}/admin/monitoring/metrics`)
    expect(process.signals.cpuRatio).toMatchObject({ warning: 0.65, critical: 0.85 })
    const { lines } = await adminJson<Lines>(`${one}/admin/logs/search?event=thresholds:set`)
    expect(lines).toMatchObject([{ signal: 'cpuRatio', from: { warning: 0.6 }, to: { warning: 0.65 } }])
  })
})

describe('performance', () => {
  test('routes have their percentiles, and requests are counted by status', async () => {
    await fetch(`${one}${TASKS}/nobody`)
    type Told = {
      routes: { route: string; requests: number; p50Ms: number; p99Ms: number }[]
      sinceStart: { requests: number; routes: Record<string, Record<string, number>> }
    }
    const { routes, sinceStart } = await adminJson<Told>(`${one}/admin/performance/metrics`)
    const get = routes.find(({ route }) => route === `GET ${TASKS}/:id`)
    expect(get?.requests).toBeGreaterThan(0)
    expect(get?.p50Ms).toBeLessThanOrEqual(get?.p99Ms ?? 0)
    expect(sinceStart.routes[`GET ${TASKS}/:id`]?.['400']).toBeGreaterThan(0)
    expect(sinceStart.requests).toBeGreaterThan(5)
  })

  test('the slowest traces have what the database was asked, and lead to lines of the log', async () => {
    await create(one, 'Traced')
    type Told = {
      perSecond: number
      traces: { name: string; traceId: string; spans: { name: string; attributes: object }[] }[]
    }
    const path = `${one}/admin/performance/traces?limit=1&name=${encodeURIComponent(`POST ${TASKS}`)}`
    const { perSecond, traces } = await adminJson<Told>(path)
    expect([perSecond, traces.length]).toEqual([100_000, 1])
    const [trace] = traces
    expect(trace?.spans.map(({ name }) => name)).toEqual(
      expect.arrayContaining([`POST ${TASKS}`, 'database task-create']),
    )
    const { lines } = await adminJson<Lines>(`${one}/admin/logs/search?traceId=${trace?.traceId}&event=request`)
    expect(lines).toMatchObject([{ event: 'request', method: 'POST', path: TASKS, traceId: trace?.traceId }])
    // Who looks at traces is not in them.
    expect(JSON.stringify(await adminJson(`${one}/admin/performance/traces?limit=100`))).not.toContain('/admin/')
  })

  test('bottlenecks can be asked for by kind', async () => {
    const { kinds } = await adminJson<{ kinds: { kind: string; top: unknown[] }[] }>(
      `${one}/admin/performance/bottlenecks?kind=query&limit=2&by=p95`,
    )
    expect(kinds).toMatchObject([{ kind: 'query' }])
    expect(kinds[0]?.top).toHaveLength(2)
  })
})

interface Lines {
  readonly lines: readonly Record<string, unknown>[]
  readonly nextCursor: string | null
}

describe('logs', () => {
  test('lines are found by path, status, level, text and time, without secrets', async () => {
    const from = Date.now() - 5_000
    for (const n of [1, 2, 3]) await fetch(`${one}/nowhere/${n}?access_token=canary-of-query`)
    await fetch(`${one}/nowhere/${JWT}`)
    const search = (query: string): Promise<Lines> => adminJson(`${one}/admin/logs/search?${query}`)
    expect((await search('path=/nowhere/2')).lines).toMatchObject([{ status: 404, path: '/nowhere/2', level: 'warn' }])
    expect((await search(`status=404&from=${from}&event=request`)).lines.length).toBeGreaterThanOrEqual(4)
    expect((await search('text=NOWHERE/3')).lines).toMatchObject([{ path: '/nowhere/3' }])
    expect((await search('text=NOWHERE/3&level=error')).lines).toEqual([])
    expect((await search('text=nowhere&to=2020-01-01')).lines).toEqual([])
    const all = JSON.stringify(await search('text=nowhere'))
    expect(all).toContain('[redacted jwt]')
    expect(all).not.toMatch(/canary|eyJ/)
  })

  test('a cursor leads from page to page', async () => {
    const page = (cursor: string): Promise<Lines> => adminJson(`${one}/admin/logs/search?event=old&limit=1000${cursor}`)
    const first = await page('')
    const second = await page(`&cursor=${first.nextCursor}`)
    expect([first, second].map(({ lines }) => [lines[0]?.n, lines.at(-1)?.n])).toEqual([
      [OLD_LINES - 1, OLD_LINES - 1_000],
      [OLD_LINES - 1_001, OLD_LINES - 2_000],
    ])
    const other = await askAdmin(`${one}/admin/logs/search?event=other&cursor=${first.nextCursor}`)
    expect([other.status, await other.json()]).toMatchObject([400, { errors: [{ parameter: 'cursor' }] }])
  })

  test('lines are counted over time, by what is asked for', async () => {
    type Told = { total: number; totals: unknown[]; intervals: { count: number }[] }
    const from = Date.now() - 2 * 3_600_000
    const told = await adminJson<Told>(`${one}/admin/logs/analytics?from=${from}&by=event&everyMs=3600000`)
    expect(told.totals[0]).toEqual({ value: 'old', count: OLD_LINES })
    expect(told.intervals.reduce((sum, { count }) => sum + count, 0)).toBe(told.total)
    // The last hour, if nothing is said.
    const recent = await adminJson<Told>(`${one}/admin/logs/analytics?event=old&to=${Date.now() - 3_700_000}`)
    expect(recent.total).toBe(0)
  })

  test('an export has every line that is wanted, and says where it was cut', async () => {
    const whole = await askAdmin(`${one}/admin/logs/export`, { body: { event: 'old' } })
    expect(whole.headers.get('content-type')).toBe('application/x-ndjson')
    expect(whole.headers.get('cache-control')).toBe('no-store')
    const lines = (await whole.text()).trimEnd().split('\n')
    expect([lines.length, JSON.parse(lines.at(-1) ?? '')]).toMatchObject([OLD_LINES, { n: OLD_LINES - 1 }])
    const cut = await askAdmin(`${one}/admin/logs/export`, { body: { maxBytes: 1_000 } })
    const [first, ...rest] = (await cut.text()).trimEnd().split('\n')
    expect(JSON.parse(first ?? '')).toMatchObject({ n: 0 })
    expect(JSON.parse(rest.at(-1) ?? '')).toEqual({ event: 'export:cut', maxBytes: 1_000 })
  })

  test('an export of which the client goes away lets go of the file, and of its place', async () => {
    const open = [await beginExport(), await beginExport()]
    expect(openLogs()).toBe(3)
    const third = await askAdmin(`${one}/admin/logs/export`, { body: {} })
    expect([third.status, third.headers.get('retry-after')]).toEqual([429, '1'])
    for (const response of open) response.destroy()
    await expect.poll(openLogs).toBe(1)
    expect((await askAdmin(`${one}/admin/logs/export`, { body: { event: 'none' } })).status).toBe(200)
  })

  test('a tail has lines as they are written, and ends when the server does', async () => {
    const tails = await Promise.all(Array.from({ length: 5 }, () => beginTail('path=/nowhere/tail')))
    expect((await askAdmin(`${one}/admin/logs/tail`)).status).toBe(429)
    for (const tail of tails.slice(1)) tail.response.destroy()
    await fetch(`${one}/nowhere/other`)
    await fetch(`${one}/nowhere/tail`)
    const [tail] = tails
    await expect.poll(() => tail?.text).toContain('"path":"/nowhere/tail"')
    expect(tail?.text).toMatch(/^:\n\ndata: \{.+\}\n\n$/)
    const ended = server.end('SIGTERM')
    expect(await tail?.ended).toBe('whole')
    expect((await ended).code).toBe(0)
    // That it lasted is no slowness. One too many was refused.
    const lines = readFileSync(logFile, 'utf8').split('\n')
    const told = lines.filter((line) => line.includes('/admin/logs/tail') && line.includes('"event":"request"'))
    expect(told.map((line) => JSON.parse(line).status)).toEqual([429])
    expect(lines.filter((line) => line.includes('tail:opened'))).toHaveLength(5)
  })
})

function send(method: string, path: string, body: string): Promise<IncomingMessage> {
  const headers = { authorization: `Bearer ${ADMIN_TOKEN}`, 'content-type': 'application/json' }
  return new Promise((resolve, reject) => {
    request(
      `${one}${path}`,
      { method, headers: method === 'GET' ? { authorization: headers.authorization } : headers },
      resolve,
    )
      .on('error', reject)
      .end(body)
  })
}

/** An export of which nothing more is read than has come. */
async function beginExport(): Promise<IncomingMessage> {
  const response = await send('POST', '/admin/logs/export', '{}')
  onTestFinished(() => void response.destroy())
  await new Promise((resolve) => response.once('data', resolve))
  return response.pause().on('error', () => {})
}

/** How often that process has the log open: once to write. */
function openLogs(): number {
  const folder = `/proc/${server.process.pid}/fd`
  return readdirSync(folder).filter((fd) => {
    try {
      return readlinkSync(join(folder, fd)) === logFile
    } catch {
      return false
    }
  }).length
}

interface Tail {
  readonly response: IncomingMessage
  readonly text: string
  readonly ended: Promise<'whole' | 'cut'>
}

async function beginTail(query: string): Promise<Tail> {
  const response = await send('GET', `/admin/logs/tail?${query}`, '')
  let text = ''
  response.setEncoding('utf8').on('data', (part: string) => {
    text += part
  })
  const ended = new Promise<'whole' | 'cut'>((resolve) => {
    response.on('error', () => {}).once('close', () => resolve(response.complete ? 'whole' : 'cut'))
  })
  await expect.poll(() => text).toContain(':')
  return {
    response,
    get text() {
      return text
    },
    ended,
  }
}
