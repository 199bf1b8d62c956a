import { once } from 'node:events'
import { createServer, request as httpRequest, type IncomingMessage } from 'node:http'
import {
  connect as connectHttp2,
  createServer as createHttp2Server,
  type Http2ServerRequest,
  type Http2ServerResponse,
} from 'node:http2'
import { type AddressInfo, connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { attach } from '@breakwater/core'
import { toListener } from '@breakwater/express'
import { context, propagation, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import { expect, onTestFinished, test, vi } from 'vitest'
import { install, tracingFor } from './support/sdk.ts'
import { get, onNode, SERVERS } from './support/serve.ts'

const TRACE_ID = '0af7651916cd43dd8448eb211c80319c'
const SPAN_ID = 'b7ad6b7169203331'
const TRACEPARENT = `00-${TRACE_ID}-${SPAN_ID}-01`
const active = (): string | undefined => trace.getActiveSpan()?.spanContext().spanId

test.each(SERVERS)('a request has a span as the conventions say, on %s', async (_, serve) => {
  const sdk = install()
  const tracing = tracingFor()
  const server = await serve(tracing, () => ({ id: 7 }))
  const headers = { traceparent: TRACEPARENT, tracestate: 'vendor=1', 'user-agent': 'test/1' }
  expect(await get(server, '/tasks/7?token=secret', headers)).toEqual({ status: 200, body: '{"id":7}' })
  await vi.waitFor(() => expect(sdk.spans).toHaveLength(1))
  const span = sdk.find('GET /tasks/:id')
  expect(span.kind).toBe(SpanKind.SERVER)
  expect(span.spanContext().traceId).toBe(TRACE_ID)
  expect(span.parentSpanContext).toMatchObject({ spanId: SPAN_ID, isRemote: true })
  expect(span.spanContext().traceState?.serialize()).toBe('vendor=1')
  expect(span.status.code).toBe(SpanStatusCode.UNSET)
  expect(span.attributes).toEqual({
    'http.request.method': 'GET',
    'http.route': '/tasks/:id',
    'http.response.status_code': 200,
    'url.path': '/tasks/7',
    'url.scheme': 'http',
    'server.address': '127.0.0.1',
    'server.port': server.port,
    'user_agent.original': 'test/1',
    'network.protocol.version': '1.1',
  })
  expect(tracing.measure()).toContainEqual(expect.objectContaining({ name: 'tracing_spans_open', value: 0 }))
})

test.each(SERVERS)('the span is active in the handler, its timers and body listeners, on %s', async (_, serve) => {
  const sdk = install()
  const seen: Record<string, string | undefined> = {}
  const server = await serve(tracingFor(), async (request: IncomingMessage) => {
    seen.handler = active()
    if (!request.readableEnded) {
      request.on('data', () => (seen.body = active())).resume()
      await once(request, 'end')
    }
    await sleep(1)
    seen.awaited = active()
    await new Promise<void>((resolve) => {
      setTimeout(() => {
        seen.timer = active()
        setImmediate(() =>
          queueMicrotask(() =>
            process.nextTick(() => {
              seen.tick = active()
              resolve()
            }),
          ),
        )
      }, 1)
    })
  })
  await get(server, '/tasks/7', { 'content-type': 'x/y' }, { method: 'POST', body: 'some text' })
  await vi.waitFor(() => expect(sdk.spans).toHaveLength(1))
  const { spanId } = sdk.find('POST /tasks/:id').spanContext()
  for (const [where, id] of Object.entries(seen)) expect(id, where).toBe(spanId)
  expect(Object.keys(seen).length).toBeGreaterThanOrEqual(4)
})

test.each(SERVERS)('requests at once, kept alive, keep their spans apart, on %s', async (_, serve) => {
  const sdk = install()
  const server = await serve(tracingFor(), async (request) => {
    const ids = [active()]
    for (let step = 0; step < 3; step++) {
      await sleep(Math.random() * 3)
      ids.push(active())
    }
    const { originalUrl = request.url } = request as { readonly originalUrl?: string } // of Express
    return { url: originalUrl, ids }
  })
  const answers = await Promise.all(Array.from({ length: 60 }, (_, n) => get(server, `/tasks/${n}`)))
  await vi.waitFor(() => expect(sdk.spans).toHaveLength(60))
  const byPath = new Map(sdk.spans.map((span) => [span.attributes['url.path'], span.spanContext()]))
  expect(new Set([...byPath.values()].map(({ traceId }) => traceId)).size).toBe(60)
  for (const { body } of answers) {
    const { url, ids } = JSON.parse(body)
    expect(new Set(ids)).toEqual(new Set([byPath.get(url)?.spanId]))
  }
})

test('nothing that is active where a server was started becomes the parent of its requests', async () => {
  const sdk = install()
  const tracing = tracingFor()
  const server = await tracing.trace('boot', () => onNode(tracing, () => active() ?? null))
  await get(server, '/tasks/1')
  await vi.waitFor(() => expect(sdk.spans).toHaveLength(2))
  expect(sdk.find('GET /tasks/:id').parentSpanContext).toBeUndefined()
})

test.each(SERVERS)('what is unmatched, refused or fails says so, on %s', async (_, serve) => {
  const sdk = install()
  const gate = {
    onStart: ({ path }: { path: string }) => (path === '/busy' ? { status: 503, body: 'busy' } : undefined),
  }
  const server = await serve(tracingFor(), () => {
    throw new Error('no')
  }, [gate])
  expect((await get(server, '/nowhere')).status).toBe(404)
  expect((await get(server, '/busy')).status).toBe(503)
  expect((await get(server, '/tasks/1')).status).toBe(500)
  await vi.waitFor(() => expect(sdk.spans).toHaveLength(3))
  const about = sdk.spans.map(({ name, attributes, status }) => [
    name,
    attributes['http.response.status_code'],
    attributes['error.type'],
    status.code,
  ])
  expect(about).toEqual([
    ['GET', 404, undefined, SpanStatusCode.UNSET],
    ['GET', 503, '503', SpanStatusCode.ERROR],
    ['GET /tasks/:id', 500, '500', SpanStatusCode.ERROR],
  ])
})

test('a client that goes is no error, and a response that is cut is one', async () => {
  const sdk = install()
  const arrival = Promise.withResolvers<void>()
  const server = await onNode(tracingFor(), async ({ url, socket }) => {
    const closed = once(socket, 'close')
    if (url === '/tasks/cut') socket.destroy()
    else arrival.resolve()
    await closed
  })
  const leaving = httpRequest(`${server.origin}/tasks/leave`).end()
  leaving.on('error', () => {})
  await arrival.promise
  leaving.destroy()
  await expect(get(server, '/tasks/cut')).rejects.toThrow()
  await vi.waitFor(() => expect(sdk.spans).toHaveLength(2))
  const of = (path: string): unknown => {
    const span = sdk.spans.find(({ attributes }) => attributes['url.path'] === path)
    return [span?.attributes['breakwater.outcome'], span?.attributes['http.response.status_code'], span?.status.code]
  }
  expect(of('/tasks/leave')).toEqual(['aborted', undefined, SpanStatusCode.UNSET])
  expect(of('/tasks/cut')).toEqual(['failed', undefined, SpanStatusCode.ERROR])
})

test('pipelined requests have spans of their own, also those that nobody waits for', async () => {
  const sdk = install()
  const server = await onNode(tracingFor(), async (request) => {
    await sleep(request.url === '/tasks/1' ? 10 : 1)
    return active()
  })
  const socket = connect(server.port, '127.0.0.1')
  const line = (n: number): string => `GET /tasks/${n} HTTP/1.1\r\nhost: x\r\n\r\n`
  let answered = ''
  socket.setEncoding('utf8').on('data', (text) => (answered += text))
  socket.write(line(1) + line(2) + line(3))
  await vi.waitFor(() => expect(answered.match(/HTTP\/1.1 200/g)).toHaveLength(3))
  socket.destroy()
  await vi.waitFor(() => expect(sdk.spans).toHaveLength(3))
  const inOrder = [...sdk.spans].sort((a, b) =>
    String(a.attributes['url.path']).localeCompare(String(b.attributes['url.path'])),
  )
  expect(answered.match(/"[\da-f]{16}"/g)?.map((id) => id.slice(1, -1))).toEqual(
    inOrder.map((span) => span.spanContext().spanId),
  )
  expect(new Set(sdk.spans.map((span) => span.spanContext().traceId)).size).toBe(3)
})

test('an upgrade that nobody listens for is a request', async () => {
  const sdk = install()
  const tracing = tracingFor()
  const server = await onNode(tracing, () => null)
  const plain = httpRequest(`${server.origin}/tasks/1`, { headers: { connection: 'upgrade', upgrade: 'websocket' } })
  plain.end()
  const [response] = await once(plain, 'response')
  response.resume()
  await vi.waitFor(() => expect(sdk.spans).toHaveLength(1))
  expect(sdk.spans[0]?.attributes['http.response.status_code']).toBe(200)
})

test.each([
  [
    '101',
    'HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n',
    101,
    SpanStatusCode.UNSET,
  ],
  ['503', 'HTTP/1.1 503 Service Unavailable\r\n\r\n', 503, SpanStatusCode.ERROR],
  ['none', undefined, undefined, SpanStatusCode.UNSET],
])('an upgrade that is answered with %s says so', async (_, text, status, code) => {
  const sdk = install()
  const tracing = tracingFor()
  const server = createServer().on('upgrade', (_request, socket) => {
    if (text === undefined) socket.destroy()
    else if (status === 101) socket.write(text)
    else socket.end(Buffer.from(text))
  })
  attach(server, [tracing.serverHook])
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1').resume()
  socket.write(
    `GET /live HTTP/1.1\r\nhost: x\r\ntraceparent: ${TRACEPARENT}\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n`,
  )
  await vi.waitFor(() => expect(sdk.spans).toHaveLength(1))
  socket.destroy()
  const [span] = sdk.spans
  expect(span?.parentSpanContext?.spanId).toBe(SPAN_ID)
  expect(span?.attributes).toMatchObject({ 'url.path': '/live', 'http.request.header.upgrade': ['websocket'] })
  expect(span?.attributes['http.response.status_code']).toBe(status)
  expect(span?.attributes['breakwater.outcome']).toBe(status === undefined ? 'aborted' : undefined)
  expect(span?.status.code).toBe(code)
})

test('an upgrade through an open door only names its caller', async () => {
  const sdk = install()
  const tracing = tracingFor({ parent: 'link' })
  const server = createServer().on('upgrade', (_request, socket) => socket.end('HTTP/1.1 401 Unauthorized\r\n\r\n'))
  attach(server, [tracing.serverHook])
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1').resume()
  socket.write(
    `GET / HTTP/1.1\r\nhost: x\r\ntraceparent: ${TRACEPARENT}\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n`,
  )
  await vi.waitFor(() => expect(sdk.spans).toHaveLength(1))
  const [span] = sdk.spans
  expect([span?.parentSpanContext, span?.links.map((link) => link.context.spanId)]).toEqual([undefined, [SPAN_ID]])
  expect([span?.attributes['http.response.status_code'], span?.status.code]).toEqual([401, SpanStatusCode.UNSET])
})

test('requests of HTTP/2 say so', async () => {
  const sdk = install()
  const tracing = tracingFor()
  const server = createHttp2Server(
    toListener<Http2ServerRequest, Http2ServerResponse>({ hooks: [tracing.hook] }, (_, response) => response.end()),
  )
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const session = connectHttp2(`http://127.0.0.1:${port}`)
  const stream = session.request({ ':path': '/a?b' })
  stream.resume().end()
  await once(stream, 'close')
  session.close()
  server.close()
  await vi.waitFor(() => expect(sdk.spans).toHaveLength(1))
  expect(sdk.spans[0]?.attributes).toMatchObject({
    'url.path': '/a',
    'network.protocol.version': '2',
    'server.address': '127.0.0.1',
    'server.port': port,
  })
})

test.each(['link', 'ignore'] as const)('parent: %s begins a trace of its own', async (parent) => {
  const sdk = install()
  const server = await onNode(tracingFor({ parent }), () => null)
  await get(server, '/tasks/1', { traceparent: TRACEPARENT })
  await vi.waitFor(() => expect(sdk.spans).toHaveLength(1))
  const span = sdk.find('GET /tasks/:id')
  expect(span.parentSpanContext).toBeUndefined()
  expect(span.spanContext().traceId).not.toBe(TRACE_ID)
  expect(span.links.map((link) => link.context.spanId)).toEqual(parent === 'link' ? [SPAN_ID] : [])
})

test('options say what is ignored, where the service is found, and more', async () => {
  const sdk = install()
  const seen: unknown[] = []
  const tracing = tracingFor({
    ignore: ({ path }) => path === '/tasks/livez',
    origin: 'https://api.example.com',
    attributes: (exchange) => ({ tenant: exchange.header('x-tenant') ?? 'none' }),
  })
  const server = await onNode(tracing, () => void seen.push(active()))
  await get(server, '/tasks/livez')
  await get(server, '/tasks/1', { 'x-tenant': 'acme', host: 'wrong' })
  await vi.waitFor(() => expect(sdk.spans).toHaveLength(1))
  expect(seen).toEqual([undefined, sdk.spans[0]?.spanContext().spanId])
  expect(sdk.spans[0]?.attributes).toMatchObject({
    tenant: 'acme',
    'url.path': '/tasks/1',
    'url.scheme': 'https',
    'server.address': 'api.example.com',
    'server.port': 443,
  })
})

test('methods that are none make no names', async () => {
  const sdk = install()
  const server = await onNode(tracingFor(), () => null)
  const request = httpRequest(`${server.origin}/tasks/1`, { method: 'PROPFIND' }).end()
  const [response] = await once(request, 'response')
  response.resume()
  await vi.waitFor(() => expect(sdk.spans).toHaveLength(1))
  expect(sdk.find('HTTP /tasks/:id').attributes).toMatchObject({
    'http.request.method': '_OTHER',
    'http.request.method_original': 'PROPFIND',
  })
})

test('what the framework answers by itself has a span that began when it came in', async () => {
  const sdk = install()
  const [, serve] = SERVERS[2] as (typeof SERVERS)[number]
  const server = await serve(tracingFor(), () => null)
  expect((await get(server, '/%zz')).status).toBe(400)
  await vi.waitFor(() => expect(sdk.spans).toHaveLength(1))
  expect(sdk.spans[0]?.attributes['http.response.status_code']).toBe(400)
})

test('baggage comes in with the registered propagator, and goes out', async () => {
  install()
  const tracing = tracingFor()
  const server = await onNode(tracing, () => ({
    user: propagation.getBaggage(context.active())?.getEntry('user')?.value,
    out: tracing.inject(),
  }))
  const { body } = await get(server, '/tasks/1', { traceparent: TRACEPARENT, baggage: 'user=7' })
  const { user, out } = JSON.parse(body)
  expect(user).toBe('7')
  expect(out).toEqual({ traceparent: expect.stringContaining(`00-${TRACE_ID}-`), baggage: 'user=7' })
  expect(out.traceparent).not.toContain(SPAN_ID)
})

test('without a propagator, trace context comes in and goes out as the W3C says', async () => {
  const sdk = install({ propagates: false })
  const tracing = tracingFor()
  const server = await onNode(tracing, () => tracing.inject({ accept: 'text/plain' }))
  const { body } = await get(server, '/tasks/1', { traceparent: TRACEPARENT, tracestate: 'vendor=1, other=2' })
  await vi.waitFor(() => expect(sdk.spans).toHaveLength(1))
  const { spanId } = sdk.find('GET /tasks/:id').spanContext()
  expect(JSON.parse(body)).toEqual({
    accept: 'text/plain',
    traceparent: `00-${TRACE_ID}-${spanId}-01`,
    tracestate: 'vendor=1,other=2',
  })
})
