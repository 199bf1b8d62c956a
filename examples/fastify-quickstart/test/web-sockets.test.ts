import { once } from 'node:events'
import { toPlugin } from '@breakwater/fastify'
import { createMetrics, type Metrics } from '@breakwater/metrics'
import { createShutdown, type Shutdown } from '@breakwater/shutdown'
import websocket from '@fastify/websocket'
import { type FastifyInstance, fastify } from 'fastify'
import { Server as SocketIo } from 'socket.io'
import { io as connectSocketIo, type Socket } from 'socket.io-client'
import { expect, onTestFinished, test } from 'vitest'
import { type ServerOptions, WebSocket, WebSocketServer } from 'ws'

/** A Fastify server that counts and can be stopped, and does not listen yet. */
async function createService(): Promise<{ app: FastifyInstance; metrics: Metrics; shutdown: Shutdown }> {
  const metrics = createMetrics({ process: false })
  const app = fastify({ return503OnClosing: false, forceCloseConnections: true })
  const endpoints = { '/livez': () => ({ status: 200 }) }
  await app.register(toPlugin({ hooks: [metrics.hook], serverHooks: [metrics.serverHook], endpoints }))
  const shutdown = createShutdown({ signals: [], handleCrashes: false, exit: false, lingerMs: 0 })
  shutdown.serve(app.server).add('app', () => app.close())
  onTestFinished(async () => {
    await app.close()
    await metrics.close()
  })
  return { app, metrics, shutdown }
}

/** Begins to listen, and says on which port. */
async function listen(app: FastifyInstance): Promise<number> {
  return Number(new URL(await app.listen({ port: 0, host: '127.0.0.1' })).port)
}

async function open(port: number, path: string): Promise<WebSocket> {
  const client = new WebSocket(`ws://127.0.0.1:${port}${path}`)
  onTestFinished(() => client.terminate())
  await once(client, 'open')
  return client
}

/** Connects to socket.io, by the last of some transports in the end. */
async function openSocketIo(port: number, transports: string[]): Promise<Socket> {
  const client = connectSocketIo(`http://127.0.0.1:${port}`, { transports, reconnection: false, forceNew: true })
  onTestFinished(() => void client.close())
  await new Promise<void>((resolve, reject) => void client.once('connect', resolve).once('connect_error', reject))
  await expect.poll(() => client.io.engine.transport.name).toBe(transports.at(-1))
  client.emit('message', 'hello')
  await new Promise((resolve) => void client.once('message', resolve))
  return client
}

/** Counted requests, by route and status, and what is counted of WebSockets. */
async function read(metrics: Metrics): Promise<Record<string, number>> {
  const text = await metrics.text()
  const requests = text.matchAll(/^http_request_duration_seconds_count{.*route="(.+)",status_code="(\d+)"} (\d+)$/gm)
  const sockets = text.matchAll(/^websocket_(connections_\w+|messages_total){?(?:direction="(\w+)"})? (\d+)$/gm)
  const named = [...requests, ...sockets].map(([, name, detail, value]) => [
    [name, detail].join(' ').trim(),
    Number(value),
  ])
  return Object.fromEntries(named)
}

test('WebSockets of ws are counted and drained', async () => {
  const { app, metrics, shutdown } = await createService()
  const sockets = new WebSocketServer({ server: app.server, path: '/live' })
  metrics.watchWebSockets(sockets)
  shutdown.serve(sockets)
  sockets.on('connection', (socket) => socket.on('message', (text) => socket.send(text)))
  const port = await listen(app)
  const clients = [await open(port, '/live'), await open(port, '/live')] as const
  clients[0].send('hello')
  await once(clients[0], 'message')
  // Refused on the socket.
  await once(new WebSocket(`ws://127.0.0.1:${port}/elsewhere`), 'error')
  await fetch(`http://127.0.0.1:${port}/livez`)
  const counted = {
    'unmatched 101': 2,
    'unmatched 400': 1,
    '/livez 200': 1,
    connections_total: 2,
    'messages_total received': 1,
    'messages_total sent': 1,
  }
  expect(await read(metrics)).toEqual({ ...counted, connections_active: 2 })

  const closes = clients.map((client) => once(client, 'close'))
  const { outcome, servers } = await shutdown.begin()
  expect((await Promise.all(closes)).map(([code]) => code)).toEqual([1001, 1001])
  expect([outcome, servers.map(({ cutConnections }) => cutConnections)]).toEqual(['clean', [0, 0]])
  expect(await read(metrics)).toEqual({ ...counted, connections_active: 0 })
})

test('WebSockets of @fastify/websocket are counted by their route, and drained', async () => {
  const { app, metrics, shutdown } = await createService()
  await app.register(websocket)
  metrics.watchWebSockets(app.websocketServer)
  shutdown.serve(app.websocketServer)
  app.get('/live', { websocket: true }, (socket) => {
    socket.on('message', (text) => socket.send(text))
  })
  const port = await listen(app)
  const clients = [await open(port, '/live'), await open(port, '/live')] as const
  clients[0].send('hello')
  await once(clients[0], 'message')
  // Refused on the socket.
  await once(new WebSocket(`ws://127.0.0.1:${port}/elsewhere`), 'error')
  await fetch(`http://127.0.0.1:${port}/livez`)
  const counted = {
    '/live 101': 2,
    'unmatched 404': 1,
    '/livez 200': 1,
    connections_total: 2,
    'messages_total received': 1,
    'messages_total sent': 1,
  }
  expect(await read(metrics)).toEqual({ ...counted, connections_active: 2 })

  const closes = clients.map((client) => once(client, 'close'))
  const { outcome, servers } = await shutdown.begin()
  expect((await Promise.all(closes)).map(([code]) => code)).toEqual([1001, 1001])
  expect([outcome, servers.map(({ cutConnections }) => cutConnections)]).toEqual(['clean', [0, 0]])
  expect(await read(metrics)).toEqual({ ...counted, connections_active: 0 })
})

test('connections of socket.io are counted and drained, whatever their transport', async () => {
  const { app, metrics, shutdown } = await createService()
  // It makes its WebSocket server by itself, and another one when it begins to listen.
  class Watched extends WebSocketServer {
    constructor(options: ServerOptions) {
      super(options)
      metrics.watchWebSockets(this)
    }
  }
  const io = new SocketIo(app.server, { wsEngine: Watched })
  io.on('connection', (socket) => socket.on('message', (text) => socket.emit('message', text)))
  const drained = new Set<{ close(): void }>()
  io.engine.on('connection', (socket) => {
    // Clients that lose their connection come back. Those that are told `disconnect` do not.
    const client = { close: () => socket.close(true) }
    drained.add(client)
    socket.once('close', () => drained.delete(client))
  })
  shutdown.serve({ clients: drained })
  const port = await listen(app)
  const clients = [
    await openSocketIo(port, ['websocket']),
    await openSocketIo(port, ['polling']),
    await openSocketIo(port, ['polling', 'websocket']),
  ]
  const counted = await read(metrics)
  expect(counted).toMatchObject({ 'unmatched 101': 2, connections_active: 2, connections_total: 2 })
  expect(counted['messages_total received']).toBeGreaterThanOrEqual(2)
  // Of polls, which it answers before Fastify gets them, the plugin knows all the same.
  expect(counted['unmatched 200']).toBeGreaterThan(2)

  const closes = clients.map((client) => new Promise((resolve) => void client.once('disconnect', resolve)))
  const { outcome, servers } = await shutdown.begin()
  expect(await Promise.all(closes)).toEqual(Array(3).fill('transport close'))
  expect([outcome, servers.map(({ cutConnections }) => cutConnections)]).toEqual(['clean', [0, 0]])
  await expect.poll(() => read(metrics)).toMatchObject({ connections_active: 0, connections_total: 2 })
})
