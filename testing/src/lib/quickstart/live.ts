import { strict as assert } from 'node:assert'
import { once } from 'node:events'
import type { Server } from 'node:http'
import { Server as SocketIo } from 'socket.io'
import { io as connectSocketIo, type Socket } from 'socket.io-client'
import { type ServerOptions, WebSocket, WebSocketServer } from 'ws'
import { until } from '../services/until.ts'
import type { QuickstartCase } from './quickstart.ts'

/** What is waited for has long happened by then. */
const LIMIT_MS = 15_000

/** A service that counts its requests and connections, and can be stopped. It does not listen yet, and answers `/livez`. */
export interface LiveService {
  /** Its server. */
  readonly server: Server
  /** As much of metrics as is used. */
  readonly metrics: {
    watchWebSockets(server: WebSocketServer): unknown
    text(): Promise<string>
  }
  /** As much of a shutdown as is used. */
  readonly shutdown: {
    serve(server: { readonly clients: Iterable<{ close(): void }> }): unknown
    begin(): Promise<{
      readonly outcome: string
      readonly servers: readonly { readonly cutConnections: number }[]
    }>
  }
  /** Begins to listen on 127.0.0.1, and says on which port. */
  listen(): Promise<number>
  /** Ends it, however it is. */
  close(): Promise<void>
}

/** What differs between frameworks. */
export interface LiveOptions {
  /** Whether the framework's hooks see the polls of socket.io, which answers them before any route. */
  readonly seesPolls: boolean
}

/**
 * Has WebSockets of `ws` and connections of socket.io counted and drained.
 *
 * @param create Makes a service.
 * @param options What differs.
 */
export function liveCases(
  create: () => LiveService | Promise<LiveService>,
  { seesPolls }: LiveOptions,
): readonly QuickstartCase[] {
  const using = (run: (service: LiveService) => Promise<void>) => async () => {
    const service = await create()
    try {
      await run(service)
    } finally {
      await service.close()
    }
  }
  return [
    {
      name: 'counts and drains WebSockets of ws',
      run: using(async (service) => {
        const sockets = new WebSocketServer({ server: service.server, path: '/live' })
        sockets.on('connection', (socket) => socket.on('message', (text) => socket.send(text)))
        service.metrics.watchWebSockets(sockets)
        service.shutdown.serve(sockets)
        await checkWebSockets(service, { 'unmatched 101': 2, 'unmatched 400': 1 })
      }),
    },
    {
      name: 'counts and drains connections of socket.io, whatever their transport',
      run: using((service) => checkSocketIo(service, seesPolls)),
    },
  ]
}

/**
 * Has two WebSockets of `/live` counted and drained, and one counted that is refused.
 *
 * @param service Its WebSockets are watched and served, and send back what they get.
 * @param handshakes How often which route and status must have been counted.
 */
export async function checkWebSockets(
  { metrics, shutdown, listen }: LiveService,
  handshakes: Readonly<Record<string, number>>,
): Promise<void> {
  const port = await listen()
  const clients = [await open(port, '/live'), await open(port, '/live')] as const
  clients[0].send('hello')
  await once(clients[0], 'message')
  // Refused on the socket.
  await once(new WebSocket(`ws://127.0.0.1:${port}/elsewhere`), 'error')
  await fetch(`http://127.0.0.1:${port}/livez`)
  const counted = {
    ...handshakes,
    '/livez 200': 1,
    connections_total: 2,
    'messages_total received': 1,
    'messages_total sent': 1,
  }
  assert.deepEqual(await read(metrics), { ...counted, connections_active: 2 })

  const closes = clients.map((client) => once(client, 'close'))
  const { outcome, servers } = await shutdown.begin()
  assert.deepEqual(
    (await Promise.all(closes)).map(([code]) => code),
    [1001, 1001],
  )
  assert.deepEqual([outcome, ...servers.map(({ cutConnections }) => cutConnections)], ['clean', 0, 0])
  assert.deepEqual(await read(metrics), { ...counted, connections_active: 0 })
}

async function checkSocketIo({ server, metrics, shutdown, listen }: LiveService, seesPolls: boolean): Promise<void> {
  // It makes its WebSocket server by itself, and another one when it begins to listen.
  class Watched extends WebSocketServer {
    constructor(options: ServerOptions) {
      super(options)
      metrics.watchWebSockets(this)
    }
  }
  const io = new SocketIo(server, { wsEngine: Watched })
  io.on('connection', (socket) => socket.on('message', (text) => socket.emit('message', text)))
  const connected = new Set<{ close(): void }>()
  io.engine.on('connection', (socket) => {
    // Clients that lose their connection come back. Those that are told `disconnect` do not.
    const client = { close: () => socket.close(true) }
    connected.add(client)
    socket.once('close', () => connected.delete(client))
  })
  shutdown.serve({ clients: connected })
  const port = await listen()
  const clients: Socket[] = []
  for (const transports of [['websocket'], ['polling'], ['polling', 'websocket']])
    clients.push(await openSocketIo(port, transports))
  const counted = await read(metrics)
  assert.deepEqual([counted['unmatched 101'], counted.connections_active, counted.connections_total], [2, 2, 2])
  assert.ok((counted['messages_total received'] ?? 0) >= 2)
  assert.equal((counted['unmatched 200'] ?? 0) > 2, seesPolls)

  const closes = clients.map((client) => new Promise((resolve) => void client.once('disconnect', resolve)))
  const { outcome, servers } = await shutdown.begin()
  assert.deepEqual(await Promise.all(closes), Array(3).fill('transport close'))
  assert.deepEqual([outcome, ...servers.map(({ cutConnections }) => cutConnections)], ['clean', 0, 0])
  const stillOpen = async () => ((await read(metrics)).connections_active === 0 ? undefined : 'some are open')
  await until('see all connections closed', stillOpen, LIMIT_MS)
  assert.equal((await read(metrics)).connections_total, 2)
}

async function open(port: number, path: string): Promise<WebSocket> {
  const client = new WebSocket(`ws://127.0.0.1:${port}${path}`)
  await once(client, 'open')
  return client
}

/** Connects to socket.io, by the last of some transports in the end, and says something. */
async function openSocketIo(port: number, transports: string[]): Promise<Socket> {
  const client = connectSocketIo(`http://127.0.0.1:${port}`, { transports, reconnection: false, forceNew: true })
  await new Promise<void>((resolve, reject) => void client.once('connect', resolve).once('connect_error', reject))
  const hasSwitched = async () =>
    client.io.engine.transport.name === transports.at(-1) ? undefined : 'it has another transport'
  await until('use the last transport', hasSwitched, LIMIT_MS)
  client.emit('message', 'hello')
  await new Promise((resolve) => void client.once('message', resolve))
  return client
}

/** Counted requests, by route and status, and what is counted of WebSockets. */
async function read(metrics: LiveService['metrics']): Promise<Record<string, number>> {
  const text = await metrics.text()
  const requests = text.matchAll(/^http_request_duration_seconds_count{.*route="(.+)",status_code="(\d+)"} (\d+)$/gm)
  const sockets = text.matchAll(/^websocket_(connections_\w+|messages_total){?(?:direction="(\w+)"})? (\d+)$/gm)
  const named = [...requests, ...sockets].map(([, name, detail, value]) => [
    [name, detail].join(' ').trim(),
    Number(value),
  ])
  return Object.fromEntries(named)
}
