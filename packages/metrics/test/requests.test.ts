import { channel } from 'node:diagnostics_channel'
import { once } from 'node:events'
import {
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type RequestListener,
  ServerResponse,
} from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { attach } from '@breakwater/core'
import { toListener } from '@breakwater/express'
import { toPlugin } from '@breakwater/fastify'
import fastify from 'fastify'
import { expect, onTestFinished, test, vi } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { createMetrics, type Metrics, type MetricsOptions } from '../src/index.ts'

interface Served {
  readonly metrics: Metrics
  readonly server: ReturnType<typeof createServer>
  readonly port: number
}

type Handle = (request: IncomingMessage & { route?: { path: string } }, response: ServerResponse) => unknown

/** Node's own server with all hooks, where `/tasks/…` is the route `/tasks/:id`. */
async function serve(handle: Handle, options: MetricsOptions = {}): Promise<Served> {
  const metrics = createMetrics({ process: false, ...options })
  const listener = toListener({ hooks: [metrics.hook] }, (request: Parameters<Handle>[0], response) => {
    if (request.url?.startsWith('/tasks/')) request.route = { path: '/tasks/:id' }
    return handle(request, response)
  }) as RequestListener
  const server = createServer(listener)
  attach(server, [metrics.serverHook])
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(async () => {
    server.closeAllConnections()
    server.close()
    await metrics.close()
  })
  return { metrics, server, port: (server.address() as AddressInfo).port }
}

/** Lines of a metric, with their values. */
async function linesOf(metrics: Metrics, name: string): Promise<Record<string, number>> {
  const lines = (await metrics.text())
    .split('\n')
    .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
  return Object.fromEntries(
    lines.map((line) => {
      const end = line.lastIndexOf(' ')
      return [line.slice(name.length, end), Number(line.slice(end + 1))]
    }),
  )
}

const counted = (metrics: Metrics): Promise<Record<string, number>> =>
  linesOf(metrics, 'http_request_duration_seconds_count')

/** Sends something, and waits for the end of the connection. */
async function sendRaw(port: number, text: string): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  let answer = ''
  socket.on('data', (chunk) => {
    answer += String(chunk)
  })
  socket.on('error', () => {})
  socket.write(text)
  await new Promise((resolve) => socket.on('close', resolve))
  return answer
}

test('hook counts a finished request by route, method and status', async () => {
  const { metrics, port } = await serve((_, response) => response.writeHead(201).end('done'))
  await (await fetch(`http://127.0.0.1:${port}/tasks/7?full=1`, { method: 'PUT', body: 'x' })).text()
  await vi.waitFor(async () =>
    expect(await counted(metrics)).toEqual({ '{method="PUT",route="/tasks/:id",status_code="201"}': 1 }),
  )
})

test('hook counts what matched no route as one', async () => {
  const { metrics, port } = await serve((_, response) => response.writeHead(404).end())
  for (let i = 0; i < 5; i++) await fetch(`http://127.0.0.1:${port}/scan/${i}.php`)
  await vi.waitFor(async () =>
    expect(await counted(metrics)).toEqual({ '{method="GET",route="unmatched",status_code="404"}': 5 }),
  )
})

test('hook counts a request whose client went first as 499, and never as 200', async () => {
  const entered = Promise.withResolvers<void>()
  const { metrics, port } = await serve((_, response) => {
    response.writeHead(200).write('first')
    entered.resolve()
  })
  const request = httpRequest({ port, host: '127.0.0.1', path: '/tasks/7' }).on('error', () => {})
  request.end()
  await entered.promise
  request.destroy()
  await vi.waitFor(async () =>
    expect(await counted(metrics)).toEqual({ '{method="GET",route="/tasks/:id",status_code="499"}': 1 }),
  )
})

test('hook counts a response that this side cut as 500', async () => {
  const { metrics, port } = await serve((_, response) => {
    response.writeHead(200).write('first')
    setImmediate(() => response.destroy(new Error('lost')))
  })
  await expect(fetch(`http://127.0.0.1:${port}/tasks/7`).then((response) => response.text())).rejects.toThrow()
  await vi.waitFor(async () =>
    expect(await counted(metrics)).toEqual({ '{method="GET",route="/tasks/:id",status_code="500"}': 1 }),
  )
})

test('hook shows requests under way', async () => {
  const entered = Promise.withResolvers<ServerResponse>()
  const { metrics, port } = await serve((_, response) => entered.resolve(response))
  const answered = fetch(`http://127.0.0.1:${port}/tasks/7`)
  const response = await entered.promise
  expect(await linesOf(metrics, 'http_requests_in_flight')).toEqual({ '': 1 })
  response.end()
  await (await answered).text()
  await vi.waitFor(async () => expect(await linesOf(metrics, 'http_requests_in_flight')).toEqual({ '': 0 }))
})

test('serverHook counts what is not HTTP once, as what Node answers', async () => {
  const { metrics, port } = await serve((_, response) => response.end())
  expect(await sendRaw(port, 'GET / HTTP/9.9\r\n\r\n')).toContain('400 Bad Request')
  expect(await sendRaw(port, `GET / HTTP/1.1\r\nx: ${'y'.repeat(70_000)}\r\n\r\n`)).toContain('431 ')
  await vi.waitFor(async () =>
    expect(await counted(metrics)).toEqual({
      '{method="_OTHER",route="unmatched",status_code="400"}': 1,
      '{method="_OTHER",route="unmatched",status_code="431"}': 1,
    }),
  )
})

test('serverHook counts what Node answers by itself once, and what is answered like it, too', async () => {
  const { metrics, server, port } = await serve((_, response) => response.writeHead(400).end())
  server.maxRequestsPerSocket = 1
  expect(await sendRaw(port, 'GET /tasks/7 HTTP/1.1\r\n\r\n')).toContain('400 Bad Request')
  const head = 'POST /tasks/7 HTTP/1.1\r\nhost: a\r\n'
  expect(await sendRaw(port, `${head}expect: miracles\r\nconnection: close\r\n\r\n`)).toContain('417 ')
  expect(await sendRaw(port, `${head}\r\n${head}\r\n`)).toContain('503 ')
  await vi.waitFor(async () =>
    expect(await counted(metrics)).toEqual({
      '{method="GET",route="unmatched",status_code="400"}': 1,
      '{method="POST",route="unmatched",status_code="417"}': 1,
      '{method="POST",route="/tasks/:id",status_code="400"}': 1,
      '{method="POST",route="unmatched",status_code="503"}': 1,
    }),
  )
})

test('close() looks no more for what Node answers by itself', async () => {
  const { metrics, port } = await serve((_, response) => response.end())
  const finished = channel('http.server.response.finish')
  await sendRaw(port, 'GET / HTTP/1.1\r\n\r\n')
  expect(finished.hasSubscribers).toBe(true)
  await metrics.close()
  expect(finished.hasSubscribers).toBe(false)
  await sendRaw(port, 'GET / HTTP/1.1\r\n\r\n')
  expect(finished.hasSubscribers).toBe(false)
  expect(await counted(metrics)).toEqual({ '{method="GET",route="unmatched",status_code="400"}': 1 })
})

test('serverHook counts a broken body as the request that has it', async () => {
  const { metrics, port } = await serve((request, response) => {
    request.on('error', () => {}).resume()
    response.writeHead(200).end('early')
  })
  const head = 'POST /tasks/7 HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n'
  await sendRaw(port, `${head}ZZZ\r\n`)
  await vi.waitFor(async () => {
    const values = Object.values(await counted(metrics))
    expect(values).toEqual([1])
  })
})

test('serverHook counts a WebSocket once, with the status of its handshake', async () => {
  const { metrics, server, port } = await serve((_, response) => response.end())
  const sockets = new WebSocketServer({ server, path: '/live' })
  onTestFinished(() => sockets.close())
  const socket = new WebSocket(`ws://127.0.0.1:${port}/live`)
  await once(socket, 'open')
  expect(await counted(metrics)).toEqual({ '{method="GET",route="unmatched",status_code="101"}': 1 })
  socket.close()
  await once(socket, 'close')
  const refused = new WebSocket(`ws://127.0.0.1:${port}/elsewhere`).on('error', () => {})
  await new Promise((resolve) => refused.on('close', resolve))
  await vi.waitFor(async () =>
    expect(await counted(metrics)).toEqual({
      '{method="GET",route="unmatched",status_code="101"}': 1,
      '{method="GET",route="unmatched",status_code="400"}': 1,
    }),
  )
})

test('serverHook counts an upgrade that nobody answered as 499', async () => {
  const { metrics, server, port } = await serve((_, response) => response.end())
  server.on('upgrade', (_, socket) => socket.destroy())
  await sendRaw(port, 'GET /live HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n')
  await vi.waitFor(async () =>
    expect(await counted(metrics)).toEqual({ '{method="GET",route="unmatched",status_code="499"}': 1 }),
  )
})

test('serverHook counts an upgrade of which a framework makes a request once, with its route', async () => {
  const { metrics, server, port } = await serve((_, response) => response.writeHead(403).end())
  const [listener] = server.listeners('request')
  server.on('upgrade', (request, socket) => {
    const response = new ServerResponse(request)
    response.assignSocket(socket as Socket)
    response.on('finish', () => socket.end())
    Reflect.apply(listener as RequestListener, server, [request, response])
  })
  const head = 'GET /tasks/7 HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n'
  expect(await sendRaw(port, head)).toContain('403 Forbidden')
  await vi.waitFor(async () => expect(await linesOf(metrics, 'http_requests_in_flight')).toEqual({ '': 0 }))
  expect(await counted(metrics)).toEqual({ '{method="GET",route="/tasks/:id",status_code="403"}': 1 })
})

test.each(['end', 'writeHead', 'pieces'])('serverHook knows the bytes of a response by %s', async (how) => {
  const { metrics, port } = await serve((_, response) => {
    if (how === 'end') response.end('x'.repeat(500))
    else if (how === 'writeHead') response.writeHead(200, { 'content-length': 500 }).end('x'.repeat(500))
    else response.writeHead(200).write('x'.repeat(250), () => response.end('x'.repeat(250)))
  })
  for (let i = 0; i < 2; i++) await (await fetch(`http://127.0.0.1:${port}/tasks/7`)).text()
  const labels = '{method="GET",route="/tasks/:id",status_code="200"}'
  await vi.waitFor(async () => expect((await linesOf(metrics, 'http_response_size_bytes_count'))[labels]).toBe(2))
  const bytes = (await linesOf(metrics, 'http_response_size_bytes_sum'))[labels] as number
  if (how === 'pieces') {
    // With what stands between the pieces.
    expect(bytes).toBeGreaterThanOrEqual(1_000)
    expect(bytes).toBeLessThan(1_050)
  } else expect(bytes).toBe(1_000)
})

test('hook knows the bytes of a request that announces them', async () => {
  const { metrics, port } = await serve((request, response) => request.resume().on('end', () => response.end()))
  await (await fetch(`http://127.0.0.1:${port}/tasks/7`, { method: 'POST', body: 'x'.repeat(300) })).text()
  await vi.waitFor(async () =>
    expect(await linesOf(metrics, 'http_request_size_bytes_sum')).toEqual({
      '{method="POST",route="/tasks/:id",status_code="200"}': 300,
    }),
  )
})

test('hook counts a request of Fastify with the prefix of its route', async () => {
  const metrics = createMetrics({ process: false })
  const app = fastify()
  await app.register(toPlugin({ hooks: [metrics.hook], serverHooks: [metrics.serverHook] }))
  await app.register(
    async (api) => {
      api.get('/tasks/:id', () => ({ id: 7 }))
    },
    { prefix: '/api' },
  )
  const origin = await app.listen({ port: 0, host: '127.0.0.1' })
  onTestFinished(() => app.close())
  await (await fetch(`${origin}/api/tasks/7`)).text()
  const labels = '{method="GET",route="/api/tasks/:id",status_code="200"}'
  await vi.waitFor(async () => expect(await counted(metrics)).toEqual({ [labels]: 1 }))
  expect((await linesOf(metrics, 'http_response_size_bytes_sum'))[labels]).toBe('{"id":7}'.length)
})

test('hook uses the names of OpenTelemetry where they are wanted', async () => {
  const { metrics, port } = await serve((_, response) => response.writeHead(503).end(), { names: 'opentelemetry' })
  await fetch(`http://127.0.0.1:${port}/tasks/7`)
  await vi.waitFor(async () =>
    expect(await linesOf(metrics, 'http_server_request_duration_seconds_count')).toEqual({
      '{http_request_method="GET",http_route="/tasks/:id",http_response_status_code="503",error_type="503"}': 1,
    }),
  )
})

test('hook keeps the span of a request as an exemplar, for those who take OpenMetrics', async () => {
  const span = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', traceFlags: 1 }
  const { metrics, port } = await serve((_, response) => response.end(), { exemplars: () => span })
  await (await fetch(`http://127.0.0.1:${port}/tasks/7`)).text()
  await vi.waitFor(async () => expect(Object.keys(await counted(metrics))).toHaveLength(1))
  const scrape = createServer(toListener({ endpoints: { '/metrics': metrics.endpoint } }, () => {}))
  scrape.listen(0, '127.0.0.1')
  await once(scrape, 'listening')
  onTestFinished(() => void scrape.close())
  const response = await fetch(`http://127.0.0.1:${(scrape.address() as AddressInfo).port}/metrics`, {
    headers: { accept: 'application/openmetrics-text; version=1.0.0' },
  })
  expect(await response.text()).toContain(`# {trace_id="${span.traceId}",span_id="${span.spanId}"}`)
})
