import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import { usePostgres } from '@breakwater/testing/services'
import { test } from 'vitest'
import { LiveClient } from './support/live-client.ts'
import { PRODUCTION, startServer } from './support/server.ts'

const postgres = usePostgres()
const ADMIN_TOKEN = 'canary-of-the-token'
/** Of a span that answers somebody, as OTLP says it. */
const SERVER_KIND = 2
const TRACE_ID = '0af7651916cd43dd8448eb211c80319c'
const HEADERS = { 'content-type': 'application/json', traceparent: `00-${TRACE_ID}-b7ad6b7169203331-01` }

async function talk(url: string): Promise<void> {
  await fetch(`${url}/api/v1/tasks`, { method: 'POST', headers: HEADERS, body: '{"title":"Task"}' })
  await fetch(`${url}/api/v1/tasks?cursor=x`)
  for (let round = 0; round < 3; round++) await fetch(`${url}/nowhere/${round}`)
}

test.concurrent('every request is counted once, by its route, beside what all parts measure', async ({ expect }) => {
  const DATABASE_URL = await postgres.createDatabase()
  const server = startServer({ ...PRODUCTION, DATABASE_URL })
  const url = await server.listening
  await talk(url)
  const text = await (await fetch(`${url}/metrics`)).text()
  const counted = [...text.matchAll(/^http_request_duration_seconds_count\{(.+)\} (\d+)$/gm)]
  expect(Object.fromEntries(counted.map(([, labels, count]) => [labels, Number(count)]))).toEqual({
    'method="POST",route="/api/v1/tasks",status_code="201"': 1,
    'method="GET",route="/api/v1/tasks",status_code="400"': 1,
    'method="GET",route="unmatched",status_code="404"': 3,
  })
  for (const name of ['cache_misses', 'breaker_calls', 'bulkhead_calls', 'health_', 'logger_', 'monitor_', 'shutdown_'])
    expect(text).toMatch(new RegExp(`^${name}.* [\\d.]+$`, 'm'))
  expect((await server.end('SIGTERM')).code).toBe(0)
})

test.concurrent('an administrator sees the routes and statements that take longest', async ({ expect }) => {
  const DATABASE_URL = await postgres.createDatabase()
  const server = startServer({ DATABASE_URL, ADMIN_TOKEN })
  const url = await server.listening
  await talk(url)
  const path = `${url}/admin/performance/bottlenecks`
  const refused = await fetch(path)
  expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([401, 'Bearer'])
  const { type } = (await refused.json()) as { type: string }
  expect(await (await fetch(url + type)).json()).toEqual({ type, title: expect.any(String), status: 401 })
  const answer = await fetch(path, { headers: { authorization: `Bearer ${ADMIN_TOKEN}` } })
  const { kinds } = (await answer.json()) as { kinds: { kind: string; top: { name: string }[] }[] }
  const namesOf = (kind: string): string[] => kinds.find((one) => one.kind === kind)?.top.map(({ name }) => name) ?? []
  expect(namesOf('route')).toContain('POST /api/v1/tasks')
  expect(namesOf('query').join('\n').toLowerCase()).toContain('insert into')
  await server.end('SIGTERM')
})

test.concurrent('a collector gets the spans of requests and of what is done for them, also the last ones', async ({
  expect,
}) => {
  const received: unknown[] = []
  const collector = createServer(async (request, response) => {
    received.push(await json(request))
    response.end('{}')
  }).listen(0, '127.0.0.1')
  await once(collector, 'listening')
  const { port } = collector.address() as AddressInfo
  const DATABASE_URL = await postgres.createDatabase()
  const OTEL_EXPORTER_OTLP_ENDPOINT = `http://127.0.0.1:${port}/`
  const server = startServer({ ...PRODUCTION, DATABASE_URL, OTEL_EXPORTER_OTLP_ENDPOINT })
  const url = await server.listening
  await talk(url)
  const client = await new LiveClient(url).connect()
  expect((await client.request('create', { task: { title: 'Live' } })).status).toBe(201)
  client.close()
  const { code, stdout } = await server.end('SIGTERM')
  collector.close()
  collector.closeAllConnections()
  expect(code).toBe(0)

  type Span = { name: string; kind: number; traceId: string; spanId: string; parentSpanId?: string }
  type Sent = { resourceSpans: { scopeSpans: { spans: Span[] }[] }[] }
  const spans = (received as Sent[])
    .flatMap(({ resourceSpans }) => resourceSpans)
    .flatMap(({ scopeSpans }) => scopeSpans)
    .flatMap(({ spans }) => spans)
  const request = spans.find(({ name }) => name === 'POST /api/v1/tasks')
  expect(request).toMatchObject({ traceId: TRACE_ID, parentSpanId: 'b7ad6b7169203331' })
  expect(spans.filter(({ parentSpanId }) => parentSpanId === request?.spanId).map(({ name }) => name)).toContain(
    'database task-create',
  )
  const line = stdout.split('\n').find((text) => text.includes('"POST"'))
  expect(JSON.parse(line ?? '{}')).toMatchObject({ traceId: TRACE_ID, spanId: request?.spanId })

  const live = spans.find(({ name }) => name === 'live create')
  expect(live).toMatchObject({ kind: SERVER_KIND, traceId: expect.not.stringContaining(TRACE_ID) })
  expect(live?.parentSpanId ?? '').toBe('')
  expect(spans.filter(({ parentSpanId }) => parentSpanId === live?.spanId).map(({ name }) => name)).toContain(
    'database task-create',
  )
  const liveLine = stdout.split('\n').find((text) => text.includes('"live:create"'))
  expect(JSON.parse(liveLine ?? '{}')).toMatchObject({ traceId: live?.traceId, spanId: live?.spanId })
})

test.concurrent('a collector that is not there is in nobody’s way', async ({ expect }) => {
  const DATABASE_URL = await postgres.createDatabase()
  const server = startServer({ DATABASE_URL, OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' })
  await talk(await server.listening)
  expect((await server.end('SIGTERM')).code).toBe(0)
})
