import { strict as assert } from 'node:assert'
import { once } from 'node:events'
import { WebSocket } from 'ws'
import { until } from '../services/until.ts'
import { type Catalog, openCatalog } from './catalog.ts'
import { buildQuickstart, readQuickstart, type Started, startQuickstart } from './started.ts'

const TRACE_ID = '0af7651916cd43dd8448eb211c80319c'
const TRACED = { traceparent: `00-${TRACE_ID}-b7ad6b7169203331-01` }
/** What is waited for has long happened by then. */
const LIMIT_MS = 15_000
/** Failures that open any circuit. */
const MOST_FAILURES = 200

/** A quickstart under test. */
export interface Quickstart {
  /** Starts it, with a service to depend on. */
  start(): Promise<void>
  /** What it has to do, in this order. */
  readonly cases: readonly QuickstartCase[]
  /** Ends it, however it is. */
  stop(): Promise<void>
}

/** One thing that a quickstart does, for any runner: `test(name, run)`. */
export interface QuickstartCase {
  readonly name: string
  run(): Promise<void>
}

/**
 * Puts a quickstart under test: a service with `/products/:id`, which it gets from `CATALOG_URL`. One that depends on a package
 * for WebSockets answers them at `/live` as well.
 *
 * @param folder Where its package.json is.
 */
export function createQuickstart(folder: string): Quickstart {
  const isLive = Object.keys(readQuickstart(folder).dependencies ?? {}).some((name) => name.includes('websocket'))
  let catalog: Catalog
  let whole: Started
  let cut: Started
  let socket: WebSocket | undefined

  const live: Readonly<Record<string, QuickstartCase['run']>> = {
    async 'answers on a WebSocket, and counts what is said there'() {
      socket = new WebSocket(`${(await whole.url).replace('http', 'ws')}/live`)
      const limit = { signal: AbortSignal.timeout(LIMIT_MS) }
      await once(socket, 'open', limit)
      const answered = once(socket, 'message', limit)
      socket.send(JSON.stringify({ event: 'find', data: 'dinghy' }))
      const product = { id: 'dinghy', name: 'Name of dinghy' }
      assert.deepEqual(JSON.parse(String((await answered)[0])), { event: 'product', data: product })
      assert.equal(catalog.callsOf('dinghy').length, 1)
      const lines = (await ask(whole, '/metrics')).body.split('\n')
      for (const line of ['websocket_connections_active 1', 'websocket_messages_total{direction="received"} 1'])
        assert.ok(lines.includes(line), line)
    },
  }

  const cases: typeof live = {
    async 'is alive and ready'() {
      for (const path of ['/livez', '/readyz']) {
        const { status, body } = await ask(whole, path)
        assert.deepEqual([status, JSON.parse(body).status], [200, 'healthy'], path)
      }
    },

    async 'asks what it depends on once, inside the trace'() {
      for (let times = 0; times < 3; times++) {
        const { status, body } = await ask(whole, '/products/anchor', TRACED)
        assert.deepEqual([status, JSON.parse(body)], [200, { id: 'anchor', name: 'Name of anchor' }])
      }
      const [parent, ...others] = catalog.callsOf('anchor')
      assert.deepEqual(others, [])
      assert.match(parent ?? '', new RegExp(`^00-${TRACE_ID}-[0-9a-f]{16}-01$`))
    },

    async 'writes a line for each request, with the ids of its trace, and none for probes'() {
      await ask(whole, '/products/bollard', TRACED)
      const isOf = (line: Line): boolean => line.path === '/products/bollard'
      const line = await find(whole, isOf)
      assert.equal(line.traceId, TRACE_ID)
      assert.deepEqual([line.route, line.status, line.outcome], ['/products/:id', 200, 'finished'])
      assert.match(String(line.spanId), /^[0-9a-f]{16}$/)
      const own = await find(whole, ({ product }) => product === 'bollard')
      assert.deepEqual([own.traceId, own.requestId], [TRACE_ID, line.requestId])
      // One that is slow is written all the same, and on a busy machine any may be.
      assert.deepEqual(
        whole.lines.filter(({ path, slow }) => path === '/readyz' && slow !== true),
        [],
      )
      await ask(whole, '/products/cleat')
      assert.match(String((await find(whole, ({ path }) => path === '/products/cleat')).traceId), /^[0-9a-f]{32}$/)
    },

    async 'answers errors as problem+json, and says nothing of the inside'() {
      const wanted = {
        '/products/missing': [404, 'Not Found'],
        '/nowhere': [404, 'Not Found'],
        '/products/%zz': [400, 'Bad Request'],
        '/products/broken': [502, 'Bad Gateway'],
      }
      for (const [path, [status, title]] of Object.entries(wanted)) {
        const answer = await ask(whole, path)
        assert.match(answer.headers.get('content-type') ?? '', /^application\/problem\+json/, path)
        assert.deepEqual(JSON.parse(answer.body), { type: 'about:blank', title, status }, path)
        assert.equal(answer.status, status)
      }
      const line = await find(whole, ({ err }) => err !== undefined)
      assert.match(JSON.stringify(line.err), /The catalog answered 500/)
      assert.match(String(line.traceId), /^[0-9a-f]{32}$/)
    },

    async 'counts requests by their route, beside what its parts measure'() {
      const { body } = await ask(whole, '/metrics')
      const wanted = [
        ...[200, 404, 502].map((status) => `{method="GET",route="/products/:id",status_code="${status}"}`),
        '{method="GET",route="unmatched",status_code="404"}',
      ].map((labels) => `http_request_duration_seconds_count${labels} `)
      const parts = [
        'breaker_calls_total{',
        'cache_hits_total{',
        'health_',
        'logger_',
        'monitor_',
        'shutdown_',
        'tracing_',
      ]
      const lines = body.split('\n')
      assert.deepEqual(
        [...wanted, ...parts].filter((begin) => !lines.some((line) => line.startsWith(begin))),
        [],
      )
    },

    ...(isLive ? live : {}),

    async 'answers at SIGTERM what is under way, and ends with 0'() {
      const url = await whole.url
      const closed = socket && once(socket, 'close', { signal: AbortSignal.timeout(LIMIT_MS) })
      const answer = ask(whole, '/products/slow')
      await until('be asked', async () => (catalog.callsOf('slow').length > 0 ? undefined : 'nobody asks'), LIMIT_MS)
      const end = whole.end('SIGTERM')
      await until(
        'stop listening',
        () =>
          fetch(url).then(
            () => 'it listens',
            () => undefined,
          ),
        LIMIT_MS,
      )
      catalog.letGo()
      assert.equal((await answer).status, 200)
      assert.deepEqual(await end, { code: 0, stderr: '' })
      if (closed) assert.equal((await closed)[0], 1001, 'the code that its WebSocket is closed with')
    },

    async 'refuses at once, and says when to come back, while what it depends on is broken'() {
      for (let times = 0; times < MOST_FAILURES; times++) {
        const { status, headers, body } = await ask(cut, `/products/broken-${times}`)
        if (status === 502) continue
        assert.deepEqual(JSON.parse(body), { type: 'about:blank', title: 'Service Unavailable', status: 503 })
        assert.match(headers.get('retry-after') ?? '', /^[1-9]\d*$/)
        assert.equal((await ask(cut, '/readyz')).status, 200)
        return
      }
      assert.fail(`It still asks after ${MOST_FAILURES} failures`)
    },
  }

  return {
    async start() {
      await buildQuickstart(folder)
      catalog = await openCatalog()
      whole = startQuickstart(folder, { CATALOG_URL: catalog.url })
      cut = startQuickstart(folder, { CATALOG_URL: catalog.url })
      await Promise.all([whole.url, cut.url])
    },
    cases: Object.entries(cases).map(([name, run]) => ({ name, run })),
    async stop() {
      socket?.terminate()
      catalog?.close()
      await Promise.all([whole?.end('SIGKILL'), cut?.end('SIGKILL')])
    },
  }
}

type Line = Started['lines'][number]

interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly body: string
}

async function ask(started: Started, path: string, headers: Record<string, string> = {}): Promise<Answer> {
  const response = await fetch(`${await started.url}${path}`, { headers, signal: AbortSignal.timeout(LIMIT_MS) })
  return { status: response.status, headers: response.headers, body: await response.text() }
}

/** The first line of a kind. It may come after the answer. */
async function find(started: Started, isWanted: (line: Line) => boolean): Promise<Line> {
  const search = async () => (started.lines.some(isWanted) ? undefined : 'there is none')
  await until('find a line', search, LIMIT_MS)
  return started.lines.find(isWanted) as Line
}
