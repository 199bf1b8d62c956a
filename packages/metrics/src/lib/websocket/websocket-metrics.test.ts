import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { setImmediate } from 'node:timers/promises'
import { afterEach, expect, test } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { createWebSocketMetrics, type WebSocketMetrics } from './websocket-metrics.ts'

const cleanups: (() => unknown)[] = []

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

interface Numbers {
  active: number
  total: number
  received: number
  receivedBytes: number
  sent: number
  sentBytes: number
}

function read(metrics: WebSocketMetrics): Numbers {
  const [active, total, received, sent, receivedBytes, sentBytes] = metrics
    .collect()
    .flatMap((family) => [...family.rows()])
    .map(({ value }) => value as number) as [number, number, number, number, number, number]
  return { active, total, received, receivedBytes, sent, sentBytes }
}

/** A server, and how to connect to it. `accept` is called for each connection, as an application would. */
async function serve(
  accept: (socket: WebSocket) => void = () => {},
  options: { readonly perMessageDeflate?: boolean } = {},
): Promise<{ server: WebSocketServer; metrics: WebSocketMetrics; stop: () => void; open: () => Promise<WebSocket> }> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', ...options })
  await once(server, 'listening')
  const metrics = createWebSocketMetrics()
  const stop = metrics.watch(server)
  server.on('connection', accept)
  closeLater(server)
  return { server, metrics, stop, open: () => openAt(server.address() as AddressInfo) }
}

function closeLater(server: WebSocketServer): void {
  cleanups.push(() => {
    for (const client of server.clients) client.terminate()
    return new Promise((resolve) => void server.close(resolve))
  })
}

async function openAt({ port }: AddressInfo, path = ''): Promise<WebSocket> {
  const client = new WebSocket(`ws://127.0.0.1:${port}${path}`)
  client.on('error', () => {})
  cleanups.push(() => client.terminate())
  await once(client, 'open')
  return client
}

/** Waits until the server has seen what happened: its side of a close comes a little later. */
async function until(check: () => boolean): Promise<void> {
  while (!check()) await setImmediate()
}

test('watch() counts open connections, however they end', async () => {
  const { server, metrics, open } = await serve()
  const [closing, dying] = await Promise.all([open(), open(), open(), open()])
  expect(read(metrics)).toMatchObject({ active: 4, total: 4 })

  closing?.close(1_000)
  await until(() => server.clients.size === 3)
  expect(read(metrics).active).toBe(3)

  dying?.terminate()
  await until(() => server.clients.size === 2)
  expect(read(metrics).active).toBe(2)

  const [cut] = server.clients
  cut?.terminate()
  await until(() => server.clients.size === 1)
  expect(read(metrics)).toMatchObject({ active: 1, total: 4 })
})

test('watch() counts messages and their bytes in both directions', async () => {
  const texts = ['', 'a', 'é', '😀', 'x'.repeat(70_000)]
  const { metrics, open } = await serve((socket) => socket.on('message', (data) => socket.send(data)))
  const client = await open()
  const bytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0)
  let echoes = 0
  client.on('message', () => echoes++)
  for (const text of texts) client.send(text)
  await until(() => echoes === texts.length)
  expect(read(metrics)).toMatchObject({ received: 5, receivedBytes: bytes, sent: 5, sentBytes: bytes })
})

test('watch() counts bytes before compression', async () => {
  const { metrics, open } = await serve((socket) => socket.on('message', () => socket.send('y'.repeat(5_000))), {
    perMessageDeflate: true,
  })
  const client = await open()
  client.send('x'.repeat(9_000))
  await once(client, 'message')
  expect(read(metrics)).toMatchObject({ received: 1, receivedBytes: 9_000, sent: 1, sentBytes: 5_000 })
})

test('watch() counts a message in parts once, with all of its bytes', async () => {
  const { metrics, open } = await serve((socket) => {
    socket.on('message', () => {
      socket.send('ab', { fin: false })
      socket.send('cd', { fin: false })
      socket.send('e', { fin: true })
    })
  })
  const client = await open()
  client.send('12', { fin: false })
  client.send('345')
  const [data] = await once(client, 'message')
  expect(String(data)).toBe('abcde')
  expect(read(metrics)).toMatchObject({ received: 1, receivedBytes: 5, sent: 1, sentBytes: 5 })
})

test('watch() counts bytes of everything that can be sent', async () => {
  const sent: unknown[] = [
    Buffer.alloc(3),
    new Uint16Array(4),
    new ArrayBuffer(5),
    new DataView(new ArrayBuffer(6)),
    [1, 2, 3],
    1_234,
    new Blob(['12345']),
  ]
  const { metrics, open } = await serve((socket) => {
    socket.on('message', () => {
      for (const data of sent) socket.send(data as Buffer)
    })
  })
  const client = await open()
  let bytes = 0
  let messages = 0
  client.on('message', (data: Buffer) => {
    bytes += data.length
    messages++
  })
  client.send('go')
  await until(() => messages === sent.length)
  expect(bytes).toBe(3 + 8 + 5 + 6 + 3 + 4 + 5)
  expect(read(metrics)).toMatchObject({ sent: 7, sentBytes: bytes })
})

test.for(['nodebuffer', 'arraybuffer', 'fragments'] as const)('watch() counts bytes that come as %s', async (type) => {
  const { server, metrics, open } = await serve((socket) => {
    socket.binaryType = type
  })
  const client = await open()
  client.send(Buffer.alloc(10), { fin: false })
  client.send(Buffer.alloc(7))
  await until(() => read(metrics).received === 1)
  expect(read(metrics).receivedBytes).toBe(17)
  expect(server.listenerCount('message')).toBe(0)
})

test('watch() does not count what is sent when nobody can have it', async () => {
  const { server, metrics, open } = await serve()
  const client = await open()
  const [socket] = server.clients
  socket?.close()
  socket?.send('late')
  await once(client, 'close')
  await until(() => server.clients.size === 0)
  socket?.send('later')
  expect(read(metrics)).toMatchObject({ sent: 0, sentBytes: 0, active: 0 })
})

test('watch() does not count what cannot be sent, and passes on what is thrown', async () => {
  const { server, metrics, open } = await serve()
  await open()
  const [socket] = server.clients
  expect(() => socket?.send(true as never)).toThrow(TypeError)
  expect(read(metrics).sent).toBe(0)
})

test('watch() counts on when an application takes all listeners away', async () => {
  const { server, metrics, open } = await serve((socket) => void socket.removeAllListeners())
  const client = await open()
  client.send('hello')
  await until(() => read(metrics).received === 1)
  client.close()
  await until(() => server.clients.size === 0 || read(metrics).active === 0)
  expect(read(metrics).active).toBe(0)
})

test('watch() does not count pings, pongs and refused upgrades', async () => {
  const server = new WebSocketServer({
    port: 0,
    host: '127.0.0.1',
    verifyClient: ({ req }: { readonly req: IncomingMessage }) => req.url !== '/no',
  })
  await once(server, 'listening')
  closeLater(server)
  const metrics = createWebSocketMetrics()
  metrics.watch(server)
  const address = server.address() as AddressInfo
  const client = await openAt(address)
  client.ping()
  await once(client, 'pong')
  await expect(openAt(address, '/no')).rejects.toThrow('401')
  expect(read(metrics)).toEqual({ active: 1, total: 1, received: 0, receivedBytes: 0, sent: 0, sentBytes: 0 })
})

test('watch() counts connections that are there already', async () => {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
  await once(server, 'listening')
  closeLater(server)
  const client = await openAt(server.address() as AddressInfo)
  const metrics = createWebSocketMetrics()
  metrics.watch(server)
  expect(read(metrics)).toMatchObject({ active: 1, total: 1 })
  client.send('x')
  await until(() => read(metrics).received === 1)
})

async function serveUpgrades(upgrade: (server: WebSocketServer, http: Server) => void): Promise<WebSocketMetrics> {
  const server = new WebSocketServer({ noServer: true })
  closeLater(server)
  const metrics = createWebSocketMetrics()
  metrics.watch(server)
  const http = createServer()
  upgrade(server, http)
  http.listen(0, '127.0.0.1')
  await once(http, 'listening')
  cleanups.push(() => new Promise((resolve) => void http.close(resolve)))
  const client = await openAt(http.address() as AddressInfo)
  client.send('x')
  await until(() => read(metrics).received > 0)
  return metrics
}

test('watch() counts a connection once that a framework makes, told or not', async () => {
  const told = await serveUpgrades((server, http) => {
    http.on('upgrade', (request, socket, head) => {
      server.handleUpgrade(request, socket, head, (client) => void server.emit('connection', client, request))
    })
  })
  expect(read(told)).toMatchObject({ active: 1, total: 1, received: 1 })
  const untold = await serveUpgrades((server, http) => {
    http.on('upgrade', (request, socket, head) => server.handleUpgrade(request, socket, head, () => {}))
  })
  expect(read(untold)).toMatchObject({ active: 1, total: 1, received: 1 })
})

test('watch() returns what lets go: nothing is counted any more, and everything is as it was', async () => {
  const { server, metrics, stop, open } = await serve((socket) => socket.on('message', (data) => socket.send(data)))
  const client = await open()
  const [socket] = server.clients
  stop()
  expect(read(metrics)).toMatchObject({ active: 0, total: 1 })
  expect(
    [server, socket].flatMap((object) =>
      ['emit', 'send', 'handleUpgrade'].filter((name) => Object.hasOwn(object as object, name)),
    ),
  ).toEqual([])
  client.send('x')
  await once(client, 'message')
  const other = await open()
  expect(read(metrics)).toMatchObject({ active: 0, total: 1, received: 0, sent: 0 })
  metrics.watch(server)
  expect(read(metrics)).toMatchObject({ active: 2, total: 3 })
  other.close()
  await until(() => read(metrics).active === 1)
  stop() // of the one before: harmless
  expect(read(metrics).active).toBe(1)
})

test('watch() goes well with somebody who wraps the same methods', async () => {
  const { server, metrics, stop, open } = await serve()
  const other = createWebSocketMetrics()
  other.watch(server)
  const client = await open()
  client.send('a')
  await until(() => read(metrics).received === 1)
  expect(read(other)).toMatchObject({ active: 1, received: 1 })
  stop()
  client.send('b')
  await until(() => read(other).received === 2)
  expect(read(metrics)).toMatchObject({ active: 0, received: 1 })
})

test('watch() refuses what is no server, and a server twice', async () => {
  const { server, metrics } = await serve()
  expect(() => metrics.watch({} as never)).toThrow(
    new TypeError('Expected `server.emit` to be a function, got undefined'),
  )
  expect(() => metrics.watch(undefined as never)).toThrow(TypeError)
  expect(() => metrics.watch(server)).toThrow('Cannot watch this WebSocket server as it is watched already')
})

test('watch() counts connections of clients that vanish', async () => {
  const { server, metrics } = await serve()
  const { port } = server.address() as AddressInfo
  const socket = connect(port, '127.0.0.1')
  socket.write(
    'GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
  )
  await once(socket, 'data')
  expect(read(metrics).active).toBe(1)
  socket.write(Buffer.from([0x81, 0x85])) // half a frame
  socket.resetAndDestroy()
  await until(() => server.clients.size === 0)
  expect(read(metrics)).toMatchObject({ active: 0, total: 1, received: 0 })
})
